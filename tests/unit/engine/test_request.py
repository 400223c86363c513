"""The handshake request: what is kept of it, and who is believed."""

from ipaddress import ip_network
from time import perf_counter

import pytest

from gateway.engine.request import MAX_PROXIES, UNIX, Request, pack_raw

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


def asked(peer, header, value, trusted=TRUSTED):
    head = HEAD.replace(b'Cookie: a=b; c=d', f'{header}: {value}'.encode())
    return Request(pack_raw(head, peer), trusted)


@pytest.mark.parametrize(
    ('peer', 'forwarded', 'ip'),
    [
        ('192.0.2.1', '203.0.113.9', '192.0.2.1'),  # no trusted proxy
        ('10.0.0.1', '203.0.113.9', '203.0.113.9'),
        ('10.0.0.1', '198.51.100.7, 203.0.113.9', '203.0.113.9'),  # the rest may be a lie
        ('10.0.0.1', '203.0.113.9, 10.0.0.2', '203.0.113.9'),
        ('10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'),
        ('10.0.0.1', '203.0.113.9,10.0.0.2 ,\t10.0.0.3', '203.0.113.9'),
        ('::1', '2001:db8::7', '2001:db8::7'),
        ('::1', '2001:DB8:0::0:7', '2001:db8::7'),
        (UNIX, '203.0.113.9', '203.0.113.9'),  # whom the socket's file lets in
        # With a port, as some proxies write it.
        ('10.0.0.1', '203.0.113.9:5678', '203.0.113.9'),
        ('10.0.0.1', '198.51.100.7, 203.0.113.9:1, 10.0.0.2:2', '203.0.113.9'),
        ('10.0.0.1', '[2001:db8::7]:80', '2001:db8::7'),
        ('10.0.0.1', '[2001:db8::7]', '2001:db8::7'),
        ('10.0.0.1', '198.51.100.7, [::1]:80', '198.51.100.7'),
        # An IPv4 address in an IPv6 one is that IPv4 address.
        ('10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'),
        ('10.0.0.1', '203.0.113.9, ::ffff:10.0.0.2', '203.0.113.9'),
        ('10.0.0.1', '203.0.113.9, [::FFFF:a00:2]:80', '203.0.113.9'),
        ('::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'),
        ('::ffff:192.0.2.1', '203.0.113.9', '192.0.2.1'),
        # What is no address ends it: to the left may be what the client has made up.
        ('10.0.0.1', '', '10.0.0.1'),
        ('10.0.0.1', '203.0.113.9,', '10.0.0.1'),
        ('10.0.0.1', '203.0.113.9, , 10.0.0.2', '10.0.0.2'),
        ('10.0.0.1', '203.0.113.9, unknown', '10.0.0.1'),
        ('10.0.0.1', '203.0.113.9, unix:, 10.0.0.2', '10.0.0.2'),
        ('10.0.0.1', '203.0.113.9, _hidden', '10.0.0.1'),
        ('10.0.0.1', '203.0.113.9, "10.0.0.2"', '10.0.0.1'),
        ('10.0.0.1', '203.0.113.9, 10.0.0.2 10.0.0.3', '10.0.0.1'),
        ('10.0.0.1', '203.0.113.9, 10.0.0.256', '10.0.0.1'),
        ('10.0.0.1', '203.0.113.9, 010.0.0.2', '10.0.0.1'),
        ('10.0.0.1', '203.0.113.9, 10.0.0.2:', '10.0.0.1'),
        ('10.0.0.1', '203.0.113.9, 10.0.0.2:123456', '10.0.0.1'),
        ('10.0.0.1', '203.0.113.9, [::1', '10.0.0.1'),
        ('10.0.0.1', '203.0.113.9, [::1]x', '10.0.0.1'),
        ('10.0.0.1', 'fe80::1%eth0', '10.0.0.1'),  # a zone means nothing on another host
        ('10.0.0.1', '[fe80::1%<script>]:80', '10.0.0.1'),
        ('10.0.0.1', '\u0661\u0662.0.0.1', '10.0.0.1'),
        ('-', '203.0.113.9', '-'),
    ],
)
def test_the_address_of_the_client(peer, forwarded, ip):
    assert asked(peer, 'X-Forwarded-For', forwarded).ip == ip


def test_several_lines_are_one_list():
    head = HEAD.replace(b'X-Twice', b'X-Forwarded-For').replace(b'one', b'6.6.6.6')
    request = Request(pack_raw(head.replace(b'two', b'203.0.113.9'), '10.0.0.1'), TRUSTED)
    assert request.ip == '203.0.113.9'


def test_without_trusted_proxies_nobody_is_believed():
    for peer in ('127.0.0.1', UNIX):
        assert asked(peer, 'X-Forwarded-For', '203.0.113.9', ()).ip == peer
        assert asked(peer, 'X-Forwarded-Proto', 'https', ()).scheme == 'http'


@pytest.mark.parametrize('entry', ['10.0.0.9', '::1', 'x', ''])
def test_ten_thousand_entries_cost_nothing(entry):
    begin = perf_counter()
    ip = asked('10.0.0.1', 'X-Forwarded-For', ','.join(['203.0.113.9', *[entry] * 10_000])).ip
    assert perf_counter() - begin < 0.02
    assert ip == (entry if entry in {'10.0.0.9', '::1'} else '10.0.0.1')


def test_so_many_proxies_in_a_row_are_believed_and_no_more():
    proxies = ['10.0.0.9'] * (MAX_PROXIES - 1)
    assert asked('10.0.0.1', 'X-Forwarded-For', ','.join(['1.1.1.1', *proxies])).ip == '1.1.1.1'
    proxies.append('10.0.0.9')
    assert asked('10.0.0.1', 'X-Forwarded-For', ','.join(['1.1.1.1', *proxies])).ip == '10.0.0.9'


@pytest.mark.parametrize(
    ('peer', 'proto', 'scheme'),
    [
        ('192.0.2.1', 'https', 'http'),
        ('10.0.0.1', 'https', 'https'),
        ('10.0.0.1', 'HTTPS', 'https'),
        ('10.0.0.1', 'http, https', 'https'),
        ('10.0.0.1', 'https, http', 'http'),
        ('10.0.0.1', 'wss', 'https'),  # some say it of a WebSocket
        ('10.0.0.1', 'ws', 'http'),
        ('10.0.0.1', 'gopher', 'http'),
        ('10.0.0.1', '', 'http'),
        ('10.0.0.1', 'https,', 'http'),
        (UNIX, 'https', 'https'),
    ],
)
def test_the_scheme_of_the_client(peer, proto, scheme):
    assert asked(peer, 'X-Forwarded-Proto', proto).scheme == scheme


@pytest.mark.parametrize(
    ('host', 'name', 'port'),
    [
        ('gateway.example', 'gateway.example', '80'),
        ('[::1]:8000', '[::1]', '8000'),
        ('[::1]', '[::1]', '80'),
        ('', '', '80'),
    ],
)
def test_the_name_and_the_port_of_the_server(host, name, port):
    head = HEAD.replace(b'gateway.example:8000', host.encode())
    environ = Request(pack_raw(head, '192.0.2.1')).environ()
    assert (environ['SERVER_NAME'], environ['SERVER_PORT']) == (name, port)


def test_without_a_host_there_is_no_own_origin():
    assert (
        Request(pack_raw(HEAD.replace(b'gateway.example:8000', b''), '192.0.2.1')).own_origin == ''
    )
