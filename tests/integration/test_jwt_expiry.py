"""A token expires while its client is connected: the client goes, with a reason, on both loops."""

import asyncio
import json
import time

import pytest

from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, until
from tests.support.jwt_gateway import serving
from tests.support.peers import KINDS, connected
from tests.support.tokens import LATER, SECRET, token

AUTH = {'jwt': {'key': SECRET, 'algorithms': ['HS256'], 'leeway': '0s'}}
LEAVING = {'emit': {'event': 'left', 'to': 'all', 'data': ['${claims.sub}', '${reason}']}}
SPACE = {'events': {'who': {'ack': '${claims.sub}'}}, 'disconnect': LEAVING}
PATIENCE = 15.0


def brings(sub, seconds=None):
    """Valid for so many seconds; without an end if none are named."""
    end = {} if seconds is None else {'exp': time.time() + seconds}
    return {'token': token({'sub': sub, **end})}


def test_a_client_is_disconnected_when_its_token_expires(tmp_path, loop):
    async def scenario():
        async with (
            serving(tmp_path, {'/': SPACE, '/other': SPACE}, auth=AUTH) as gateway,
            raw.websocket(gateway.port, join=None) as bob,
            raw.websocket(gateway.port, join=None) as ann,
        ):
            await bob.join(auth=brings('bob'))
            await bob.join('/other', brings('bob'))
            ends = time.time() + 2
            await ann.join(auth={'token': token({'sub': 'ann', 'exp': ends})})
            await ann.join('/other', {'token': token({'sub': 'ann', 'exp': LATER})})
            assert await ann.text() == '41'
            assert ends < time.time() < ends + PATIENCE
            assert await bob.text() == '42["left",["ann","token expired"]]'
            ann.send('42/other,0["who"]')  # of another token
            assert await ann.text() == '43/other,0["ann"]'
            ann.send('40' + json.dumps({'token': token({'sub': 'ann', 'exp': ends})}))
            assert await ann.text() == '44{"message":"token_expired"}'
            await ann.join(auth=brings('ann'))
            for peer, name in ((bob, 'bob'), (ann, 'ann')):
                peer.send('421["who"]')
                assert await peer.text() == f'431["{name}"]'
            assert len(gateway.hub.expirations) == 1  # that of /other

    run(scenario())


def test_who_leaves_first_leaves_no_deadline_behind(tmp_path, loop):
    async def scenario():
        async with serving(tmp_path, {'/': SPACE}, auth=AUTH) as gateway:
            async with raw.websocket(gateway.port, join=None) as ann:
                await ann.join(auth=brings('ann', 100))
                assert len(gateway.hub.expirations) == 1
                ann.send('41')
                await until(lambda: not gateway.hub.expirations)
                await ann.join(auth=brings('ann', 100))
                assert len(gateway.hub.expirations) == 1
            await until(lambda: left_behind(gateway.hub) == NOTHING)
            assert len(gateway.hub.expirations) == 0

    run(scenario())


MODULE = """
import asyncio

from gateway import socketio

@socketio.on('connect', namespace='/slow')
async def connect(auth):
    await asyncio.sleep(60)
"""


def test_who_is_still_being_asked_about_is_refused(tmp_path):
    (tmp_path / 'slow_to_connect.py').write_text(MODULE)

    async def scenario():
        async with (
            serving(tmp_path, {'/': {}}, auth=AUTH, handlers=['./slow_to_connect.py']) as gateway,
            raw.websocket(gateway.port, join=None) as ann,
        ):
            ann.send('40/slow,' + json.dumps(brings('ann', 2)))
            refusal = '44/slow,{"message":"token_expired"}'
            assert await asyncio.wait_for(ann.text(), PATIENCE) == refusal

    run(scenario())


@pytest.mark.parametrize('exp', [LATER, 253_402_300_799])
def test_the_end_of_time_is_no_trouble(tmp_path, loop, exp):
    async def scenario():
        async with (
            serving(tmp_path, {'/': SPACE}, auth=AUTH) as gateway,
            raw.websocket(gateway.port, join=None) as ann,
        ):
            await ann.join(auth={'token': token({'sub': 'ann', 'exp': exp})})
            ann.send('420["who"]')
            assert await ann.text() == '430["ann"]'

    run(scenario())


def test_the_javascript_client_comes_back_with_another_token(gateway, node):
    found = gateway({'/': SPACE}, auth=AUTH)
    modes = ('websocket', 'polling', 'upgrade')
    scripts = [node('expires.js', found.url, mode, '', SECRET) for mode in modes]
    expected = {
        'reason': 'io server disconnect',
        'active': False,
        'refused': 'token_expired',
        'who': ['ann'],
    }
    assert [script.report() for script in scripts] == [expected] * 3
    found.stop()
    assert 'eyJ' not in found.output  # with which a token begins
    assert 'ann' not in found.output


def test_the_python_clients_are_told_too_and_end(gateway):
    url = gateway({'/': SPACE}, auth=AUTH).url

    async def ends(kind):
        options = {'auth': lambda: brings('ann', 2), 'listen': ['disconnect']}
        async with connected(url, 'websocket', kind, **options) as peer:
            assert await peer.ask('who') == 'ann'
            assert await peer.heard('disconnect') == ['server disconnect']
            await peer.do('wait')
            assert not peer.client.connected

    async def scenario():
        await asyncio.gather(*[ends(kind) for kind in KINDS.values()])

    asyncio.run(scenario())
