"""What the shipped engineio driver, socketio and Tornado get wrong, and the gateway does not.

One test for each trap, on the wire where it matters. Those of packets are in
test_traps_of_packets.py, those of HTTP, polling and upgrades in the files of these names, those of
polls whose client went away in tests/faults/test_lost_polls.py.
"""

import asyncio
import contextlib
import json

import pytest

from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, serving, until
from tests.support.raw import polling, websocket

pytestmark = pytest.mark.usefixtures('loop')


def test_nothing_reaches_a_client_that_is_not_accepted_yet():
    async def scenario():
        async with serving() as hub:
            decided = asyncio.Event()

            @hub.event
            async def connect(sid, environ):
                hub.newcomer = sid
                await hub.enter_room(sid, 'lobby')
                await hub.emit('welcome', to=sid)
                await decided.wait()

            async with websocket(hub.port, join=None) as peer:
                peer.send('40')
                await until(lambda: hasattr(hub, 'newcomer'))
                await hub.emit('early', 'to all')
                await hub.emit('early', 'to the room', to='lobby')
                decided.set()
                sid = json.loads((await peer.text())[2:])['sid']
                assert sid == hub.newcomer
                await hub.emit('late', 'to the room', to='lobby')
                assert await peer.text() == '42["welcome"]'
                assert await peer.text() == '42["late","to the room"]'

    run(scenario())


@pytest.mark.parametrize('ending', ['close', 'reset', 'packet', 'server'])
def test_one_disconnect_for_each_accepted_connect(ending):
    async def scenario():
        async with serving() as hub:
            ended = []
            hub.on('connect', lambda sid, environ: None)
            hub.on('disconnect', lambda sid, reason: ended.append((sid, reason)))
            async with websocket(hub.port) as peer:
                match ending:
                    case 'close':
                        peer.write(raw.frame(raw.CLOSE, b'\x03\xe8'))
                    case 'reset':
                        peer.reset()
                    case 'packet':
                        peer.send('41')
                        peer.send('41')
                    case 'server':
                        await hub.disconnect(peer.sid)
                        await hub.disconnect(peer.sid)
                        assert await peer.text() == '41'
                await until(lambda: ended)
                peer.reset()
                await until(lambda: left_behind(hub) == NOTHING)
            reason = {'packet': 'client disconnect', 'server': 'server disconnect'}
            assert [sid for sid, _ in ended] == [peer.sid]
            assert ended[0][1] in {reason.get(ending, 'transport close'), 'transport error'}

    run(scenario())


@pytest.mark.parametrize('kind', ['plain', 'coroutine'])
def test_a_raising_connect_handler_leaves_nothing_behind(kind, caplog):
    async def scenario():
        async with serving() as hub:

            async def settle(sid):
                await hub.enter_room(sid, 'lobby')
                await hub.emit('early', to=sid)
                raise RuntimeError('ours')

            def plain(sid, environ):
                raise RuntimeError('ours')

            hub.on('connect', plain if kind == 'plain' else lambda sid, environ: settle(sid))
            hub.on('disconnect', lambda sid, reason: pytest.fail('it was never connected'))
            async with websocket(hub.port, join=None) as peer:
                peer.send('40')
                assert await peer.text() == '44{"message":"Internal error"}'
                counts = {**NOTHING, 'sessions': 1, 'heartbeats': 1, 'deadlines': 1}
                assert left_behind(hub) == counts
        assert caplog.text.count('RuntimeError: ours') == 1

    run(scenario())


def test_callbacks_of_timed_out_calls_are_forgotten():
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            for _ in range(3):
                with contextlib.suppress(Exception):
                    await hub.call('question', to=peer.sid, timeout=0.02)
            assert await peer.text() == '421["question"]'
            assert left_behind(hub)['callbacks'] == 0
            peer.send('431["too late"]')
            await until(lambda: hub.manager.unknown_acks == 1)

    run(scenario())


def test_callbacks_that_nobody_calls_are_bounded():
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            for _ in range(1_100):
                await hub.emit('question', to=peer.sid, callback=lambda *args: None)
            assert left_behind(hub)['callbacks'] == 1_000
            assert hub.manager.callbacks_dropped == 100

    run(scenario())


def test_the_environ_tells_who_asks_and_how():
    async def scenario():
        async with serving(trusted=['127.0.0.0/8']) as hub:
            environs = []
            hub.on('connect', lambda sid, environ: environs.append(environ))
            proxied = 'X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\nX-Forwarded-Proto: https\r\n'
            async with websocket(hub.port, headers=proxied), websocket(hub.port):
                there, here = environs
            assert (there['REMOTE_ADDR'], there['wsgi.url_scheme']) == ('198.51.100.7', 'https')
            assert (here['REMOTE_ADDR'], here['wsgi.url_scheme']) == ('127.0.0.1', 'http')

    run(scenario())


def test_who_is_no_trusted_proxy_cannot_choose_its_address():
    async def scenario():
        async with serving() as hub:
            environs = []
            hub.on('connect', lambda sid, environ: environs.append(environ))
            lie = 'X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n'
            async with websocket(hub.port, headers=lie):
                [environ] = environs
            assert (environ['REMOTE_ADDR'], environ['wsgi.url_scheme']) == ('127.0.0.1', 'http')

    run(scenario())


def test_a_binary_broadcast_fits_each_transport():
    async def scenario():
        async with serving(namespaces='*') as hub:
            poller = await polling(hub.port)
            async with websocket(hub.port) as peer:
                for _ in range(2):  # whatever is kept of the first must fit the second
                    await hub.emit('file', (b'\x00\xff', b'text'))
                    place = '{"_placeholder":true,"num":'
                    head = f'452-["file",{place}0}},{place}1}}]'
                    assert await peer.text() == head
                    assert await peer.receive() == (raw.BINARY, b'\x00\xff')
                    assert await peer.receive() == (raw.BINARY, b'text')
                    assert await poller.poll() == head.encode() + b'\x1ebAP8=\x1ebdGV4dA=='

    run(scenario())


def test_a_room_never_reaches_another_client_by_its_sid(gateway, loop):
    async def scenario():
        async with websocket(running.port) as victim, websocket(running.port) as peer:
            peer.send(f'420["tell","{victim.sid}"]')
            assert await peer.text() == '430["told"]'
            peer.send(f'421["enter","{victim.sid}"]')
            refusal = json.loads((await peer.text())[3:])
            assert refusal[0]['error']['code'] == 'bad_value'
            peer.send(f'422["reach","{victim.sid}"]')
            assert await peer.text() == '432[]'
            assert await victim.text() == '42["reached"]'

    routes = {
        'tell': [{'emit': {'event': 'told', 'to': 'room:${data}'}}, {'ack': 'told'}],
        'enter': [{'join': '${data}'}, {'ack': 'inside'}],
        'reach': {'emit': {'event': 'reached', 'to': 'sid:${data}', 'args': []}},
    }
    running = gateway({'/': {'events': routes}}, server={'event_loop': loop})
    run(scenario())


def test_an_unknown_namespace_is_invalid_in_the_protocols_words(gateway, loop):
    async def scenario():
        async with websocket(running.port, join=None) as peer:
            peer.send('40/nowhere,')
            assert await peer.text() == '44/nowhere,{"message":"Invalid namespace"}'
            peer.send('40')
            assert (await peer.text()).startswith('40{"sid":"')

    running = gateway({'/': {}}, server={'event_loop': loop})
    run(scenario())
