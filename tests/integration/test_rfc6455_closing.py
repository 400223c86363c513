"""RFC 6455, section 7: closing, from both sides and with its time-out.

The table is group 7 of Autobahn's test suite, by its case names. Whoever has sent and got a close
frame, or a violation, gets the end of the connection at once: here the time-out is a minute.
"""

import asyncio

import pytest

from gateway.engine import websocket
from gateway.engine.reason import Reason
from tests.support.raw import BINARY, CLOSE, PATIENCE, PING, TEXT, frame
from tests.support.ws_echo import exchange, settle, talk

CONTINUATION = 0x0
NORMAL = b'\x03\xe8'
HELLO = frame(TEXT, b'Hello')


@pytest.fixture(autouse=True)
def patience(loop, monkeypatch):
    monkeypatch.setattr(websocket, 'CLOSE_TIMEOUT', 60)


def bye(code=1000, reason=b''):
    return frame(CLOSE, code.to_bytes(2, 'big') + reason)


VALID_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
MORE_VALID_CODES = (1012, 1013, 1014)  # registered since
INVALID_CODES = (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999)
INVALID = b'\x03\xeainvalid close code'
LONG = b'\x03\xeafragmented or long control frame'
NO_TEXT = b'\x03\xefclose reason is not UTF-8'

CASES = {
    '7.1.2': (bye() + bye(), NORMAL),
    '7.1.3': (bye() + frame(PING, b''), NORMAL),
    '7.1.4': (bye() + HELLO, NORMAL),
    '7.1.5': (frame(TEXT, b'Hel', fin=False) + bye() + frame(CONTINUATION, b'lo'), NORMAL),
    '7.3.1': (frame(CLOSE, b''), b''),
    '7.3.2': (frame(CLOSE, b'\x03'), b'\x03\xeaclose frame of one byte'),
    '7.3.3': (bye(), NORMAL),
    '7.3.4': (bye(reason=b'Goodbye'), NORMAL),
    'a reason of 122 bytes': (bye(reason=b'*' * 122), NORMAL),
    '7.3.5': (bye(reason=b'*' * 123), NORMAL),
    '7.3.6': (bye(reason=b'*' * 124), LONG),
    'a reason of 125 bytes': (bye(reason=b'*' * 125), LONG),
    'a reason cut inside a character': (bye(reason=b'*' * 122 + b'\xc3'), NO_TEXT),
    '7.5.1': (bye(reason=b'\xce\xba\xed\xa0\x80'), NO_TEXT),
    **{f'7.7.{n}': (bye(code), code.to_bytes(2, 'big')) for n, code in enumerate(VALID_CODES, 1)},
    **{str(code): (bye(code), code.to_bytes(2, 'big')) for code in MORE_VALID_CODES},
    **{f'7.9.{n}': (bye(code), INVALID) for n, code in enumerate(INVALID_CODES, 1)},
    '1015': (bye(1015), INVALID),
    '7.13.1': (bye(5000), INVALID),
    '7.13.2': (bye(65535), INVALID),
    'invalid code and reason': (bye(999, b'\xff'), INVALID),
    'in fragments': (frame(CLOSE, NORMAL, fin=False), LONG),
}


@pytest.mark.parametrize('name', CASES)
def test_a_client_says_goodbye(name):
    sent, payload = CASES[name]
    assert exchange(sent) == [(CLOSE, payload)]


@pytest.mark.parametrize('name', [name for name in CASES if name[:3] != '7.1'])
def test_a_client_says_goodbye_byte_by_byte(name):
    sent, payload = CASES[name]
    assert exchange(sent, step=1) == [(CLOSE, payload)]


def test_messages_are_answered_before_the_goodbye():
    """7.1.1 and 7.1.6."""
    large = bytes(262_144)
    answers = [(TEXT, b'Hello'), (BINARY, large), (CLOSE, NORMAL)]
    assert exchange(HELLO + frame(BINARY, large), leave=2) == answers


def test_the_server_closes_first():
    async def scenario(engine, peer):
        engine.last.close(Reason.SERVER_SHUTDOWN, 1001, 'good night')
        assert await peer.receive() == (CLOSE, b'\x03\xe9good night')
        peer.write(bye(1001))
        assert await peer.rest() == b''
        assert engine.reasons == [Reason.SERVER_SHUTDOWN]

    talk(scenario)


def test_both_close_at_once():
    async def scenario(engine, peer):
        peer.write(bye(4000))
        engine.last.close(Reason.SERVER_DISCONNECT)
        assert await peer.receive() == (CLOSE, NORMAL)
        assert await peer.rest() == b'', 'one close frame'
        assert engine.reasons == [Reason.SERVER_DISCONNECT]

    talk(scenario)


