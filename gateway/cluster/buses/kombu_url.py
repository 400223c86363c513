"""A URL of Kombu's: what its connections are made with, and their failures in words.

Rules of this file:
- The query holds Kombu's transport options. Transports that read their URLs themselves keep it.
- Time-outs are ours wherever a transport takes any, and certificates are verified.
- No text holds a secret: where Kombu's might, the kind of its error is all that is said.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from kombu import Connection, Exchange
from kombu.transport import TRANSPORT_ALIASES, get_transport_cls

from gateway.cluster.buses.bus import PROBES, TIMEOUT, Lost, Refused

POLL: Final = 0.02  # seconds between two looks, where a transport has to look
REDIS: Final = {
    'socket_timeout': TIMEOUT,
    'socket_connect_timeout': TIMEOUT,
    'socket_keepalive': True,
    'socket_keepalive_options': PROBES,
}
AMQP: Final = {'read_timeout': TIMEOUT, 'write_timeout': TIMEOUT, 'socket_settings': PROBES}
OURS: Final[dict[str, dict[str, Any]]] = {
    **dict.fromkeys(('redis', 'rediss', 'sentinel'), REDIS),
    **dict.fromkeys(('amqp', 'amqps', 'pyamqp'), AMQP),
}
TLS: Final[dict[str, dict[str, Any]]] = {
    'rediss': {'ssl_cert_reqs': 'required'},
    'amqps': {'server_hostname': None},  # that of the URL
}
CERTIFICATES: Final = ('ca_certs', 'certfile', 'keyfile')  # with ssl_ before them, in the query
SECRET: Final = re.compile('pass|secret|token|key|credential|auth', re.IGNORECASE)
NUMBER: Final = re.compile(r'-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z')
REFUSALS: Final = {  # by name: not every library that Kombu uses is there
    *('AccessRefused', 'NotAllowed', 'PreconditionFailed', 'NotEquivalentError'),
    *('AuthenticationError', 'AuthorizationError', 'NoPermissionError', 'PermissionError'),
    'SSLCertVerificationError',
}


class Address:
    """`url` begins with kombu+. ValueError where Kombu cannot use it."""

    def __init__(self, url: str) -> None:
        self._url = url.removeprefix('kombu+')
        self.scheme = self._url.partition('://')[0]
        kind = transport(self.scheme)
        try:
            parts = urlsplit(self._url)
            host, port = parts.hostname, parts.port
            query = parse_qsl(parts.query, True, strict_parsing=bool(parts.query))
        except ValueError:  # its text may hold a password
            raise ValueError('the URL of the queue is not understood') from None
        if ';' in self._url:
            raise ValueError('one URL of a queue is needed, not several')
        self._secrets = secrets(parts, query)
        self._tls = dict(TLS.get(self.scheme, {}))
        self._options = dict(OURS.get(self.scheme, {}))
        if getattr(kind, 'polling_interval', None) is not None:
            self._options['polling_interval'] = POLL
        self.name = f'{self.scheme} of Kombu'
        if not kind.can_parse_url:
            self._url = self._url.partition('?')[0]
            self._take(query)
            if host:
                self.name += f' at {host}' + (f':{port}' if port else '')
        try:
            _ = self.connection().transport  # many say only here what they need
        except ImportError as error:
            raise ValueError(missing(self.scheme, error)) from None
        except Exception as error:
            raise ValueError(f'Kombu cannot use the URL of the queue: {self._why(error)}') from None

    def connection(self, heartbeat: float = 0) -> Connection:
        """One that has not connected yet."""
        return Connection(
            self._url,
            connect_timeout=TIMEOUT,
            heartbeat=heartbeat,
            transport_options=dict(self._options),
            ssl=dict(self._tls) or False,
        )

    @contextmanager
    def connected(self, heartbeat: float = 0) -> Iterator[tuple[Connection, Any]]:
        """A connection, and a channel of it."""
        connection = self.connection(heartbeat)
        try:
            connection.ensure_connection(max_retries=0)
            link = connection.channel()
            if not getattr(link, 'supports_fanout', True):
                raise Refused('has no fanout: Kombu cannot broadcast over it')
            yield connection, link
        finally:
            with suppress(Exception):
                connection.release()

    def lost(self, error: Exception) -> Lost:
        """What has gone wrong in a connection."""
        if isinstance(error, Lost):
            return error
        names = {kind.__name__ for one in causes(error) for kind in type(one).__mro__}
        if any(isinstance(one, TimeoutError) for one in causes(error)):
            return Lost(f'has not answered within {TIMEOUT:g} s')
        return (Refused if names & REFUSALS else Lost)(f'says: {self._why(error)}')

    def _take(self, query: list[tuple[str, str]]) -> None:
        """The options of the query."""
        for name, value in query:
            if not name.startswith('ssl_'):
                self._options[name] = plain(value)
                continue
            option = name.removeprefix('ssl_')
            if option not in CERTIFICATES or self.scheme not in TLS:
                text = f'the URL of the queue has an option that is not known: {name}'
                raise ValueError(text)
            self._tls[name if self.scheme == 'rediss' else option] = value

    def _why(self, error: Exception) -> str:
        """In words, without secrets."""
        text = next(filter(None, map(plainly, causes(error))), None) or str(error)
        text = text.partition('\n')[0][:200]
        if not text or '://' in text or any(secret in text for secret in self._secrets):
            return type(error).__name__
        return text


def exchange(channel: str) -> Exchange:
    return Exchange(channel, type='fanout', durable=False)


def transport(scheme: str) -> Any:
    """Its class."""
    if scheme not in TRANSPORT_ALIASES:
        raise ValueError('Kombu has no such transport')
    try:
        return get_transport_cls(scheme)
    except ImportError as error:
        raise ValueError(missing(scheme, error)) from None


def missing(scheme: str, error: ImportError) -> str:
    return f'{scheme} of Kombu needs {error.name or "a library"}, which is not installed'


def secrets(parts: SplitResult, query: list[tuple[str, str]]) -> set[str]:
    password = parts.password or ''
    found = {password, unquote(password), *(value for name, value in query if SECRET.search(name))}
    return found - {''}


def plain(value: str) -> Any:
    """A number or a boolean, where it is written as one."""
    if value in {'true', 'false'}:
        return value == 'true'
    if NUMBER.match(value):
        return float(value) if '.' in value else int(value)
    return value


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it came of."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def plainly(error: BaseException) -> str | None:
    """What the system says, or the broker; None where it is neither that speaks."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f'its certificate is refused: {error.verify_message}'
    if isinstance(error, OSError) and error.strerror:
        place = f': {error.filename}' if isinstance(error.filename, str) else ''
        return f'{error.strerror}{place}'
    return getattr(error, 'reply_text', None)
