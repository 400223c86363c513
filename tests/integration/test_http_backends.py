"""The verb `http`: what a backend is sent, and what becomes of its reply."""

import base64
import contextlib
import hmac
import json

import pytest

from tests.faults.inside import inside
from tests.support import raw
from tests.support.faulty_backend import serving
from tests.support.hub import run, until

SECRET = 'a secret of enough bytes'


@contextlib.asynccontextmanager
async def running(folder, make, **sections):
    """A backend and a gateway; `make` gives the body of `/` for the backend's URL."""
    async with (
        serving() as backend,
        inside(folder, {'/': make(backend.url)}, **sections) as gateway,
    ):
        yield backend, gateway


async def call(peer, id, *args):
    """Ask for an acknowledgement; what was sent before it, and its arguments."""
    peer.send(f'42{id}{json.dumps(args)}')
    head, before = f'43{id}', []
    while not (text := await peer.text()).startswith(head):
        before.append(text)
    return before, json.loads(text.removeprefix(head))


def events(**routes):
    """A namespace with events whose backend is at the path of their name."""
    return lambda url: {
        'events': {
            name: [{'http': {'url': f'{url}/{name}', **(more or {})}}]
            for name, more in routes.items()
        }
        | {'state': {'ack': ['${rooms}', '${session}']}}
    }


def test_what_an_event_sends(tmp_path):
    async def scenario():
        async with (
            running(tmp_path, events(good={})) as (backend, gateway),
            raw.connection(gateway.port) as peer,
        ):
            peer.write(
                raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=gateway.port, headers='').encode()
            )
            await peer.head()
            await peer.text()
            sid = await peer.join()
            peer.send('451-07["good",{"a":[1,null,"ä"]},{"_placeholder":true,"num":0}]')
            peer.send(b'\x00\xff')
            assert await peer.text() == '437["done"]'
            [(first, headers, body)] = backend.requests
            found = json.loads(body)
            id, moment = found.pop('id'), found.pop('time')
            assert found == {
                'namespace': '/',
                'event': 'good',
                'args': [{'a': [1, None, 'ä']}, {'$bytes': 'AP8='}],
                'sid': sid,
                'rooms': [],
                'session': {},
                'claims': {},
                'ip': '127.0.0.1',
            }
            assert isinstance(moment, float)
            assert first == 'POST /good HTTP/1.1'
            assert headers['content-type'] == 'application/json'
            assert headers['user-agent'].startswith('socketio-gateway/')
            assert headers['webhook-id'] == id
            assert 'webhook-signature' not in headers
            assert 'cookie' not in headers

    run(scenario())


def test_a_secret_signs_and_each_of_several_does(tmp_path):
    settings = {'secret': [SECRET, 'whsec_' + base64.b64encode(b'another ' * 3).decode()]}

    async def scenario():
        async with (
            running(tmp_path, events(good=settings)) as (backend, gateway),
            raw.websocket(gateway.port) as peer,
        ):
            assert await call(peer, 1, 'good') == ([], ['done'])
            [(_, headers, body)] = backend.requests
            signed = f'{headers["webhook-id"]}.{headers["webhook-timestamp"]}.'.encode() + body
            signatures = [
                'v1,' + base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()
                for key in (SECRET.encode(), b'another ' * 3)
            ]
            assert headers['webhook-signature'].split(' ') == signatures

    run(scenario())


def test_body_headers_and_method_are_the_routes(tmp_path):
    settings = {
        'method': 'PUT',
        'headers': {'X-User': '${data.user}', 'X-Room': 'chat ${data.room}', 'X-Fixed': 7},
        'body': {'all': '${args}', 'text': 'from ${data.user}'},
    }

    async def scenario():
        async with (
            running(tmp_path, events(good=settings, nothing={'method': 'GET'})) as (
                backend,
                gateway,
            ),
            raw.websocket(gateway.port) as peer,
        ):
            data = {'user': 'ann', 'room': 12}
            assert await call(peer, 1, 'good', data) == ([], ['done'])
            assert await call(peer, 2, 'nothing') == ([], [])
            [(put, headers, body), (get, _, none)] = backend.requests
            assert put == 'PUT /good HTTP/1.1'
            assert get == 'GET /nothing HTTP/1.1'
            assert none == b''
            assert json.loads(body) == {'all': [data], 'text': 'from ann'}
            names = ('x-user', 'x-room', 'x-fixed')
            assert [headers[name] for name in names] == ['ann', 'chat 12', '7']
            for id, user in enumerate(['a\r\nX-Evil: 1', 'a\nb', '\ud800', ['a'], None], 3):
                _, [failed] = await call(peer, id, 'good', {'user': user, 'room': 1})
                assert failed['error']['code'] == 'bad_value', user
            assert len(backend.requests) == 2

    run(scenario())


