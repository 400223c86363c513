"""The HTTP request that opened a session, kept as one compact `bytes`.

Rules of this file:
- Parsed headers of 10,000 idle connections would cost more than everything else about them, so
  what is kept is text, and it is parsed when somebody asks.
- A proxy is believed if its address is trusted. X-Forwarded-For is read from the right, and what
  is no address ends the reading: left of it may stand what the client made up.
- An address may have a port (`1.2.3.4:5678`, `[::1]:80`), which goes. `::ffff:10.0.0.1` is
  10.0.0.1. A zone (`fe80::1%eth0`) means nothing on another host, so it makes no address.
"""

import re
import socket
from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final
from urllib.parse import parse_qsl

from tornado.httputil import HTTPServerRequest

from gateway.config.model import Network

UNIX: Final = 'unix'  # the peer of a connection through a Unix socket
MAX_PROXIES: Final = 32  # in a row; further to the left nobody is believed

Address = IPv4Address | IPv6Address
Networks = tuple[Network, ...]

# A request without a body, strictly (RFC 9112): one line, header lines, an empty line.
_HEAD: Final = re.compile(
    rb"GET (/[!-~]*) HTTP/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)+\r\n"
)
_FORWARDED: Final = re.compile(
    r'([0-9.]+)(?::[0-9]{1,5})?|([0-9a-fA-F:.]+)|\[([0-9a-fA-F:.]+)\](?::[0-9]{1,5})?'
)
_SCHEMES: Final = {'http': 'http', 'https': 'https', 'ws': 'http', 'wss': 'https'}


def pack(request: HTTPServerRequest) -> bytes:
    """What Tornado has parsed: `peer scheme method target` and the header lines."""
    context: Any = request.connection.context  # type: ignore[union-attr]
    peer = UNIX if context.address_family == socket.AF_UNIX else request.remote_ip
    lines = [f'{peer} {request.protocol} {request.method} {request.uri}']
    lines += [f'{name}:{value}' for name, value in request.headers.get_all()]
    return '\n'.join(lines).encode('latin-1', 'replace')


def pack_raw(head: bytes, peer: str) -> bytes | None:
    """The same of a raw plain-text GET; None where it is not whole, strict and without a body."""
    match = _HEAD.fullmatch(head)
    if match is None:
        return None
    lines = head[match.end(1) + len(b' HTTP/1.1\r\n') : -4].replace(b'\r\n', b'\n')
    return b'%b http GET %b\n%b' % (peer.encode(), match[1], lines)


class Request:
    """The parsed view. `peer` is the address of the connection, `ip` that of the client."""

    def __init__(self, packed: bytes, trusted: Networks = ()) -> None:
        self.packed = packed
        self._trusted = trusted
        first, _, self._lines = packed.decode('latin-1').partition('\n')
        self.peer, self._scheme, self.method, self.target = first.split(' ', 3)

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """Lower-case names; the values of repeated ones joined by a comma."""
        headers: dict[str, str] = {}
        for line in self._lines.split('\n'):
            name, _, value = line.partition(':')
            name, value = name.lower(), value.strip(' \t')
            headers[name] = f'{headers[name]}, {value}' if name in headers else value
        return headers

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The last value of each name."""
        return dict(parse_qsl(self.target.partition('?')[2], keep_blank_values=True))

    @property
    def agent(self) -> str:
        """What the client says it is, in lower case."""
        return self.headers.get('user-agent', '').lower()

    @property
    def path(self) -> str:
        return self.target.partition('?')[0]

    @cached_property
    def ip(self) -> str:
        """The client's address: the connection's, or what a trusted proxy says.

        X-Forwarded-For is read from the right; the first that is no trusted proxy counts.
        """
        ip = self.peer.removeprefix('::ffff:') if '.' in self.peer else self.peer
        if not self._by_proxy:
            return ip
        forwarded = self.headers.get('x-forwarded-for', '').rsplit(',', MAX_PROXIES)
        for entry in forwarded[: -MAX_PROXIES - 1 : -1]:
            address = _forwarded(entry.strip(' \t'))
            if address is None:
                break
            ip = str(address)
            if not self._is_trusted(address):
                break
        return ip

    @cached_property
    def scheme(self) -> str:
        """`http` or `https`: the connection's, or what a trusted proxy says (some say `wss`)."""
        if self._by_proxy:
            proto = self.headers.get('x-forwarded-proto', '').rpartition(',')[2]
            return _SCHEMES.get(proto.strip(' \t').lower(), self._scheme)
        return self._scheme

    @property
    def own_origin(self) -> str:
        """The origin that a page of this very server would send (RFC 6454, section 6.2).

        Empty without a Host.
        """
        host = self.headers.get('host', '')
        return f'{self.scheme}://{host}' if host else ''

    @cached_property
    def _by_proxy(self) -> bool:
        """A Unix socket's peer is on this host, and what its file lets in: a proxy, if any is."""
        if not self._trusted or self.peer == UNIX:
            return bool(self._trusted)
        address = _address(self.peer)
        return address is not None and self._is_trusted(address)

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)

    def environ(self) -> dict[str, Any]:
        """The WSGI-like mapping that python-socketio gives to connect handlers (PEP 3333)."""
        host = self.headers.get('host', '')
        name, _, port = host.rpartition(':')
        if not name or port.endswith(']'):
            name, port = host, '443' if self.scheme == 'https' else '80'
        environ: dict[str, Any] = {
            'REQUEST_METHOD': self.method,
            'SCRIPT_NAME': '',
            'PATH_INFO': self.path,
            'QUERY_STRING': self.target.partition('?')[2],
            'RAW_URI': self.target,
            'SERVER_NAME': name,
            'SERVER_PORT': port,
            'SERVER_PROTOCOL': 'HTTP/1.1',
            'SERVER_SOFTWARE': 'socketio-gateway',
            'REMOTE_ADDR': self.ip,
            'wsgi.url_scheme': self.scheme,
        }
        for header, value in self.headers.items():
            key = header.upper().replace('-', '_')
            environ[key if key in ('CONTENT_TYPE', 'CONTENT_LENGTH') else f'HTTP_{key}'] = value
        return environ


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, 'ipv4_mapped', None) or address


def _forwarded(entry: str) -> Address | None:
    """The address in an entry of X-Forwarded-For."""
    match = _FORWARDED.fullmatch(entry)
    return _address(match[1] or match[2] or match[3]) if match else None
