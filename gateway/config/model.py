"""The schema of the configuration: frozen values with the defaults of every key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    model_validator,
)

from gateway.config.backends import Http
from gateway.config.cluster import Cluster
from gateway.config.fields import each
from gateway.config.listen import Listen, listen
from gateway.config.logging import Log
from gateway.config.mistakes import Mistake, Mistakes, kind, wrong
from gateway.config.origins import Origins, origins
from gateway.config.patterns import in_order, matcher
from gateway.config.routes import NamespaceRoutes
from gateway.config.section import Interval, Section, Size, Wait
from gateway.config.source import Document
from gateway.config.source import Path as Place
from gateway.config.tls import Tls, tls
from gateway.config.units import between
from gateway.errors import Problem

if TYPE_CHECKING:
    from gateway.config.auth import Auth

Network: TypeAlias = IPv4Network | IPv6Network

KEY = re.compile(r'[A-Za-z0-9._~+/-]{1,1000}=*\Z')  # RFC 6750, section 2.1
Threads = Annotated[int, AfterValidator(between(1, 1_000, 'write 1 to 1000'))]
ThreadQueue = Annotated[int, AfterValidator(between(0, 100_000, 'write 0 to 100000'))]
Connections = Annotated[int, AfterValidator(between(1, 1_000, 'write 1 to 1000'))]
Queue = Annotated[int, AfterValidator(between(0, 100_000, 'write 0 to 100000'))]
Hooks = Annotated[int, AfterValidator(between(0, 1_000_000, 'write 0 to 1000000'))]


def listens(raw: Any) -> tuple[Listen, ...]:
    entries = raw if isinstance(raw, list) else [raw]
    if not entries:
        raise wrong('an empty list', 'name at least one address')
    if not isinstance(raw, list):
        return (listen(raw),)
    found = tuple(each(entries, listen))
    for index, entry in enumerate(found):
        if entry in found[:index] and (entry.kind != 'tcp' or entry.port):
            raise wrong('the same address twice', 'remove one', index)
    return found


def network(raw: Any) -> Network:
    mend = 'write an address or a network such as 10.0.0.0/8'
    if not isinstance(raw, str):
        raise wrong(f'{kind(raw)}, where an address is needed', mend)
    try:
        found = ip_network(raw)
    except ValueError as error:
        what = 'a network with host bits set' if 'host bits' in str(error) else 'not an address'
        raise wrong(what, mend) from None
    if isinstance(found, IPv6Network) and found.prefixlen >= 96:
        mapped = found.network_address.ipv4_mapped
        if mapped is not None:  # addresses are compared without the ::ffff: before them
            return IPv4Network((mapped, found.prefixlen - 96))
    return found


def networks(raw: Any) -> tuple[Network, ...]:
    return tuple(each(raw, network)) if isinstance(raw, list) else (network(raw),)


def pages(raw: Any, info: ValidationInfo) -> Mapping[str, Path]:
    """URL prefixes to absolute folders; relative ones are relative to the file."""
    if not isinstance(raw, dict):
        raise wrong(f'{kind(raw)}, where a mapping is needed', 'write {/: ./FOLDER}')
    found: list[Mistake] = []
    folders: dict[str, Path] = {}
    for prefix, folder in raw.items():
        url = '/' + prefix.strip('/')
        if not prefix.startswith('/') or '?' in prefix or '#' in prefix:
            found.append(Mistake('a page begins with /', 'write /NAME', (prefix,), key=True))
        elif url in folders:
            found.append(Mistake('the same page twice', 'remove one', (prefix,), key=True))
        if not isinstance(folder, str) or not folder or '\0' in folder:
            found.append(Mistake(f'{kind(folder)}, where a folder is needed', '', (prefix,)))
            continue
        folders[url] = Path(info.context or '', folder).resolve()
        if not folders[url].is_dir():
            mend = 'paths are relative to the folder of this file'
            found.append(Mistake('no such folder', mend, (prefix,)))
    if found:
        raise Mistakes(*found)
    return MappingProxyType(folders)


def path(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.startswith('/'):
        raise wrong('a path begins with /', 'write /socket.io')
    if any(sign in raw for sign in '?#% \\') or not raw.isascii() or not raw.isprintable():
        raise wrong('a character that a path cannot hold', 'write letters, digits, / . - _')
    if not raw.strip('/') or '//' in raw:
        raise wrong('an empty part in the path', 'write /socket.io')
    return raw.rstrip('/')


def transports(raw: Any) -> tuple[str, ...]:
    mend = 'write [polling, websocket], [websocket] or [polling]'
    if not isinstance(raw, list) or not raw:
        raise wrong('no list of transports', mend)
    for index, item in enumerate(raw):
        if item not in ('polling', 'websocket'):
            raise wrong('an unknown transport', mend, index)
        if item in raw[:index]:
            raise wrong('the same transport twice', mend, index)
    return tuple(raw)


def compression(raw: Any) -> Any:
    """A mapping; `true` is one with all defaults, `false` is none."""
    if isinstance(raw, bool):
        return {} if raw else None
    if not isinstance(raw, dict):
        mend = 'write true, false or {threshold: 1KB}'
        raise wrong(f'{kind(raw)}, where true or false is needed', mend)
    return raw


def api_keys(raw: Any) -> tuple[str, ...]:
    """One, or several while they are changed."""
    if isinstance(raw, list) and not raw:
        raise wrong('an empty list', 'remove it, or name a key')
    found = tuple(each(raw, api_key)) if isinstance(raw, list) else (api_key(raw),)
    for index, key in enumerate(found):
        if key in found[:index]:
            raise wrong('the same key twice', 'remove one', index)
    return found


def api_key(raw: Any) -> str:
    if raw is None or raw == '':
        raise wrong('an empty key, which everybody has', 'openssl rand -hex 32 makes one')
    if not isinstance(raw, str):
        raise wrong(f'{kind(raw)}, where a key is needed', 'write "${env.NAME}"')
    if not KEY.match(raw):
        what = 'a character that a key cannot hold'
        raise wrong(what, 'write letters, digits, - . _ ~ + / and = at its end')
    return raw


ApiKeys = Annotated[tuple[str, ...], PlainValidator(api_keys)]
Listens = Annotated[tuple[Listen, ...], PlainValidator(listens)]
Networks = Annotated[tuple[Network, ...], PlainValidator(networks)]
Pages = Annotated[Mapping[str, Path], PlainValidator(pages)]
UrlPath = Annotated[str, PlainValidator(path)]
Transports = Annotated[tuple[str, ...], PlainValidator(transports)]
MaybeTls = Annotated[Tls | None, PlainValidator(tls)]
AllowedOrigins = Annotated[Origins, PlainValidator(origins)]


def speaks(tls: Tls | None, listen: tuple[Listen, ...], section: str) -> None:
    """TLS is for TCP: without a TCP address nobody would speak it."""
    if tls and all(entry.kind == 'unix' for entry in listen):
        mend = 'add ADDRESS:PORT there, or remove tls'
        raise wrong(f'no TCP address in {section}.listen speaks it', mend, 'tls')


class Server(Section):
    """The process: its sockets, its loop, its pages."""

    listen: Listens = (Listen('tcp', '127.0.0.1', 8000),)
    tls: MaybeTls = None  # for what comes over TCP
    trusted_proxies: Networks = ()
    event_loop: Literal['auto', 'asyncio', 'uvloop'] = 'auto'
    shutdown_timeout: Wait = 30.0
    drain_delay: Wait = 0.0
    drain_spread: Wait = 5.0
    threads: Threads = 64  # for handlers that are no coroutines
    thread_queue: ThreadQueue = 1_000  # handlers that may wait for a thread
    pages: Pages = Field(default_factory=lambda: MappingProxyType({}))

    @model_validator(mode='after')
    def spoken(self) -> Self:
        speaks(self.tls, self.listen, 'server')
        return self


class Compression(Section):
    """permessage-deflate: messages of `threshold` bytes and more."""

    threshold: Size = 1_000


MaybeCompression = Annotated[Compression | None, BeforeValidator(compression)]


class SocketIO(Section):
    """The protocols: Engine.IO 4 and Socket.IO 5."""

    path: UrlPath = '/socket.io'
    transports: Transports = ('polling', 'websocket')
    serializer: Literal['auto', 'json', 'msgpack'] = 'auto'
    ping_interval: Interval = 25.0
    ping_timeout: Interval = 20.0
    connect_timeout: Interval = 45.0
    upgrade_timeout: Interval = 10.0
    max_payload: Size = 1_000_000
    max_send_buffer: Size = 4_000_000
    compression: MaybeCompression = None
    allowed_origins: AllowedOrigins = 'same-origin'


class Admin(Section):
    """Who commands the gateway: its API, later its health and its figures."""

    listen: Listens = (Listen('tcp', '127.0.0.1', 8001),)
    tls: MaybeTls = None
    api_keys: ApiKeys = Field((), repr=False)
    max_body: Size = 1_000_000

    @model_validator(mode='after')
    def guarded(self) -> Self:
        """Without keys, whoever reaches it commands."""
        speaks(self.tls, self.listen, 'admin')
        for index, entry in enumerate(self.listen):
            if not self.api_keys and not entry.is_local:
                what = 'everybody who reaches it would command the gateway'
                at = (index,) if len(self.listen) > 1 else ()
                raise wrong(what, 'add api_keys, or listen on 127.0.0.1', 'listen', *at)
        return self


class Backends(Section):
    """The bounds of each backend that events are sent to."""

    connections: Connections = 64
    queue: Queue = 1_000
    max_reply: Size = 1_000_000
    hooks: Hooks = 10_000
    give_up: Interval = 600.0


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration, checked; `path` is its file, `document` what stands in it."""

    path: Path
    document: Document
    server: Server
    socketio: SocketIO
    namespaces: Mapping[str, NamespaceRoutes]
    handlers: tuple[str, ...] = ()  # as written: ./chat.py or package.module
    auth: 'Auth | None' = None  # for the namespaces that say nothing else
    admin: Admin | None = None
    backends: Backends = field(default_factory=Backends)
    cluster: Cluster | None = None
    log: Log = field(default_factory=Log)

    @property
    def asks_backends(self) -> bool:
        """Whether a route sends its event to a backend."""
        steps = (step for routes in self.namespaces.values() for step in routes.steps())
        return any(isinstance(step.action, Http) for step in steps)

    def auth_of(self, name: str) -> 'Auth | None':
        """Who may connect to a namespace, also to one that only Python names: that of the pattern
        it matches, so that a handler opens nothing."""
        matching = (pattern for pattern in in_order(self.namespaces) if matcher(pattern)(name))
        found = self.namespaces.get(name) or self.namespaces.get(next(matching, ''))
        return self.auth if found is None else found.auth

    def problem(self, path: Place, what: str, mend: str = '', *, key: bool = False) -> Problem:
        """A mistake at a place such as ('handlers', 0), found by who knows more than the file."""
        return self.document.problem(path, what, mend, key=key)
