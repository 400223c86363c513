"""Frames as any WebSocket server may write them: long lengths, fragments; and those that end it."""

from collections.abc import Callable

import pytest

from bench.load.wire import Form
from tests.support.load_process import faults, native
from tests.support.load_server import as_message, binary, broadcasting, frame, serving, wide

MOST = 1 << 20


def fragmented(data: bytes) -> bytes:
    """In three frames, with a ping in between."""
    whole = as_message(data)
    head = 2 if whole[1] < 126 else 4
    body = whole[head:]
    first = whole[0] & 15
    return b''.join(
        (
            frame(body[:1], first),
            frame(b'?', 0x89),
            frame(body[1:40], 0),
            frame(body[40:], 0x80),
        )
    )


def long_one(data: bytes) -> bytes:
    whole = as_message(data)
    return wide(whole[2 if whole[1] < 126 else 4 :], whole[0])


@pytest.mark.parametrize('form', ['json', 'msgpack'])
@pytest.mark.parametrize('make', [fragmented, long_one])
def test_fragments_and_long_lengths_are_read(make: Callable[[bytes], bytes], form: Form):
    with serving(broadcasting(make)) as server, native() as process:
        process.connect(server.port, 3, form=form)
        answer = process.broadcast(count=5, ms=5000, payload=4000)
        small = process.broadcast(count=5, ms=5000, payload=32)
    assert faults(answer) == faults(small) == {}
    assert answer['received'] == small['received'] == 15


def test_a_message_of_a_megabyte_is_read():
    def make(data: bytes) -> bytes:
        filler = frame(b'42["other","' + b'y' * (MOST - 14) + b'"]')
        return filler + as_message(data)

    with serving(broadcasting(make)) as server, native() as process:
        process.connect(server.port, 2)
        answer = process.broadcast(count=2, ms=10_000)
    assert faults(answer) == {'garbled': 4}
    assert answer['received'] == 4


ENDINGS = {
    'compressed': (frame(b'x', 0xC1), 'a compressed frame, which was not agreed upon'),
    'masked': (b'\x81\x81abcdx', 'a masked frame'),
    'too long': (b'\x81\x7f' + (MOST + 1).to_bytes(8, 'big'), f'a message of {MOST + 1} bytes'),
    'too many fragments': (
        frame(b'x' * MOST, 0x01) + frame(b'x', 0x80),
        f'a message of more than {MOST} bytes',
    ),
    'nothing to continue': (frame(b'x', 0x80), 'a fragment out of place'),
    'a message within another': (frame(b'x', 1) + frame(b'x', 1), 'a fragment out of place'),
    'an unknown opcode': (frame(b'x', 0x83), 'a frame of unknown opcode 3'),
    'DISCONNECT': (frame(b'41'), 'disconnected by the server'),
}


@pytest.mark.parametrize('ending', ENDINGS)
def test_what_can_not_be_read_ends_the_connection_and_says_why(ending: str):
    data, reason = ENDINGS[ending]
    with serving(broadcasting(lambda _: data)) as server, native() as process:
        process.connect(server.port, 1)
        answer = process.broadcast(count=1, ms=5000)
    assert answer['closed'] == 1
    assert answer['reason'].startswith(reason)


def test_a_binary_event_needs_its_text_and_its_attachment():
    announcement = b'451-["msg",{"_placeholder":true,"num":0}]'
    parts: dict[str, Callable[[bytes], bytes]] = {
        'both': lambda payload: frame(announcement) + binary(payload),
        'only the attachment': binary,
        'only the text': lambda _: frame(announcement),
        'in fragments': lambda payload: (
            frame(announcement) + frame(payload[:9], 0x02) + frame(payload[9:], 0x80)
        ),
        'another text': lambda payload: frame(announcement + b' ') + binary(payload),
    }

    def run(part: str) -> dict[str, int]:
        def make(data: bytes) -> bytes:
            return parts[part](data) if data.startswith(b'fan:') else b''

        with serving(broadcasting(make)) as server, native() as process:
            process.connect(server.port, 1)
            assert process.wire
            process.wire.form = 'binary'
            return faults(process.broadcast(interval_ns=300_000_000, ms=300, drain_ms=0))

    assert run('both') == {}
    assert run('in fragments') == {}
    assert run('only the attachment') == {'lost': 1, 'garbled': 1}
    assert run('only the text') == {'lost': 1}
    assert run('another text') == {'lost': 1, 'garbled': 2}


WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    'in an object': lambda data: frame(b'42["msg",{"from":"a","body":' + data[9:-1] + b'}]'),
    'as plain text': lambda data: frame(data[10:-2]),
    'behind a foreign one': lambda data: (
        frame(b'42["news",1]') + binary(b'\x00\x01') + as_message(data)
    ),
    'padding': lambda data: as_message(data.replace(b'xxx"', b'xyx"')),
    'cut short': lambda data: frame(data[:-12]),
}


@pytest.mark.parametrize('wrapped', WRAPPED)
def test_a_payload_is_found_wherever_it_is(wrapped: str):
    with serving(broadcasting(WRAPPED[wrapped])) as server, native() as process:
        process.connect(server.port, 2)
        process.form(search=1)
        answer = process.ask('broadcast', count=3, ms=200, drain_ms=0, recipients=2)
    if wrapped in {'padding', 'cut short'}:
        assert faults(answer) == {'garbled': 2}
        assert answer['received'] == 0
    else:
        assert faults(answer) == {}
        assert answer['received'] == 6
        assert answer['foreign'] == (12 if wrapped == 'behind a foreign one' else 0)
