"""What the shipped engineio driver, socketio and Tornado get wrong, and the gateway does not.

One test for each trap, on the wire where it matters.
"""

import asyncio
import contextlib
import json
import logging

import pytest

from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, serving, until
from tests.support.raw import ask, polling, websocket

UNKNOWN_TRANSPORT = {'code': 0, 'message': 'Transport unknown'}
UNKNOWN_SID = {'code': 1, 'message': 'Session ID unknown'}
BAD_REQUEST = {'code': 3, 'message': 'Bad request'}
FORBIDDEN = {'code': 4, 'message': 'Forbidden'}
OLD_VERSION = {'code': 5, 'message': 'Unsupported protocol version'}


@pytest.fixture(autouse=True, params=['uvloop', 'asyncio'])
def loop(request, monkeypatch):
    """The name of the loop that `run` takes; a gateway is told."""
    monkeypatch.setenv('TEST_LOOP', request.param)
    return request.param


def echoing(hub):
    hub.on('echo', lambda sid, *args: args)


@pytest.mark.parametrize(
    ('query', 'change', 'status', 'refusal'),
    [
        (raw.WEBSOCKET, ('\r\n\r\n', '\r\nOrigin: http://evil.example\r\n\r\n'), 403, FORBIDDEN),
        ('EIO=3&transport=websocket', None, 400, OLD_VERSION),
        ('transport=websocket', None, 400, OLD_VERSION),
        (f'{raw.WEBSOCKET}&sid=unknown', None, 400, UNKNOWN_SID),
        ('EIO=4&transport=carrier-pigeon', None, 400, UNKNOWN_TRANSPORT),
        (raw.POLLING, None, 400, BAD_REQUEST),
        (raw.WEBSOCKET, ('dGhlIHNhbXBsZSBub25jZQ==', 'short'), 400, BAD_REQUEST),
        (raw.WEBSOCKET, ('Connection: Upgrade', 'Connection: close'), 400, BAD_REQUEST),
        (raw.WEBSOCKET, ('Version: 13', 'Version: 8'), 426, BAD_REQUEST),
    ],
)
def test_a_rejected_websocket_is_refused_before_the_101(query, change, status, refusal):
    async def scenario():
        async with serving() as hub, raw.connection(hub.port) as peer:
            request = raw.HANDSHAKE.format(query=query, port=hub.port, headers='')
            peer.write(request.replace(*change or ('', '')).encode())
            answer = await peer.answer()
            assert (answer.status, json.loads(answer.body)) == (status, refusal)
            assert left_behind(hub) == NOTHING

    run(scenario())


def test_an_undecodable_packet_closes_the_socket_and_logs_one_line(caplog):
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            caplog.clear()
            peer.send('42["secret text')
            assert await peer.closed() == b'\x03\xeapayload is not JSON'
            await until(lambda: left_behind(hub) == NOTHING)
            [line] = [record for record in caplog.records if record.name.startswith('gateway')]
            assert 'protocol error: payload is not JSON' in line.getMessage()
            assert 'secret' not in caplog.text

    caplog.set_level(logging.DEBUG, 'gateway')
    run(scenario())


@pytest.mark.parametrize(
    'packet',
    [
        b'',
        b'x',
        b'2',
        b'42',
        b'42{}',
        b'42[]',
        b'42[1.5]',
        b'43["no id"]',
        b'4/chat,["a"]',
        b'45["no count"]',
        b'452-["a",{"_placeholder":true,"num":0}]',
        b'47["no type"]',
        b'40{"again":1}',
        b'42/other,["not joined"]',
        b'42["a"]]',
        b'42' + b'[' * 100_000,
    ],
)
def test_what_breaks_the_protocol_closes_the_connection(packet):
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            echoing(hub)
            peer.write(raw.frame(raw.TEXT, packet))
            if packet.startswith(b'452-'):  # right so far; text cannot be an attachment
                peer.send('42["echo"]')
            assert (await peer.closed())[:2] == b'\x03\xea'
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


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


@pytest.mark.parametrize(
    'name', 'connect connect_error disconnect disconnecting newListener removeListener'.split()
)
def test_reserved_names_are_no_events(name):
    async def scenario():
        async with serving() as hub:
            connects = []
            hub.on('connect', lambda sid, environ: connects.append(sid))
            async with websocket(hub.port) as peer:
                peer.send(f'42["{name}"]')
                assert await peer.closed() == b'\x03\xeaevent name is reserved or not text'
                assert connects == [peer.sid]

    run(scenario())


def test_acknowledgement_ids_begin_at_0_and_unknown_ones_change_nothing():
    async def scenario():
        async with serving(namespaces='*') as hub:
            echoing(hub)
            async with websocket(hub.port) as peer:
                peer.send('430["nobody asked"]')
                peer.send('43999999["nobody asked"]')
                peer.send('420["echo","first"]')
                assert await peer.text() == '430["first"]'
                assert hub.manager.unknown_acks == 2

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


def test_declared_attachments_are_bounded():
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            peer.send('451001-["file"]')
            assert await peer.closed() == b'\x03\xeatoo many attachments'

    run(scenario())


def test_attachments_are_bounded_in_bytes():
    async def scenario():
        settings = {'namespaces': '*', 'max_payload': '1KB'}
        async with serving(**settings) as hub, websocket(hub.port) as peer:
            peer.send('45999-["file"]')
            for _ in range(5):
                peer.send(bytes(1000))
            assert await peer.closed() == b'\x03\xf1attachments are too big'
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