REPLIES = [
    ({}, [], []),
    ({'ack': 'one'}, [], ['one']),
    ({'ack': ['one', 2]}, [], ['one', 2]),
    ({'ack': {'$bytes': 'AP8='}}, [], None),
    ({'do': {'emit': {}}}, ['42["event",5]'], []),
    ({'do': {'emit': {'event': 'e', 'data': '${data}'}}}, ['42["e","${data}"]'], []),
    (
        {'do': [{'join': 'a'}, {'emit': {'event': 'e', 'to': 'room:a', 'args': []}}], 'ack': 1},
        ['42["e"]'],
        [1],
    ),
    ({'do': [{'send': {'data': 'hi'}}, {'ack': 'first'}], 'ack': 'second'}, None, ['first']),
    ({'reject': 'forbidden'}, [], [{'error': {'code': 'forbidden', 'message': 'forbidden'}}]),
    ({'do': {'join': 'r' * 257}}, [], 'bad_value'),
]


@pytest.mark.parametrize(('reply', 'sent', 'acknowledged'), REPLIES, ids=map(str, range(10)))
def test_a_reply_is_done(reply, sent, acknowledged, tmp_path):
    async def scenario():
        async with (
            running(tmp_path, events(event={})) as (backend, gateway),
            raw.websocket(gateway.port) as peer,
        ):
            backend.replies['/event'] = reply
            if acknowledged is None:
                peer.send('421["event",5]')
                assert await peer.text() == '461-1[{"_placeholder":true,"num":0}]'
                assert await peer.receive() == (raw.BINARY, b'\x00\xff')
                return
            before, args = await call(peer, 1, 'event', 5)
            if acknowledged == 'bad_value':
                assert args[0]['error']['code'] == 'bad_value'
            else:
                assert args == acknowledged
            assert before == (['42["message","hi"]'] if sent is None else sent)

    run(scenario())


def test_set_joins_and_kicks(tmp_path):
    async def scenario():
        async with (
            running(tmp_path, events(event={})) as (backend, gateway),
            raw.websocket(gateway.port) as one,
            raw.websocket(gateway.port) as other,
        ):
            sid = next(name for name in gateway.hub.manager.spaces['/'].clients)
            backend.replies['/event'] = {'set': {'user': 'ann'}, 'do': {'join': ['a', 'b']}}
            assert await call(one, 1, 'event') == ([], [])
            assert await call(one, 2, 'state') == ([], [['a', 'b'], {'user': 'ann'}])
            backend.replies['/event'] = {
                'do': [
                    {'join': {'room': 'vip', 'members': 'a'}},
                    {'leave': {'room': 'b', 'sid': sid}},
                    {'join': {'room': 'vip', 'sid': 'nobody'}},
                    {'close_room': 'a'},
                ]
            }
            assert await call(other, 1, 'event') == ([], [])
            assert await call(one, 3, 'state') == ([], [['vip'], {'user': 'ann'}])
            backend.replies['/event'] = {'do': {'disconnect': {'sid': sid, 'reason': 'banned'}}}
            assert await call(other, 2, 'event') == ([], [])
            assert await one.text() == '41'

    run(scenario())


