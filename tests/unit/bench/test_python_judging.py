"""The Python load generator's own parts: stamps, tallies, frames, answers of HTTP."""

import pytest

from bench.load.python import stamp
from bench.load.python.frames import KEY, frame
from bench.load.python.http import parse
from bench.load.python.options import Options
from bench.load.python.tally import Form, Tally

JSON = Form(1, b'42["msg","', b'"]', attachment=False, search=False)


def test_a_stamp_is_letters():
    made = stamp.payload(0x12, 0xABCDEF, 32)
    assert made == b'fan:aaaaaabc' + b'aaaaaaaaaaklmnop' + b'xxxx'
    assert stamp.read(made) == (0x12, 0xABCDEF)


@pytest.mark.parametrize(
    'wrong',
    [
        b'fun:' + b'a' * 24,
        b'fan:' + b'a' * 23 + b'0',
        b'fan:' + b'a' * 23,
        b'fan:' + b'a' * 24 + b'xxy',
    ],
)
def test_what_is_no_stamp_is_none(wrong: bytes):
    assert stamp.read(wrong) is None


def test_first_median_and_last_are_recorded_as_recipients_get_it():
    tally = Tally(base=7, recipients=5, payload=64)
    tally.active = True
    payload = tally.leaves(due=100)
    sent = tally.judge(payload, b'whole')
    assert sent is tally.known[b'whole']
    for now in (101, 102, 103, 104, 105):
        tally.delivered(sent, now)
    assert (tally.first, tally.median, tally.last) == ({1: 1}, {3: 1}, {5: 1})
    assert (tally.received, tally.completed, tally.arrived_at) == (5, 1, 105)


@pytest.mark.parametrize(
    ('sequence', 'due', 'fault'),
    [(6, 100, 'stale'), (8, 100, 'garbled'), (7, 99, 'garbled'), (7, 100, '')],
)
def test_a_broadcast_that_was_not_sent_is_a_fault(sequence: int, due: int, fault: str):
    tally = Tally(base=7, recipients=1, payload=64)
    tally.active = True
    tally.leaves(due=100)
    sent = tally.judge(stamp.payload(sequence, due, 64), b'')
    assert (sent is None) == bool(fault)
    assert {name: getattr(tally, name) for name in ('stale', 'garbled')} == {
        name: int(name == fault) for name in ('stale', 'garbled')
    }


def test_a_message_of_another_length_or_form_has_no_payload():
    payload = stamp.payload(1, 2, 64)
    assert JSON.payload(b'42["msg","' + payload + b'"]', 64) == payload
    assert JSON.payload(b'42["msg","' + payload + b'x"]', 64) is None
    assert JSON.payload(b'42["gsm","' + payload + b'"]', 64) is None
    anywhere = Form(1, b'', b'', attachment=False, search=True)
    assert anywhere.payload(b'42["news",{"a":"' + payload + b'"}]', 64) == payload
    assert anywhere.payload(b'42["news"]', 64) is None


@pytest.mark.parametrize('size', [0, 5, 125, 126, 65535, 65536])
def test_a_frame_is_masked(size: int):
    data = bytes(range(256)) * (size // 256 + 1)
    made = frame(2, data[:size])
    head = 6 if size < 126 else 8 if size < 65536 else 14
    assert len(made) == head + size
    assert made[0] == 0x82
    assert made[head - 4 : head] == KEY
    assert bytes(byte ^ KEY[i & 3] for i, byte in enumerate(made[head:])) == data[:size]


def test_a_short_frame_byte_for_byte():
    assert frame(1, b'40') == b'\x81\x82\x37\xfa\x21\x3d\x03\xca'


ANSWERS = {
    b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore': (200, b'ok', 40, True),
    b'HTTP/1.1 204 No Content\r\n\r\n': (204, b'', 27, True),
    b'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n': (200, b'', 38, False),
    b'HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 1\r\n\r\nx': (200, b'x', 58, False),
    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n1\r\n!\r\n0\r\n\r\n': (
        *(200, b'ok!', 69, True),
    ),
    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\nHTTP': (
        *(200, b'', 58, True),
    ),
}


@pytest.mark.parametrize('data', ANSWERS)
def test_an_answer_of_http_is_taken_once_it_is_whole(data: bytes):
    status, body, taken, keep = ANSWERS[data]
    response, found, lasts = parse(data, ended=False)
    assert (response.status, response.body, found, lasts) == (status, body, taken, keep)
    for length in range(taken):
        assert parse(data[:length], ended=False) is None


def test_an_answer_may_end_with_its_connection():
    data = b'HTTP/1.1 200 OK\r\n\r\nall of it'
    assert parse(data, ended=False) is None
    assert parse(data, ended=True)[0].body == b'all of it'


def test_options_are_integers_and_hex():
    options = Options('form opcode=2 head=343 tail=3430 empty=')
    assert options.name == 'form'
    assert (options.number('opcode'), options.number('absent', 7)) == (2, 7)
    assert (options.data('tail'), options.data('empty'), options.data('none')) == (b'40', b'', b'')
    with pytest.raises(ValueError, match='hexadecimal'):
        options.data('head')
    with pytest.raises(ValueError, match='empty is no number'):
        options.number('empty')
