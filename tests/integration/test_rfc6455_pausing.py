"""A client that is not read for a while, and one that does not read: RFC 6455 holds all the same.

What comes while reading is paused is taken afterwards, in order; what can't be sent is bounded.
"""

import asyncio
import socket

import pytest

from gateway.engine import websocket
from gateway.engine.reason import Reason
from tests.support.raw import CLOSE, PATIENCE, PING, PONG, TEXT, frame
from tests.support.ws_echo import Echo, settle, talk

NORMAL = b'\x03\xe8'
BYE, HELLO = frame(CLOSE, NORMAL), frame(TEXT, b'Hello')


@pytest.fixture(autouse=True)
def patience(loop, monkeypatch):
    monkeypatch.setattr(websocket, 'CLOSE_TIMEOUT', 60)  # nothing here may wait for it


def pausing(monkeypatch):
    """What the session takes, which pauses at the word `pause`."""
    taken, receive = [], Echo.receive

    def take(session, packet):
        taken.append(packet)
        receive(session, packet)
        if packet == b'pause':
            session.transport.pause_reading()

    monkeypatch.setattr(Echo, 'receive', take)
    return taken


@pytest.mark.parametrize('pieces', ['at once', 'later'])
def test_what_comes_while_paused_is_taken_after_it_in_order(pieces, monkeypatch):
    taken = pausing(monkeypatch)
    behind = frame(TEXT, b'two') + frame(PING, b'three') + frame(TEXT, b'four')

    async def scenario(engine, peer):
        first, last = (behind, b'') if pieces == 'at once' else (b'', behind)
        peer.write(frame(TEXT, b'one') + frame(TEXT, b'pause') + first)
        assert [await peer.text(), await peer.text()] == ['one', 'pause']
        peer.write(last[:7])
        await settle(engine)
        peer.write(last[7:])
        await settle(engine)
        assert taken == [b'used', b'one', b'pause']
        engine.last.transport.resume_reading()
        answers = sorted([await peer.receive() for _ in range(3)])
        assert answers == [(TEXT, b'four'), (TEXT, b'two'), (PONG, b'three')]
        assert taken == [b'used', b'one', b'pause', b'two', b'four']
        peer.write(BYE)
        assert await peer.closed() == NORMAL

    talk(scenario)


def test_a_long_read_is_taken_in_slices_and_in_order_before_the_connection_ends(monkeypatch):
    taken, turns = pausing(monkeypatch), []
    monkeypatch.setattr(websocket, 'SLICE', -1.0)  # over after each message

    async def scenario(engine, peer):
        monkeypatch.setattr(Echo, 'receive', lambda session, packet: taken.append((packet, turn())))
        many = [b'%d' % number for number in range(200)]
        peer.write(b''.join([frame(TEXT, text) for text in many]))
        peer.writer.write_eof()
        await peer.rest()
        assert [packet for packet, _ in taken[1:]] == many
        assert len({at for _, at in taken[1:]}) == len(many), 'the loop had its turn in between'

    def turn():
        if not turns or turns[-1].done():
            turns.append(asyncio.get_running_loop().create_future())
            asyncio.get_running_loop().call_soon(turns[-1].set_result, None)
        return len(turns)

    talk(scenario)


def test_a_violation_while_paused_is_seen_after_it(monkeypatch):
    pausing(monkeypatch)

    async def scenario(engine, peer):
        peer.write(frame(TEXT, b'pause') + HELLO + b'\x81\x00' + HELLO)
        assert await peer.text() == 'pause'
        await settle(engine)
        engine.last.transport.resume_reading()
        assert await peer.text() == 'Hello'
        assert await peer.receive() == (CLOSE, b'\x03\xeaframe is not masked')
        assert await peer.rest() == b''

    talk(scenario)


def test_the_answer_to_our_goodbye_is_read_though_reading_was_paused(monkeypatch):
    taken = pausing(monkeypatch)

    async def scenario(engine, peer):
        peer.write(frame(TEXT, b'pause') + HELLO)
        assert await peer.text() == 'pause'
        engine.last.close(Reason.SERVER_DISCONNECT)
        assert await peer.closed() == NORMAL
        assert taken == [b'used', b'pause']

    talk(scenario)


def test_pings_of_a_client_that_does_not_read_do_not_pile_up():
    """Only the latest needs an answer (section 5.5.3)."""
    count = 80_000  # 10 MB, far more than the kernel holds for us
    pings = frame(PING, bytes(125)) * 1_000

    def flood(client):
        for _ in range(count // 1_000):
            client.sendall(pings)
        client.sendall(frame(PING, b'the latest'))

    async def scenario(engine, peer):
        peer.writer.transport.pause_reading()
        client = peer.writer.transport.get_extra_info('socket')
        with socket.socket(fileno=socket.dup(client.fileno())) as blocking:
            blocking.settimeout(30)
            await asyncio.to_thread(flood, blocking)
        await settle(engine)
        server = engine.last.transport._transport
        assert server.get_write_buffer_size() <= 127, 'at most the rest of one pong'
        peer.writer.transport.resume_reading()
        answered = bytearray()
        while not answered.endswith(b'\x8a\x0athe latest'):
            answered += await asyncio.wait_for(peer.reader.read(1_000_000), PATIENCE)
        assert len(answered) < count * 127
        peer.write(BYE)
        assert await peer.closed() == NORMAL

    talk(scenario)
