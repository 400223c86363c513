"""What one client sends at once holds up nobody: the loop has its turn, and its order stays."""

import asyncio
from collections import Counter

import pytest

from gateway.engine import websocket
from gateway.engine.request import Request
from gateway.wire import frames
from tests.faults.inside import inside
from tests.support import raw
from tests.support.hub import run, serving
from tests.support.raw import PING, TEXT, frame

SIZE = 98_000  # bytes; what the kernel gives in one read, or in two
AGENT = {'/': {'events': {'agent': {'ack': ["${headers['user-agent']}"]}}}}


def parses(monkeypatch):
    """A list that grows by one with every handshake that is parsed."""
    parsed, parse = [], Request.__init__

    def noting(request, *args, **settings):
        parsed.append(request)
        parse(request, *args, **settings)

    monkeypatch.setattr(Request, '__init__', noting)
    return parsed


def test_the_events_of_a_client_parse_its_handshake_once(tmp_path, monkeypatch):
    """Thousands of header lines take milliseconds to parse; a hundred events come in one read."""
    parsed = parses(monkeypatch)

    async def scenario():
        async with (
            inside(tmp_path, AGENT) as gateway,
            raw.websocket(gateway.port, headers='User-Agent: ours\r\n') as peer,
        ):
            parsed.clear()
            peer.write(b''.join([frame(TEXT, b'42%d["agent"]' % id) for id in range(100)]))
            for id in range(100):
                assert await peer.text() == f'43{id}["ours"]'
            assert len(parsed) == 1

    run(scenario())


def test_few_handshakes_stay_parsed_and_each_client_has_its_own(tmp_path, monkeypatch):
    parsed = parses(monkeypatch)

    async def asks(port, name):
        async with raw.websocket(port, headers=f'User-Agent: {name}\r\n') as peer:
            peer.send('420["agent"]')
            assert await peer.text() == f'430["{name}"]'

    async def scenario():
        async with inside(tmp_path, AGENT) as gateway:
            for number in range(20):
                await asks(gateway.port, f'client {number}')
            assert gateway.hub.eio.parsed.cache_info().currsize == 16
            parsed.clear()
            await asks(gateway.port, 'client 19')
            assert len(parsed) == 1, 'the front door, which keeps nothing'
            await asks(gateway.port, 'client 0')
            assert len(parsed) == 3

    run(scenario())


NUMBERS = range(10_000, 10_000 + SIZE // 19)

# What is sent, in as many messages as it has, and what must come back.
READS = {
    'pings': (
        [frame(PING, b'%d' % number) for number in NUMBERS],
        b''.join([b'\x8a\x05%d' % number for number in NUMBERS]),
    ),
    'events': (
        [frame(TEXT, b'42%d["echo"]' % number) for number in NUMBERS],
        b''.join([b'\x81\x0943%d[]' % number for number in NUMBERS]),
    ),
}


def longest(monkeypatch, messages, answers, limit):
    """How many messages were taken at most before the loop had its turn."""
    taken, turn, feed = Counter(), [0], frames.Parser.feed

    def noting(parser, data):
        for message in feed(parser, data):
            taken[turn[0]] += 1
            yield message

    async def ticking():
        while True:
            turn[0] += 1
            await asyncio.sleep(0)

    async def scenario():
        async with serving() as hub, raw.websocket(hub.port) as peer:
            hub.on('connect', lambda sid, environ: None)
            hub.on('echo', lambda sid, *args: args)
            ticker = asyncio.create_task(ticking())
            taken.clear()
            peer.write(b''.join(messages))
            await answers(peer)
            assert sum(taken.values()) == len(messages)
            ticker.cancel()

    with monkeypatch.context() as patch:
        patch.setattr(websocket, 'SLICE', limit)
        patch.setattr(frames.Parser, 'feed', noting)
        run(scenario())
    return max(taken.values())


@pytest.mark.parametrize('kind', READS)
def test_a_read_of_many_messages_is_answered_in_order_and_in_slices(kind, monkeypatch):
    messages, expected = READS[kind]

    async def in_order(peer):
        assert await peer.read(len(expected)) == expected

    slice_, whole = [
        longest(monkeypatch, messages, in_order, limit) for limit in (websocket.SLICE, 60.0)
    ]
    assert whole > len(messages) / 3, 'a read is as long as this test needs it'
    assert slice_ < whole / 3


def test_a_read_of_many_connects_is_answered_in_slices(monkeypatch):
    messages = [frame(TEXT, b'41'), frame(TEXT, b'40')] * (SIZE // 16)

    async def joined(peer):
        sids = set()
        for _ in range(len(messages) // 2):
            reply = await peer.text()
            assert reply.startswith('40{"sid":"')
            sids.add(reply)
        assert len(sids) == len(messages) // 2

    slice_, whole = [
        longest(monkeypatch, messages, joined, limit) for limit in (websocket.SLICE, 60.0)
    ]
    assert whole > len(messages) / 3, 'a read is as long as this test needs it'
    assert slice_ < whole / 3


def test_what_is_read_while_the_rest_of_a_read_waits_comes_behind_it(monkeypatch):
    monkeypatch.setattr(websocket, 'SLICE', -1.0)  # over after each message
    reads = [
        [frame(TEXT, b'42%d["echo"]' % (10 * tens + one)) for one in range(5)] for tens in (1, 2)
    ]

    async def scenario():
        async with serving() as hub, raw.websocket(hub.port) as peer:
            hub.on('echo', lambda sid, *args: args)
            [session] = hub.eio.sockets.values()
            for read in reads:
                session.transport.data_received(b''.join(read))
            answers = [await peer.text() for _ in range(10)]
            assert answers == [f'43{10 * tens + one}[]' for tens in (1, 2) for one in range(5)]

    run(scenario())
