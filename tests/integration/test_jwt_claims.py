"""What a token says of its client, in routes and in Python; who has none reaches neither."""

import asyncio

from tests.support import raw
from tests.support.hub import run
from tests.support.jwt_gateway import serving
from tests.support.peers import connected
from tests.support.tokens import LATER, SECRET, token

AUTH = {'jwt': {'key': SECRET, 'algorithms': ['HS256']}}
ROUTES = {
    'connect': [
        {'set': {'user': '${claims.sub}'}},
        {'join': 'user:${claims.sub}'},
        {'emit': {'event': 'welcome', 'data': {'you': '${session.user}', 'all': '${claims}'}}},
    ],
    'events': {
        'tell': {'emit': {'event': 'told', 'to': 'room:user:${data}', 'data': '${claims.sub}'}},
        'enter': [
            {'if': '${!(data.room in claims.rooms)}', 'reject': 'forbidden'},
            {'join': 'chat:${data.room}'},
            {'ack': ['entered']},
        ],
    },
}
MODULE = """
import socketio as upstream

from gateway import Namespace, emit, request, socketio

ran = []

@socketio.on('connect', namespace='/python')
def connect():
    ran.append('python')

@socketio.on('who', namespace='/python')
def who():
    return request.claims['sub']

@socketio.on('connect', namespace='/only-in-python')
async def connect_elsewhere(auth):
    ran.append('only-in-python')

@socketio.on('who', namespace='/only-in-python')
async def who_elsewhere():
    return request.claims['sub']

class Flask(Namespace):
    def on_connect(self):
        ran.append('flask')

    def on_who(self):
        return request.claims['sub']

class Upstream(upstream.AsyncNamespace):
    async def on_connect(self, sid, environ, auth):
        ran.append('upstream')

    async def on_who(self, sid):
        return 'ann'

@socketio.on('connect', namespace='*')
def connect_anywhere():
    ran.append(request.namespace)

@socketio.on('ran', namespace='/open')
def what_ran():
    return ran
"""
GUARDED = ('/python', '/only-in-python', '/flask', '/upstream')
BY_PATTERN = ('/org-7', '/anything')  # of the YAML, and Python's `*`
SPACES = {
    '/org-*': {},
    '/open': {'auth': 'none'},
    '/flask': {'class': 'secured:Flask'},
    '/upstream': {'class': 'secured:Upstream'},
}


def bringing(**claims):
    return {'auth': {'token': token({'exp': LATER, **claims})}}


def test_routes_know_whose_token_it_is(gateway):
    url = gateway({'/': ROUTES}, auth=AUTH).url
    listen = ['welcome', 'told']

    async def scenario():
        ann_is, bob_is = bringing(sub='ann', rooms=['red']), bringing(sub='bob', rooms=[])
        async with (
            connected(url, listen=listen, **ann_is) as ann,
            connected(url, listen=listen, **bob_is) as bob,
        ):
            whole = {'exp': LATER, 'sub': 'ann', 'rooms': ['red']}
            assert await ann.heard('welcome') == [{'you': 'ann', 'all': whole}]
            assert await ann.ask('enter', {'room': 'red'}) == 'entered'
            for peer, data, code in (
                (ann, {'room': 'blue'}, 'forbidden'),
                (bob, {'room': 'red'}, 'forbidden'),
                (ann, {'room': ['red']}, 'guard_failed'),
                (ann, {}, 'guard_failed'),
            ):
                refused = await peer.ask('enter', data)
                assert refused['error']['code'] == code
            await ann.do('emit', 'tell', 'bob')
            assert await bob.heard('told') == ['ann']
            assert ann.silent('told')

    asyncio.run(scenario())


def test_a_claim_that_a_route_needs_and_a_token_lacks_refuses(gateway):
    url = gateway({'/': {'connect': {'join': 'user:${claims.sub}'}}}, auth=AUTH).url

    async def scenario():
        options = {'wait': False, 'listen': ['connect_error']}
        for claims in ({}, {'sub': None}, {'sub': ['ann']}):
            async with connected(url, **bringing(**claims), **options) as peer:
                [error] = await peer.heard('connect_error')
                assert error['message'] == 'bad_value'

    asyncio.run(scenario())


def test_no_python_runs_for_who_has_no_token(gateway, tmp_path):
    (tmp_path / 'secured.py').write_text(MODULE)
    url = gateway(SPACES, auth=AUTH, handlers=['./secured.py']).url

    async def scenario():
        refused = [*GUARDED, *BY_PATTERN]
        listen = [('connect', '/open'), *[('connect_error', name) for name in refused]]
        options = {'wait': False, 'listen': listen}
        bad = {'auth': {'token': token({'sub': 'ann'}, which=1)}}
        async with connected(url, namespaces=['/open', *refused], **bad, **options) as peer:
            for name in refused:
                assert await peer.heard('connect_error', name) == [{'message': 'token_invalid'}]
            await peer.heard('connect', '/open')
            assert await peer.ask('ran', namespace='/open') == ['/open']  # which has no connect
        async with connected(url, namespaces=['/open', *GUARDED], **bringing(sub='ann')) as peer:
            for name in GUARDED:
                assert await peer.ask('who', namespace=name) == 'ann'
            ran = await peer.ask('ran', namespace='/open')
            names = [name.removeprefix('/') for name in GUARDED]
            assert sorted(ran) == sorted(['/open', '/open', *names])

    run(scenario())


def test_what_is_registered_with_the_server_itself_is_guarded_too(tmp_path):
    ran = []

    async def scenario():
        async with (
            serving(tmp_path, {'/': {}}, auth=AUTH) as gateway,
            raw.websocket(gateway.port, join=None) as peer,
        ):
            gateway.hub.on('connect', lambda sid, environ, auth: ran.append(sid), '/direct')
            peer.send('40/direct,{"token":"a.b.c"}')
            assert await peer.text() == '44/direct,{"message":"token_invalid"}'
            assert ran == []
            sid = await peer.join('/direct', bringing()['auth'])
            assert ran == [sid]

    run(scenario())
