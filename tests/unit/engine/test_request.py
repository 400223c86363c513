"""The handshake request: what is kept of it, and who is believed."""

from ipaddress import ip_network

import pytest

from gateway.engine.request import Request, pack_raw

HEAD = (
    b'GET /socket.io/?EIO=4&a=1&a=2&b= HTTP/1.1\r\n'
    b'Host: gateway.example:8000\r\nX-Twice: one\r\nX-Twice: two \r\nCookie: a=b; c=d\r\n\r\n'
)
TRUSTED = (ip_network('10.0.0.0/8'), ip_network('::1/128'))


def test_it_is_kept_as_text_and_parsed_when_asked():
    request = Request(pack_raw(HEAD, '192.0.2.1'))
    assert request.packed.startswith(b'192.0.2.1 http GET /socket.io/?EIO=4&a=1&a=2&b=\n')
    assert request.headers == {
        'host': 'gateway.example:8000',
        'x-twice': 'one, two',
        'cookie': 'a=b; c=d',
    }
    assert request.query == {'EIO': '4', 'a': '2', 'b': ''}
    assert (request.method, request.path, request.ip) == ('GET', '/socket.io/', '192.0.2.1')
    assert request.own_origin == 'http://gateway.example:8000'


def test_the_environ_of_pep_3333():
    environ = Request(pack_raw(HEAD, '192.0.2.1')).environ()
    assert environ['PATH_INFO'] == '/socket.io/'
    assert environ['QUERY_STRING'] == 'EIO=4&a=1&a=2&b='
    assert (environ['SERVER_NAME'], environ['SERVER_PORT']) == ('gateway.example', '8000')
    assert (environ['REMOTE_ADDR'], environ['wsgi.url_scheme']) == ('192.0.2.1', 'http')
    assert (environ['HTTP_COOKIE'], environ['HTTP_X_TWICE']) == ('a=b; c=d', 'one, two')


@pytest.mark.parametrize(
    'head',
    [
        b'',
        HEAD[:-2],
        HEAD + b'body',
        HEAD.replace(b'GET', b'POST'),
        HEAD.replace(b'HTTP/1.1', b'HTTP/1.0'),
        HEAD.replace(b'\r\n', b'\n'),
        HEAD.replace(b'Host:', b'Host :'),
        HEAD.replace(b'Host:', b' folded:'),
        HEAD.replace(b'one', b'o\0e'),
        HEAD.replace(b'one', b'o\ne'),
        HEAD.replace(b'/socket.io', b'http://other/socket.io'),
        b'GET / HTTP/1.1\r\n\r\n',
    ],
)
def test_what_is_not_strict_is_left_to_tornado(head):
    assert pack_raw(head, '192.0.2.1') is None


@pytest.mark.parametrize(
    ('peer', 'forwarded', 'ip'),
    [
        ('192.0.2.1', '203.0.113.9', '192.0.2.1'),  # no trusted proxy
        ('10.0.0.1', '203.0.113.9', '203.0.113.9'),
        ('10.0.0.1', '198.51.100.7, 203.0.113.9', '203.0.113.9'),  # the rest may be a lie
        ('10.0.0.1', '203.0.113.9, 10.0.0.2', '203.0.113.9'),
        ('10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'),
        ('10.0.0.1', '203.0.113.9, nonsense', '10.0.0.1'),
        ('10.0.0.1', '', '10.0.0.1'),
        ('::1', '2001:db8::7', '2001:db8::7'),
        ('-', '203.0.113.9', '-'),
    ],
)
def test_the_address_of_the_client(peer, forwarded, ip):
    head = HEAD.replace(b'Cookie: a=b; c=d', b'X-Forwarded-For: ' + forwarded.encode())
    assert Request(pack_raw(head, peer), TRUSTED).ip == ip


@pytest.mark.parametrize(
    ('peer', 'proto', 'scheme'),
    [
        ('192.0.2.1', 'https', 'http'),
        ('10.0.0.1', 'https', 'https'),
        ('10.0.0.1', 'http, https', 'https'),
        ('10.0.0.1', 'gopher', 'http'),
    ],
)
def test_the_scheme_of_the_client(peer, proto, scheme):
    head = HEAD.replace(b'Cookie: a=b; c=d', b'X-Forwarded-Proto: ' + proto.encode())
    assert Request(pack_raw(head, peer), TRUSTED).scheme == scheme
