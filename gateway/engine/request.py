"""The HTTP request that opened a session, kept as one compact `bytes`.

Parsed headers of 10,000 idle connections would cost more than everything else about them, so
what is kept is text, and it is parsed when somebody asks.
"""

from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any
from urllib.parse import parse_qsl

from tornado.httputil import HTTPHeaders, HTTPServerRequest

Networks = tuple[IPv4Network | IPv6Network, ...]


def pack(request: HTTPServerRequest, trusted: Networks) -> bytes:
    """`ip scheme method target` and the header lines, joined by newlines (none can hold one)."""
    ip, scheme = client_of(request, trusted)
    lines = [f'{ip} {scheme} {request.method} {request.uri}']
    lines += [f'{name}:{value}' for name, value in request.headers.get_all()]
    return '\n'.join(lines).encode('latin-1', 'replace')


def client_of(request: HTTPServerRequest, trusted: Networks) -> tuple[str, str]:
    """Address and scheme of the client: the connection's, or what a trusted proxy says.

    X-Forwarded-For is read from the right; the first address that is no trusted proxy counts.
    """
    context: Any = request.connection.context  # type: ignore[union-attr]
    ip, scheme = str(request.remote_ip), str(request.protocol)
    if not trusted or not _is_trusted(ip or str(context.remote_ip), trusted):
        return ip, scheme
    forwarded = ','.join(request.headers.get_list('X-Forwarded-For')).split(',')
    for address in reversed([part.strip() for part in forwarded]):
        if not _is_address(address):
            break
        ip = address
        if not _is_trusted(address, trusted):
            break
    proto = request.headers.get('X-Forwarded-Proto', '').split(',')[-1].strip()
    return ip, proto if proto in ('http', 'https') else scheme


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(ip: str, trusted: Networks) -> bool:
    return _is_address(ip) and any(ip_address(ip) in network for network in trusted)


class Request:
    """The parsed view. `headers` has lower-case names, repeated ones joined by a comma."""

    def __init__(self, packed: bytes) -> None:
        first, *self._lines = packed.decode('latin-1').split('\n')
        self.ip, self.scheme, self.method, self.target = first.split(' ', 3)

    @cached_property
    def headers(self) -> Mapping[str, str]:
        headers: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(':')
            name = name.lower()
            headers[name] = f'{headers[name]}, {value}' if name in headers else value
        return headers

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The last value of each name."""
        return dict(parse_qsl(self.target.partition('?')[2], keep_blank_values=True))

    def environ(self) -> dict[str, Any]:
        """The WSGI-like mapping that python-socketio gives to connect handlers (PEP 3333)."""
        path, _, query = self.target.partition('?')
        host, _, port = self.headers.get('host', '').rpartition(':')
        environ: dict[str, Any] = {
            'REQUEST_METHOD': self.method,
            'SCRIPT_NAME': '',
            'PATH_INFO': path,
            'QUERY_STRING': query,
            'RAW_URI': self.target,
            'SERVER_NAME': host or port,
            'SERVER_PORT': port if host else '',
            'SERVER_PROTOCOL': 'HTTP/1.1',
            'SERVER_SOFTWARE': 'socketio-gateway',
            'REMOTE_ADDR': self.ip,
            'wsgi.url_scheme': self.scheme,
        }
        for name, value in self.headers.items():
            key = name.upper().replace('-', '_')
            environ[key if key in ('CONTENT_TYPE', 'CONTENT_LENGTH') else f'HTTP_{key}'] = value
        return environ


def own_origin(headers: HTTPHeaders, scheme: str) -> str:
    """The origin that a page of this very server would send (RFC 6454, section 6.2)."""
    return f'{scheme}://{headers.get("Host", "")}'.lower()
