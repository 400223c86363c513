"""The bytes that a load process is given, so that it need not know what it speaks.

Rules of this file:
- A Dialect says how a server is spoken to; everything else follows from it.
- A message is a head, the payload and a tail; an acknowledged event has its number in between.
- A run of eight `#` stands for a number that the load process fills in: of the connection in a
  request, of the room in an event.
- `{payload}` in an HTTP trigger stands for the payload.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, urlsplit

import msgpack

from bench.load.address import Address

Form: TypeAlias = Literal['json', 'msgpack', 'binary']
Options: TypeAlias = dict[str, int | bytes]

NUMBER = '########'
HOLE = '{payload}'
TEXT, BINARY = 1, 2  # opcodes (RFC 6455, 5.2)
CONNECT, EVENT, ACK, CONNECT_ERROR = 0, 2, 3, 4  # packets (socket.io-protocol, 5)
BROWSER = {
    'Pragma': 'no-cache',
    'Cache-Control': 'no-cache',
    'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) '
    'Chrome/140.0.0.0 Safari/537.36',
    'Accept-Encoding': 'gzip, deflate, br, zstd',
    'Accept-Language': 'en-GB,en;q=0.9',
}
UPGRADE = {
    'Connection': 'Upgrade',
    'Upgrade': 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',  # the one of RFC 6455, 1.3
}
PLACEHOLDER: dict[str, Any] = {'_placeholder': True, 'num': 0}
_groups = itertools.count(1)


def new_room() -> str:
    """The name of the rooms of one group: those that share a server have rooms of their own."""
    return f'{os.getpid():x}.{next(_groups)}.{NUMBER}'


@dataclass(frozen=True)
class Trigger:
    """A broadcast that an HTTP request sets off."""

    url: str
    method: str = 'POST'
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = HOLE

    def __post_init__(self) -> None:
        if self.address.host == '':
            raise ValueError(f'not an http:// or https:// URL: {self.url!r}')
        if HOLE not in self.url + self.body:
            raise ValueError(f'neither the URL nor the body of the trigger holds {HOLE}')
        checked({'method': self.method, **self.headers})

    @property
    def address(self) -> Address:
        parts = urlsplit(self.url)
        tls = parts.scheme == 'https'
        known = parts.scheme in {'http', 'https'}
        port = parts.port or (443 if tls else 80)
        return Address((parts.hostname or '') if known else '', port, tls)

    def request(self, payload: int) -> tuple[bytes, bytes]:
        """What precedes a payload of that size, and what follows it."""
        parts = urlsplit(self.url)
        target = (parts.path or '/') + (f'?{parts.query}' if parts.query else '')
        length = len(self.body.encode()) + self.body.count(HOLE) * (payload - len(HOLE))
        headers = {'Host': self.address.authority, 'Content-Type': 'application/json'}
        headers = merged(headers, self.headers, {'Content-Length': str(length)})
        text = f'{self.method} {target} HTTP/1.1\r\n{lines(headers)}\r\n{self.body}'
        head, _, tail = text.partition(HOLE)
        return head.encode(), tail.encode()


@dataclass(frozen=True)
class Dialect:
    """How a server is spoken to: where, in which namespace, with which events."""

    path: str = '/socket.io/'
    namespace: str = '/'
    auth: Any = None  # the JSON value of CONNECT
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ''
    publish: str = 'pub'
    receive: str = 'msg'
    echo: str = 'echo'
    enter: str = 'enter'
    say: str = 'say'
    search: bool = False  # the payload may lie anywhere in what is received
    others_only: bool = False  # who publishes does not receive
    trigger: Trigger | None = None
    packet_keys: tuple[str, ...] = ('type', 'nsp', 'data')  # the server's order in msgpack

    def __post_init__(self) -> None:
        for name, value in (('path', self.path), ('namespace', self.namespace)):
            if not value.startswith('/'):
                raise ValueError(f'the {name} begins with a slash: {value!r}')
        if ',' in self.namespace:
            raise ValueError(f'no comma in a namespace: {self.namespace!r}')
        checked(self.headers)
        json.dumps(self.auth)


def checked(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not (name + value).isprintable() or not (name + value).isascii() or ':' in name:
            raise ValueError(f'not a header: {name!r}: {value!r}')


def merged(*parts: Mapping[str, str]) -> dict[str, str]:
    """Headers; a later one replaces an earlier one, whatever the case of its name."""
    found = {name.lower(): (name, value) for part in parts for name, value in part.items()}
    return dict(found.values())


def lines(headers: Mapping[str, str]) -> str:
    return ''.join(f'{name}: {value}\r\n' for name, value in headers.items())


def command(name: str, options: Mapping[str, int | bytes]) -> str:
    """One line for a load process."""
    values = (
        f' {key}={value.hex() if isinstance(value, bytes) else int(value)}'
        for key, value in options.items()
    )
    return f'{name}{"".join(values)}\n'


class Wire:
    """The bytes for connections of one form to one server."""

    def __init__(self, dialect: Dialect, address: Address, form: Form, room: str = NUMBER) -> None:
        self.dialect, self.address, self.form, self.room = dialect, address, form, room
        self.packed = form == 'msgpack'
        self.opcode = BINARY if self.packed else TEXT

    def setup(self, ip: str, *, polling: bool, headers: int, enter: bool) -> Options:
        """What connections are."""
        return {
            'address': ip.encode(),
            'port': self.address.port,
            'tls': int(self.address.tls),
            'host': self.address.host.encode(),
            'polling': int(polling),
            'path': self.path().encode(),
            'headers': self._headers(headers, upgrade=False).encode(),
            'request': self._request(headers),
            'opcode': self.opcode,
            'hello': self.packet(CONNECT, self.dialect.auth),
            'welcome': b'\x83\xa4type\x00' if self.packed else self._head(CONNECT) + b'{',
            'refusal': b'\x83\xa4type\x04' if self.packed else self._head(CONNECT_ERROR),
            'enter': self.packet(EVENT, [self.dialect.enter, self.room], 0) if enter else b'',
            'entered': b'\x84\xa4type\x03' if self.packed else self._head(ACK) + b'0[',
        }

    def message(self, payload: int, *, rooms: bool) -> Options:
        """How a broadcast looks, going out and coming in."""
        attachment = self.form == 'binary'
        to = [self.dialect.say, self.room] if rooms else [self.dialect.publish]
        options: Options = {
            'opcode': self.opcode,
            'attachment': int(attachment),
            'search': int(self.dialect.search),
        }
        for name, event in (('publish', to), ('message', [self.dialect.receive])):
            if attachment:
                head, tail = b'451-' + self._namespace() + self._text([*event, PLACEHOLDER]), b''
            else:
                mark = 'x' * payload
                keys = self.dialect.packet_keys if name == 'message' else ()
                whole = self.packet(EVENT, [*event, mark], keys=keys)
                head, _, tail = whole.rpartition(mark.encode())
            options |= {f'{name}_head': head, f'{name}_tail': tail}
        if trigger := self.dialect.trigger:
            head, tail = trigger.request(payload)
            options |= {'http_head': head, 'http_tail': tail}
        return options

    def echo(self) -> Options:
        """How an acknowledged event looks, and its acknowledgement."""
        event = json.dumps([self.dialect.echo, ''], separators=(',', ':'), ensure_ascii=False)
        return {
            'echo_head': self._head(EVENT),
            'echo_middle': event[:-2].encode(),
            'echo_tail': b'"]',
            'ack_head': self._head(ACK),
            'ack_middle': b'["',
            'ack_tail': b'"]',
        }

    def path(self) -> str:
        """With its query, without transport and sid."""
        path = quote(self.dialect.path, safe="/%:@!$&'()*+,;=~-._")
        query = quote(self.dialect.query.lstrip('?&'), safe="/%:@!$&'()*+,;=~-._?")
        return f'{path}?EIO=4' + (f'&{query}' if query else '')

    def packet(
        self, kind: int, data: Any = None, number: int | None = None, keys: tuple[str, ...] = ()
    ) -> bytes:
        if not self.packed:
            return self._head(kind) + (b'' if number is None else b'%d' % number) + self._text(data)
        packet = {'type': kind, 'nsp': self.dialect.namespace, 'data': data, 'id': number}
        order = keys or tuple(packet)
        present = {key: packet[key] for key in order if packet[key] is not None}
        packed: bytes = msgpack.packb(present)
        return packed

    def _head(self, kind: int) -> bytes:
        return f'4{kind}'.encode() + self._namespace()

    def _namespace(self) -> bytes:
        name = self.dialect.namespace
        return b'' if name == '/' else name.encode() + b','

    def _text(self, data: Any) -> bytes:
        if data is None:
            return b''
        return json.dumps(data, separators=(',', ':'), ensure_ascii=False).encode()

    def _request(self, length: int) -> bytes:
        return (self._line() + self._headers(length, upgrade=True) + '\r\n').encode()

    def _line(self) -> str:
        return f'GET {self.path()}&transport=websocket HTTP/1.1\r\n'

    def _headers(self, length: int, *, upgrade: bool) -> str:
        """A browser's, if any; a cookie brings the head to its length, and differs from one
        connection to the next, so that no server can keep the block once for all."""
        basic = {'Host': self.address.authority, **(UPGRADE if upgrade else {})}
        own = dict(self.dialect.headers)
        if not length:
            return lines(merged(basic, own))
        cookie = next((own.pop(name) for name in own.copy() if name.lower() == 'cookie'), '')
        headers = merged(basic, {'Origin': self.address.origin}, BROWSER, own)
        visit = f'{cookie}{"; " * bool(cookie)}visit={NUMBER}'
        text = self._line() + lines(headers | {'Cookie': visit}) + '\r\n'
        return lines(headers | {'Cookie': visit + 'c' * (length - len(text))})
