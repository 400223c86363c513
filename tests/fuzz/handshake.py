"""A request of a stranger: judged without raising, and the same at both doors.

The front door parses a plain handshake by itself (`pack_raw`), if its Host is a usual one;
everything else is Tornado's (`pack`). What the first takes, the second must take, and read alike.
"""

import io
import socket
from ipaddress import ip_network
from types import SimpleNamespace

from tornado import httputil

from gateway.engine import handshake, origin
from gateway.engine.front import _HOST
from gateway.engine.request import Request, pack, pack_raw
from tests.support import raw

PEER = '127.0.0.1'
TRUSTED = (ip_network('127.0.0.0/8'), ip_network('2001:db8::/32'))
CHECKS = [
    origin.compile_check(allowed)
    for allowed in ('same-origin', '*', ('same-origin', 'https://*.example.com'))
]
EXTENSIONS = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n'

SEEDS = [
    raw.HANDSHAKE.format(query=query, port=80, headers=headers).encode()
    for query, headers in (
        (raw.WEBSOCKET, ''),
        (f'{raw.WEBSOCKET}&sid=A%41+b&t=x', EXTENSIONS),
        (raw.POLLING, 'Origin: http://127.0.0.1:80\r\n'),
        ('EIO=3&transport=websocket', 'Origin: https://a.b.example.com\r\nCookie: a=b\r\n'),
        ('&&=&EIO=%zz', 'X-Forwarded-For: 1.2.3.4, 127.0.0.1\r\nX-Forwarded-Proto: https\r\n'),
        (raw.WEBSOCKET, 'X-Forwarded-For: unknown, [::1]:80, fe80::1%eth0\r\nA:\r\nA:  b \r\n'),
    )
]


def check(data: bytes) -> None:
    packed = pack_raw(data, PEER)
    if packed is None:
        return
    for compression in (False, True):
        judge(packed, compression)
    if _HOST.fullmatch(Request(packed).headers.get('host', ',')):
        assert facts(packed) == facts(by_tornado(data))


def judge(packed: bytes, compression: bool) -> None:
    request = Request(packed, TRUSTED)
    for allows in CHECKS:
        assert handshake.allows_origin(request, allows) in (True, False)
    refusal = handshake.check(request, ('polling', 'websocket'))
    assert refusal is None or 400 <= refusal.status < 500
    switching = handshake.switch(request, compression)
    if isinstance(switching, handshake.Refusal):
        assert 400 <= switching.status < 500
    else:
        head = switching.answer
        assert head.startswith(b'HTTP/1.1 101 ')
        assert head.index(b'\r\n\r\n') == len(head) - 4


def facts(packed: bytes) -> tuple:
    request = Request(packed, TRUSTED)
    return (
        (request.method, request.target, request.path, request.query, request.headers),
        (request.peer, request.ip, request.scheme, request.own_origin, request.agent),
        request.environ(),
    )


def by_tornado(data: bytes) -> bytes:
    """What its HTTP server makes of it (`HTTP1Connection._parse_headers` and what follows)."""
    first, _, rest = io.StringIO(data.decode('latin-1')).read().partition('\r\n')
    context = SimpleNamespace(remote_ip=PEER, protocol='http', address_family=socket.AF_INET)
    request = httputil.HTTPServerRequest(
        connection=SimpleNamespace(context=context),
        headers=httputil.HTTPHeaders.parse('\r\n' + rest.removesuffix('\r\n')),
        start_line=httputil.parse_request_start_line(first),
    )
    return pack(request)