def test_what_is_not_allowed_is_a_bad_reply_and_nothing_is_done(tmp_path, caplog):
    async def scenario():
        async with (
            running(tmp_path, events(event={'allow': ['join']})) as (backend, gateway),
            raw.websocket(gateway.port) as peer,
        ):
            backend.replies['/event'] = {'do': [{'join': 'a'}, {'emit': {}}], 'ack': 1}
            _, [failed] = await call(peer, 1, 'event')
            assert failed['error']['code'] == 'bad_reply'
            assert await call(peer, 2, 'state') == ([], [[], {}])
            assert 'a bad reply: do/1/emit: emit is not allowed' in caplog.text
            backend.replies['/event'] = {'do': {'join': 'a'}, 'ack': 1}
            assert await call(peer, 3, 'event') == ([], [1])

    run(scenario())


def test_on_error_stands_in_for_the_reply_and_the_error_route_hears_of_others(tmp_path):
    def make(url):
        instead = {'ack': ['later', '${data}'], 'do': {'join': 'waiting'}}
        return {
            'events': {
                'kept': {'http': {'url': f'{url}/broken', 'on_error': instead}},
                'passed': [{'http': {'url': f'{url}/garbage', 'on_error': {}}}, {'ack': 'on'}],
                'lost': {'http': f'{url}/broken'},
                'state': {'ack': '${rooms}'},
            },
            'error': {'emit': {'event': 'failed', 'data': '${error.code}'}},
        }

    async def scenario():
        async with (
            running(tmp_path, make) as (_, gateway),
            raw.websocket(gateway.port) as peer,
        ):
            assert await call(peer, 1, 'kept', 5) == ([], ['later', 5])
            assert await call(peer, 2, 'passed') == ([], ['on'])
            _, [failed] = await call(peer, 3, 'lost')
            assert failed['error']['code'] == 'backend_failed'
            assert await peer.text() == '42["failed","backend_failed"]'
            assert await call(peer, 4, 'state') == ([], [['waiting']])

    run(scenario())


def test_sequential_events_reach_the_backend_in_order(tmp_path):
    def make(url):
        return {'events': {'e': {'do': [{'http': f'{url}/good'}], 'sequential': True}}}

    async def scenario():
        async with (
            running(tmp_path, make) as (backend, gateway),
            raw.websocket(gateway.port) as peer,
        ):
            for number in range(50):
                peer.send(f'42{number}["e",{number}]')
            for number in range(50):
                assert await peer.text() == f'43{number}["done"]'
            assert [body['args'] for body in backend.bodies] == [[number] for number in range(50)]

    run(scenario())


def test_a_route_that_takes_too_long_lets_the_backend_go(tmp_path):
    def make(url):
        return {'events': {'e': {'do': {'http': f'{url}/hangs'}, 'timeout': '200ms'}}}

    async def scenario():
        async with (
            running(tmp_path, make, backends={'connections': 1}) as (backend, gateway),
            raw.websocket(gateway.port) as peer,
        ):
            for id in range(3):  # each frees the only connection
                _, [failed] = await call(peer, id, 'e')
                assert failed['error']['code'] == 'timeout'
            assert len(backend.paths) == 3

    run(scenario())


def test_what_a_reply_does_for_others_is_done_though_its_client_has_left(tmp_path):
    async def scenario():
        async with (
            running(tmp_path, events(hangs={}, good={})) as (backend, gateway),
            raw.websocket(gateway.port) as other,
        ):
            async with raw.websocket(gateway.port) as one:
                one.send('421["hangs"]')
                await backend.until(lambda: backend.paths)
                backend.replies['/good'] = {
                    'do': [{'join': 'a'}, {'emit': {'event': 'news', 'to': 'all'}}],
                    'set': {'user': 'ann'},
                    'ack': 1,
                }
            await until(lambda: len(gateway.hub.manager.spaces['/'].members) == 1)
            backend.let_go.set()
            assert await other.text() == '42["news"]'
            assert gateway.hub.manager.spaces['/'].rooms == {}

    run(scenario())


def entering(**settings):
    def make(url):
        path = settings.pop('path', '/enter')
        return {
            'connect': {'http': {'url': url + path, **settings}},
            'events': {'state': {'ack': ['${rooms}', '${session}', '${claims}']}},
        }

    return make


async def opened(peer, port):
    peer.write(raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=port, headers='').encode())
    await peer.head()
    await peer.text()