def test_an_unfinished_binary_event_expires():
    async def scenario():
        settings = {'namespaces': '*', 'ping_timeout': '300ms'}
        async with serving(**settings) as hub, websocket(hub.port) as peer:
            peer.send('452-["file",{"_placeholder":true,"num":0}]')
            peer.send(b'one of two')
            assert await peer.closed() == b'\x03\xf0unfinished binary event'

    run(scenario())


def test_more_than_16_packets_in_one_post_are_all_taken():
    async def scenario():
        async with serving(namespaces='*') as hub:
            echoing(hub)
            poller = await polling(hub.port)
            body = '\x1e'.join(f'42{number}["echo"]' for number in range(100))
            assert (await poller.post(body.encode())).status == 200
            answers = (await poller.poll()).decode().split('\x1e')
            assert answers == [f'43{number}[]' for number in range(100)]

    run(scenario())


@pytest.mark.parametrize(
    'body', [b'', b'hello', b'4', b'42["a"', b'42["a"]\x1e', b'b!!!!', b'\xff\xfe', b'0{}', b'2']
)
def test_an_invalid_post_is_refused_and_ends_the_session(body):
    async def scenario():
        async with serving(namespaces='*') as hub:
            poller = await polling(hub.port)
            answer = await poller.post(body)
            assert (answer.status, json.loads(answer.body)) == (400, BAD_REQUEST)
            assert await poller.poll() == b'1'
            await until(lambda: left_behind(hub) == NOTHING)

    run(scenario())


def test_a_chunked_post_is_read():
    async def scenario():
        async with serving(namespaces='*') as hub:
            echoing(hub)
            poller = await polling(hub.port)
            async with raw.connection(hub.port) as peer:
                peer.write(
                    f'POST /socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\n'
                    'Transfer-Encoding: chunked\r\n\r\n'
                    '4\r\n420[\r\n7\r\n"echo"]\r\n0\r\n\r\n'.encode()
                )
                assert (await peer.answer()).body == b'ok'
            assert await poller.poll() == b'430[]'

    run(scenario())


def test_two_polls_of_one_session_end_it():
    async def scenario():
        async with serving(namespaces='*') as hub:
            poller = await polling(hub.port)
            first = asyncio.create_task(poller.poll())
            session = hub.eio.sockets[poller.open['sid']]
            await until(lambda: session.transport._waiting is not None)
            second = await ask(hub.port, poller.query)
            assert (second.status, json.loads(second.body)) == (400, BAD_REQUEST)
            assert await first == b'1'
            assert left_behind(hub) == NOTHING

    run(scenario())


def test_a_poll_whose_client_went_away_ends_the_session():
    """Nobody can tell what it has read, so nothing is sent into the void after it."""

    async def scenario():
        async with serving(namespaces='*') as hub:
            poller = await polling(hub.port)
            async with raw.connection(hub.port) as peer:
                request = f'GET /socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\n\r\n'
                peer.write(request.encode())
                session = hub.eio.sockets[poller.open['sid']]
                await until(lambda: session.transport._waiting is not None)
                peer.reset()
            await until(lambda: left_behind(hub) == NOTHING)
            assert (await ask(hub.port, poller.query)).status == 400

    run(scenario())


@pytest.mark.parametrize('ending', ['close frame', 'reset', 'silence'])
def test_an_abandoned_upgrade_leaves_polling_as_it_was(ending):
    async def scenario():
        async with serving(namespaces='*', upgrade_timeout='300ms') as hub:
            poller = await polling(hub.port)
            query = f'{raw.WEBSOCKET}&sid={poller.open["sid"]}'
            async with raw.connection(hub.port) as peer:
                peer.write(raw.HANDSHAKE.format(query=query, port=hub.port, headers='').encode())
                assert await peer.head() == raw.SWITCHED
                peer.send('2probe')
                assert await peer.text() == '3probe'
                assert await poller.poll() == b'6'
                if ending == 'close frame':
                    peer.write(raw.frame(raw.CLOSE, b''))
                elif ending == 'reset':
                    peer.reset()
                await until(lambda: hub.eio.counters.upgrades_abandoned == 1)
                poll = asyncio.create_task(poller.poll())
                done, _ = await asyncio.wait([poll], timeout=0.15)
                assert not done, 'the poll must wait for a message'
                await hub.emit('news', to=poller.sid)
                assert await poll == b'42["news"]'

    run(scenario())


def test_an_upgrade_carries_on_with_what_is_pending():
    async def scenario():
        async with serving(namespaces='*') as hub:
            poller = await polling(hub.port)
            query = f'{raw.WEBSOCKET}&sid={poller.open["sid"]}'
            async with raw.connection(hub.port) as peer:
                peer.write(raw.HANDSHAKE.format(query=query, port=hub.port, headers='').encode())
                await peer.head()
                poll = asyncio.create_task(poller.poll())
                peer.send('2probe')
                assert await peer.text() == '3probe'
                assert await poll == b'6'
                await hub.emit('pending', b'\x01\x02', to=poller.sid)
                peer.send('5')
                assert await peer.text() == '451-["pending",{"_placeholder":true,"num":0}]'
                assert await peer.receive() == (raw.BINARY, b'\x01\x02')
                assert (await ask(hub.port, poller.query)).status == 400

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