@pytest.mark.parametrize('answer', [b'', b'\x03', b'\x03\xe7', b'\x03\xe8\xff'])
def test_whatever_close_frame_a_client_answers_with_is_the_end(answer):
    async def scenario(engine, peer):
        engine.last.close(Reason.SERVER_DISCONNECT)
        assert await peer.receive() == (CLOSE, NORMAL)
        peer.write(frame(CLOSE, answer))
        assert await peer.rest() == b''

    talk(scenario)


def test_what_comes_between_our_goodbye_and_theirs_is_not_answered():
    async def scenario(engine, peer):
        peer.write(frame(TEXT, b'be', fin=False))
        engine.last.close(Reason.SERVER_DISCONNECT)
        peer.write(frame(CONTINUATION, b'gun') + frame(PING, b'?') + HELLO + bye())
        assert await peer.receive() == (CLOSE, NORMAL)
        assert await peer.rest() == b''

    talk(scenario)


@pytest.mark.parametrize('violation', [b'\x81\x00', frame(3, b''), frame(TEXT, b'\xff')])
def test_a_violation_behind_our_goodbye_is_the_end(violation):
    async def scenario(engine, peer):
        engine.last.close(Reason.SERVER_DISCONNECT)
        assert await peer.receive() == (CLOSE, NORMAL)
        peer.write(violation)
        assert await peer.rest() == b'', 'one close frame'
        assert engine.reasons == [Reason.SERVER_DISCONNECT]

    talk(scenario)


@pytest.mark.parametrize('kind', ['our goodbye', 'a violation'])
def test_a_client_that_does_not_answer_is_cut_off_in_time(kind, monkeypatch):
    """It keeps its half of the connection open and goes on sending, but no close frame."""
    monkeypatch.setattr(websocket, 'CLOSE_TIMEOUT', 0.3)

    async def scenario(engine, peer):
        begin = asyncio.get_running_loop().time()
        if kind == 'a violation':
            peer.write(b'\x81\x00')
        else:
            engine.last.close(Reason.SERVER_DISCONNECT)
        opcode, _ = await peer.receive()
        assert opcode == CLOSE
        while engine.deadlines:
            peer.write(HELLO)
            await asyncio.sleep(0.01)
        assert asyncio.get_running_loop().time() - begin >= 0.3
        assert await peer.rest() == b''

    talk(scenario)


def test_a_client_in_the_middle_of_a_long_message_can_read_why_it_was_refused():
    """A reset, because of bytes that nobody has read, could take our close frame with it."""

    async def scenario(engine, peer):
        peer.write(frame(BINARY, b'', size=8_000_000) + bytes(8_000_000))
        await asyncio.wait_for(peer.writer.drain(), PATIENCE)
        assert await peer.receive() == (CLOSE, b'\x03\xf1message is too big')
        assert await asyncio.wait_for(peer.reader.read(), PATIENCE) == b'', 'an end, not a reset'
        assert engine.reasons == [Reason.PROTOCOL_ERROR]

    talk(scenario)


def test_nothing_behind_a_violation_is_looked_at_not_even_a_close_frame():
    """Section 7.1.7; the server waits for the client's end of the connection."""

    async def scenario(engine, peer):
        peer.write(b'\x81\x00')
        assert await peer.receive() == (CLOSE, b'\x03\xeaframe is not masked')
        assert await asyncio.wait_for(peer.reader.read(), PATIENCE) == b''
        peer.write(HELLO + bye())
        await settle(engine)
        assert engine.deadlines
        assert engine.reasons[0] == Reason.PROTOCOL_ERROR

    talk(scenario)


@pytest.mark.parametrize(
    ('sent', 'reason', 'back'),
    [
        (b'', Reason.TRANSPORT_CLOSE, b''),
        (b'\x81', Reason.TRANSPORT_CLOSE, b''),
        (frame(TEXT, b'cut off')[:-1], Reason.TRANSPORT_CLOSE, b''),
        (frame(TEXT, b'unfinished', fin=False), Reason.TRANSPORT_CLOSE, b''),
        (bye(), Reason.TRANSPORT_CLOSE, b'\x88\x02\x03\xe8'),
        (frame(3, b''), Reason.PROTOCOL_ERROR, b'\x88\x10\x03\xeaunknown opcode'),
    ],
    ids=['nothing', 'a byte', 'a frame', 'a fragment', 'a goodbye', 'a violation'],
)
def test_a_client_that_half_closes_after(sent, reason, back):
    async def scenario(engine, peer):
        peer.write(sent)
        peer.writer.write_eof()
        assert await asyncio.wait_for(peer.reader.read(), PATIENCE) == back
        assert engine.reasons == [reason]

    talk(scenario)


def test_a_client_that_half_closes_instead_of_answering():
    async def scenario(engine, peer):
        engine.last.close(Reason.SERVER_DISCONNECT)
        assert await peer.receive() == (CLOSE, NORMAL)
        peer.writer.write_eof()
        assert await peer.rest() == b''

    talk(scenario)
