"""What Redis says, byte by byte."""

import asyncio
import time
from collections import Counter
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cluster.buses import redis
from gateway.cluster.buses.bus import TURN, Lost, Oversized, Refused
from gateway.cluster.buses.redis import Link, answer, body, command
from tests.support.hub import run

CHANNELS = (b'socketio', b'flask-socketio', b'socket')
HEADS = [command(3, b'message', channel) + b'$' for channel in CHANNELS]


def pushed(channel, text):
    return command(3, b'message', channel, text)


class Sent:
    """A writer that keeps what is written."""

    def __init__(self):
        self.data = b''

    def write(self, data):
        self.data += data

    async def drain(self):
        pass


def link(said=b''):
    """A Link to a server that has said this."""
    reader = asyncio.StreamReader()
    reader.feed_data(said)
    return Link(SimpleNamespace(_reader=reader, _writer=Sent()), Oversized())


async def say(server, chunks):
    """One after the other, and no more."""
    for chunk in chunks:
        server._reader.feed_data(chunk)
        await asyncio.sleep(0)
    server._reader.feed_eof()


def test_a_command_is_an_array_of_words():
    assert command(2, b'SUBSCRIBE', b'\xc3\xa9') == b'*2\r\n$9\r\nSUBSCRIBE\r\n$2\r\n\xc3\xa9\r\n'


def test_a_batch_is_one_write_and_counts_its_replies():
    async def scenario():
        server = link()
        saying = asyncio.create_task(say(server, [b':1\r\n:', b'0\r', b'\n:1', b'2\r\n']))
        await server.publish(b'c', [b'a', b'', b'\r\n'])
        await saying
        head = b'*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n'
        assert server._writer.data == (
            head + b'$1\r\na\r\n' + head + b'$0\r\n\r\n' + head + b'$2\r\n\r\n\r\n'
        )
        with pytest.raises(EOFError):
            await server.publish(b'c', [b'a'])

    run(scenario())


def test_one_error_among_the_replies_is_an_error():
    async def scenario():
        with pytest.raises(Lost, match='OOM'):
            await link(b':1\r\n-OOM no memory\r\n:1\r\n').publish(b'c', [b'a'] * 3)

    run(scenario())


@given(
    st.lists(st.tuples(st.sampled_from(CHANNELS), st.binary(max_size=50)), max_size=8),
    st.lists(st.integers(1, 40), max_size=30),
)
def test_messages_are_whole_however_they_are_cut(messages, cuts):
    stream = b''.join(pushed(*message) for message in messages)
    places = [sum(cuts[:count]) for count in range(len(cuts) + 1)]
    chunks = [stream[a:b] for a, b in zip(places, [*places[1:], None], strict=True)]
    heard = []

    async def scenario():
        server = link()
        hearing = asyncio.create_task(server.hear(CHANNELS, heard.append))
        await say(server, chunks)
        with pytest.raises(EOFError):
            await hearing

    asyncio.run(scenario())
    assert heard == [text for _, text in messages]


@pytest.mark.parametrize('size', [11, 12, 70_000])
def test_what_is_too_large_is_skipped_wherever_it_ends(size, monkeypatch):
    monkeypatch.setattr(redis, 'MAX_MESSAGE', 10)
    heard = []

    async def scenario():
        stream = pushed(CHANNELS[0], b'x' * size) + pushed(CHANNELS[1], b'y' * 10)
        server = link(stream)
        server._reader.feed_eof()
        with pytest.raises(EOFError):
            await server.hear(CHANNELS, heard.append)
        assert server._oversized.count == 1

    run(scenario())
    assert heard == [b'y' * 10]


@pytest.mark.parametrize('size', [10, 60_000])  # many in what is read at once, and one
def test_the_loop_gets_its_turn_while_many_messages_wait(size, loop):
    turns, heard = 0, []

    def turn():
        nonlocal turns
        turns += 1
        asyncio.get_running_loop().call_soon(turn)

    def slowly(body):
        heard.append(turns)
        end = time.perf_counter() + TURN / 4
        while time.perf_counter() < end:
            pass

    async def scenario():
        server = link(pushed(CHANNELS[0], b'x' * size) * 40)
        server._reader.feed_eof()
        turn()
        with pytest.raises(EOFError):
            await server.hear(CHANNELS, slowly)

    run(scenario())
    assert len(heard) == 40
    assert max(Counter(heard).values()) <= 5  # four, and one that has begun


def test_the_place_of_a_body_may_lie_behind_the_end_of_the_data():
    data = pushed(b'socket', b'x' * 100)
    begin = len(data) - 102
    assert body(b'..' + data, 2, HEADS) == (begin + 2, begin + 102)
    assert body(data[:begin], 0, HEADS) == (begin, begin + 100)
    for cut in range(begin):
        assert body(data[:cut], 0, HEADS) is None


@pytest.mark.parametrize(
    'said', [b'+OK\r\n', b'*3\r\n$7\r\nmessage\r\n$6\r\nothers\r\n', b'*3\r\n$9\r\nsubscribe\r\n']
)
def test_what_is_no_message_ends_the_listening(said):
    with pytest.raises(Lost, match='not understood'):
        body(said, 0, HEADS)


@pytest.mark.parametrize(
    ('said', 'kind', 'text'),
    [
        (b'-NOAUTH Authentication required.\r\n', Refused, 'NOAUTH Authentication required.'),
        (b'-NOPERM this user has no permissions\r\n', Refused, 'NOPERM this user has no'),
        (b'-LOADING Redis is loading\r\n', Lost, 'LOADING Redis is loading'),
        (
            b"-ERR unknown command 'PUBLISH', with args beginning with: 'c' 'secret'\r\n",
            Lost,
            'ERR',
        ),
        (b':secret\r\n', Lost, 'not understood'),
        (b'-ERR \xff' + b'x' * 9_000, Lost, 'ERR'),
    ],
)
def test_an_answer_is_told_without_what_it_quotes(said, kind, text):
    error = answer(said)
    assert type(error) is kind
    assert text in str(error)
    assert 'secret' not in str(error)
    assert len(str(error)) < 250


@pytest.mark.parametrize(
    ('said', 'error'),
    [
        (
            b'*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n',
            None,
        ),
        (b'-NOPERM no\r\n', Refused),
        (b'*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n', EOFError),
        (b'', EOFError),
    ],
)
def test_a_subscription_is_confirmed_for_every_channel(said, error):
    async def scenario():
        server = link(said)
        server._reader.feed_eof()
        with pytest.raises(error) if error else nullcontext():
            await server.subscribe([b'a', b'b'])

    run(scenario())
