"""From bytes to requests: what is read, and what is refused, however the bytes are cut."""

import pytest

from gateway.http.message import refusal
from gateway.http.parsing import MAX_HEAD, Parser

HOST = b'Host: a\r\n'
MAX_BODY = 50_000
GET = b'GET / HTTP/1.1\r\n' + HOST + b'\r\n'


def fed(data, size=0, admit=None):
    """A parser that was given `data`, `size` bytes at a time."""
    parser = Parser(MAX_BODY, admit, '192.0.2.1')
    for start in range(0, len(data), size or len(data)):
        parser.feed(data[start : start + (size or len(data))])
        if parser.refusal is not None:
            break
    return parser


def post(headers, body=b'', version=b'1.1'):
    return b'POST /x?y=1 HTTP/' + version + b'\r\n' + HOST + headers + b'\r\n' + body


GOOD = [
    (post(b'Content-Length: 5\r\n', b'hello'), b'hello'),
    (post(b'Transfer-Encoding: chunked\r\n', b'2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n'), b'hello'),
    (post(b'Transfer-Encoding: Chunked\r\n', b'5\r\nhello\r\n0\r\nHost: b\r\n\r\n'), b'hello'),
    (post(b'Content-Length: 0\r\n'), b''),
    (post(b''), b''),
    (post(b'Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n', b'hello'), b'hello'),
    (post(b'Connection: keep-alive\r\nContent-Length: 5\r\n', b'hello', b'1.0'), b'hello'),
]


@pytest.mark.parametrize('size', [0, 1, 7])
@pytest.mark.parametrize(('data', 'body'), GOOD)
def test_a_request_is_read_whole_however_it_is_cut(data, body, size):
    parser = fed(data + GET, size)
    assert parser.refusal is None
    first, second = parser.requests
    assert (first.method, first.path, first.query, first.body) == ('POST', '/x', {'y': '1'}, body)
    assert (first.headers['host'], first.ip) == ('a', '192.0.2.1')
    assert (second.method, second.path, second.body) == ('GET', '/', b'')
    assert not parser.halfway