def test_a_backend_says_who_comes_in(tmp_path):
    reply = {
        'set': {'user': 'ann'},
        'claims': {'sub': '42'},
        'do': [{'join': 'user:42'}, {'emit': {'event': 'welcome', 'data': '${claims.sub}'}}],
    }

    async def scenario():
        async with (
            running(tmp_path, entering()) as (backend, gateway),
            raw.connection(gateway.port) as peer,
        ):
            backend.replies['/enter'] = reply
            await opened(peer, gateway.port)
            sid = await peer.join(auth={'ticket': 7})
            assert await peer.text() == '42["welcome","${claims.sub}"]'
            state = [['user:42'], {'user': 'ann'}, {'sub': '42'}]
            assert await call(peer, 1, 'state') == ([], state)
            [body] = backend.bodies
            assert body['event'] == 'connect'
            assert body['args'] == []
            assert body['sid'] == sid
            assert body['auth'] == {'ticket': 7}
            assert body['query'] == {'EIO': '4', 'transport': 'websocket'}

    run(scenario())


@pytest.mark.parametrize(
    ('path', 'reply', 'code'),
    [
        ('/enter', {'reject': 'banned'}, 'banned'),
        ('/enter', {'ack': 1}, 'bad_reply'),
        ('/enter', {'do': {'emit': {'event': 'e'}}, 'claims': []}, 'bad_reply'),
        ('/broken', None, 'backend_failed'),
        ('/garbage', None, 'bad_reply'),
        ('/hangs', None, 'backend_timeout'),
    ],
)
def test_nothing_fails_open(path, reply, code, tmp_path):
    async def scenario():
        settings = {'path': path, 'timeout': '200ms' if path == '/hangs' else '10s'}
        async with (
            running(tmp_path, entering(**settings)) as (backend, gateway),
            raw.connection(gateway.port) as peer,
        ):
            backend.replies |= {path: reply} if reply else {}
            await opened(peer, gateway.port)
            peer.send('40')
            assert await peer.text() == f'44{{"message":"{code}"}}'
            assert gateway.hub.manager.spaces == {}

    run(scenario())


def test_who_wants_everybody_in_while_the_backend_is_down_says_so(tmp_path):
    async def scenario():
        instead = {'set': {'user': 'somebody'}, 'claims': {'guest': True}}
        async with (
            running(tmp_path, entering(path='/broken', on_error=instead)) as (_, gateway),
            raw.websocket(gateway.port) as peer,
        ):
            assert await call(peer, 1, 'state') == ([], [[], {'user': 'somebody'}, {'guest': True}])

    run(scenario())


def test_a_client_that_leaves_while_the_backend_decides_leaves_nothing(tmp_path):
    async def scenario():
        async with running(tmp_path, entering(path='/hangs')) as (backend, gateway):
            async with raw.connection(gateway.port) as peer:
                await opened(peer, gateway.port)
                peer.send('40')
                await backend.until(lambda: backend.paths)
            await until(lambda: gateway.hub.manager.spaces == {})
            backend.let_go.set()

    run(scenario())


def test_a_disconnect_is_told_and_nobody_waits_for_it(tmp_path):
    def make(url):
        return {
            'connect': {'join': 'garden'},
            'events': {},
            'disconnect': [
                {'http': f'{url}/left'},
                {'emit': {'event': 'gone', 'to': 'all'}},
            ],
        }

    async def scenario():
        async with (
            running(tmp_path, make) as (backend, gateway),
            raw.websocket(gateway.port) as other,
        ):
            backend.replies['/left'] = {'do': {'emit': {'event': 'told', 'to': 'all'}}}
            for sequence in (1, 2):
                async with raw.websocket(gateway.port) as peer:
                    peer.send('41')
                    assert await other.text() == '42["gone"]'
                    assert await other.text() == '42["told"]'
                body = backend.bodies[-1]
                assert body['event'] == 'disconnect'
                assert body['reason'] == 'client disconnect'
                assert body['rooms'] == ['garden']
                assert body['sequence'] == sequence
                assert body['id'].startswith(body['gateway'] + '-')

    run(scenario())