@pytest.mark.parametrize('size', [0, 1])
@pytest.mark.parametrize(
    ('data', 'status'),
    [
        (b'hello\r\n\r\n', 400),
        (b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400),
        (b'GET / HTTP/1.1\n' + HOST + b'\r\n', 400),
        (b'GET / HTTP/1.1\r\nHost: a\n\r\n', 400),
        (b'GET / HTTP/1.1\r\n\r\n', 400),
        (b'GET / HTTP/1.1\r\n' + HOST + HOST + b'\r\n', 400),
        (b'GET / HTTP/1.1\r\n' + HOST + b'Authorization: a\r\nAuthorization: b\r\n\r\n', 400),
        (b'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400),
        (b'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 400),
        (b'GET / HTTP/1.1\r\n' + HOST + b'X: a\x00b\r\n\r\n', 400),
        (b'GET / HTTP/1.1\r\n' + HOST + b'X: a\r\n b\r\n\r\n', 400),
        (b'GET / HTTP/2.0\r\n' + HOST + b'\r\n', 505),
        (b'CONNECT a:80 HTTP/1.1\r\n' + HOST + b'\r\n', 400),
        (post(b'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', b'0\r\n\r\n'), 400),
        (post(b'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', b'0\r\n\r\n'), 400),
        (post(b'Content-Length: 5\r\nContent-Length: 5\r\n', b'hello'), 400),
        (post(b'Content-Length: 5\r\nContent-Length: 6\r\n', b'hello'), 400),
        (post(b'Content-Length: 5, 5\r\n', b'hello'), 400),
        (post(b'Content-Length: +5\r\n', b'hello'), 400),
        (post(b'Content-Length: -5\r\n', b'hello'), 400),
        (post(b'Content-Length: 0x5\r\n', b'hello'), 400),
        (post(b'Content-Length: 99999999999999999999999\r\n'), 400),
        (post(b'Content-Length:\r\n', b'hello'), 400),
        (post(b'Transfer-Encoding: gzip, chunked\r\n', b'0\r\n\r\n'), 501),
        (post(b'Transfer-Encoding: chunked, gzip\r\n', b'0\r\n\r\n'), 400),
        (post(b'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n'), 400),
        (post(b'Transfer-Encoding: \x0bchunked\r\n', b'0\r\n\r\n'), 400),
        (post(b'Transfer-Encoding: chunked\r\n', b'0\r\n\r\n', b'1.0'), 400),
        (post(b'Transfer-Encoding: chunked\r\n', b'5\nhello\r\n0\r\n\r\n'), 400),
        (post(b'Transfer-Encoding: chunked\r\n', b'5\r\nhelloX0\r\n\r\n'), 400),
        (post(b'Transfer-Encoding: chunked\r\n', b'0x5\r\nhello\r\n0\r\n\r\n'), 400),
        (post(b'Transfer-Encoding: chunked\r\n', b'-5\r\nhello\r\n0\r\n\r\n'), 400),
        (post(b'Transfer-Encoding: chunked\r\n', b'5 \r\nhello\r\n0\r\n\r\n'), 400),
        (post(b'Transfer-Encoding: chunked\r\n', b'fffffffffffffffff\r\nhello'), 400),
        (post(b'Expect: nothing\r\nContent-Length: 5\r\n', b'hello'), 417),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_read(
    data, status, size
):
    parser = fed(GET + data + GET, size)
    assert parser.refusal is not None
    assert parser.refusal.status == status
    assert len(parser.requests) == 1


def test_the_address_in_an_absolute_target_is_the_host():
    parser = fed(b'GET HTTP://b:1/x?y HTTP/1.1\r\n' + HOST + b'\r\n')
    (request,) = parser.requests
    assert (request.headers['host'], request.path, request.query_string) == ('b:1', '/x', 'y')


@pytest.mark.parametrize('size', [0, 1_000])
@pytest.mark.parametrize(
    ('data', 'status'),
    [
        (b'GET / HTTP/1.1\r\n' + HOST + b'X: ' + b'x' * MAX_HEAD + b'\r\n\r\n', 431),
        (b'GET / HTTP/1.1\r\n' + HOST + b'X: ' + b'x' * MAX_HEAD, 431),
        (b'GET / HTTP/1.1\r\n' + HOST + b'X: x\r\n' * 3_000, 431),
        (b'GET /' + b'x' * MAX_HEAD + b' HTTP/1.1\r\n', 431),
        (post(b'Content-Length: %d\r\n' % (MAX_BODY + 1)), 413),
        (post(b'Transfer-Encoding: chunked\r\n', b'2710\r\n' + b'x' * 10_000 + b'\r\n'), None),
        (post(b'Transfer-Encoding: chunked\r\n', (b'2710\r\n' + b'x' * 10_000 + b'\r\n') * 6), 413),
        (post(b'Transfer-Encoding: chunked\r\n', b'0\r\n' + b'X: x\r\n' * 3_000), 400),
    ],
)
def test_what_is_too_big_is_refused(data, status, size):
    refused = fed(data, size).refusal
    assert (refused and refused.status) == status


def test_what_llhttp_keeps_to_itself_is_bounded_too():
    chunked = post(b'Transfer-Encoding: chunked\r\n')
    assert fed(chunked + b'1;' + b'x' * 2 * MAX_HEAD, 1_000).refusal.status == 400
    assert fed(chunked + b'0\r\nX: ' + b'x' * 2 * MAX_HEAD, 1_000).refusal.status == 400


def test_bodies_of_any_length_leave_the_next_head_its_bound():
    one = post(b'Content-Length: 40000\r\n', b'x' * 40_000)
    parser = fed(one * 5, 9_999)
    assert parser.refusal is None
    assert [len(request.body) for request in parser.requests] == [40_000] * 5


def test_a_request_is_judged_by_its_head_and_no_body_of_it_is_kept():
    no = refusal(403, 'no', 'no')
    parser = fed(post(b'Content-Length: 5\r\n', b'hello') + GET, admit=lambda _: no)
    assert [(each.refusal, each.body) for each in parser.requests] == [(no, b''), (no, b'')]


@pytest.mark.parametrize(
    'headers',
    [
        b'Content-Length: 20000\r\n',
        b'Transfer-Encoding: chunked\r\n',
        b'Expect: 100-continue\r\nContent-Length: 5\r\n',
    ],
)
def test_a_body_that_is_not_wanted_is_not_awaited(headers):
    no = refusal(403, 'no', 'no')
    assert fed(post(headers), admit=lambda _: no).refusal is no


def test_who_expects_to_be_told_is_waited_for_until_the_body_comes():
    head = post(b'Expect: 100-Continue\r\nContent-Length: 5\r\n')
    assert fed(head).expects
    assert not fed(head + b'h').expects
    assert not fed(post(b'Expect: 100-continue\r\nContent-Length: 5\r\n', version=b'1.0')).expects
    assert not fed(post(b'Expect: 100-continue\r\n')).expects
