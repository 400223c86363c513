"""Redis and Valkey: PUBLISH and SUBSCRIBE, on channels named as they are.

Rules of this file:
- redis-py makes the connections: the URL, TLS, the password, the database. What is said over them
  is ours: a message costs its PubSub 34 µs, its replies one by one 24 (4 with hiredis), us 2.
- A publish that fails or is cancelled leaves no connection: nobody may take its replies for those
  of the next.
- Connections are aborted, never closed: a frozen server would not take what waits to be sent.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

from redis.asyncio.connection import Connection, SSLConnection, parse_url
from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from gateway.cluster.buses.bus import (
    MAX_MESSAGE,
    PROBES,
    TIMEOUT,
    TURN,
    Lost,
    Oversized,
    Refused,
)
from gateway.cluster.buses.losses import losing, why

CHUNK: Final = 65_536  # bytes read at once
OPTIONS: Final = ('db', 'username', 'password')  # that the query of a URL may hold; and ssl_…
REFUSALS: Final = ('NOAUTH', 'NOPERM', 'WRONGPASS')


class RedisBus:
    """`url` is redis://, rediss://, valkey://, valkeys:// or unix://; ValueError where redis-py
    does not understand it."""

    def __init__(self, url: str) -> None:
        self._kind, self._options = options(url)
        try:
            self._first = self._kind(**self._options)
            if isinstance(self._first, SSLConnection):
                self._first.ssl_context.get()  # the certificates are read now, and once
            getattr(self._first, 'host', '').encode('idna')  # as the resolver will
        except UnicodeError:
            raise ValueError('the URL of the queue is not understood') from None
        except (TypeError, RedisError, OSError) as error:
            raise ValueError(f'the URL of the queue cannot be used: {why(error)}') from None
        path = self._options.get('path')
        self._name = f'Redis at {path or f"{self._first.host}:{self._first.port}"}'
        self._publisher: Link | None = None
        self.oversized = Oversized()

    async def publish(self, channel: str, messages: Sequence[bytes]) -> None:
        with losing(self._name), failing():
            try:
                async with asyncio.timeout(TIMEOUT):
                    if self._publisher is None or not self._publisher.usable():
                        await self.close()
                        self._publisher = await self._connect()
                    await self._publisher.publish(channel.encode(), messages)
            except BaseException:
                await self.close()
                raise

    async def listen(
        self,
        channels: Sequence[str],
        heard: Callable[[bytes], None],
        listening: Callable[[], None],
    ) -> None:
        names = [channel.encode() for channel in channels]
        with losing(self._name), failing():
            link = None
            try:
                async with asyncio.timeout(TIMEOUT):
                    link = await self._connect()
                    await link.subscribe(names)
                listening()
                await link.hear(names, heard)
            finally:
                if link is not None:
                    await link.abort()

    async def close(self) -> None:
        link, self._publisher = self._publisher, None
        if link is not None:
            await link.abort()

    async def _connect(self) -> 'Link':
        connection = self._kind(**self._options)
        if isinstance(connection, SSLConnection):
            connection.ssl_context = self._first.ssl_context
        await connection.connect()
        return Link(connection, self.oversized)


class Link:
    """A connection that redis-py has made and authenticated, and its streams."""

    def __init__(self, connection: Connection, oversized: Oversized) -> None:
        self._connection = connection
        self._oversized = oversized
        assert connection._reader is not None
        assert connection._writer is not None
        self._reader = connection._reader
        self._writer = connection._writer

    def usable(self) -> bool:
        """Nobody has closed it while nothing was said."""
        return not (self._reader.at_eof() or self._writer.is_closing())

    async def publish(self, channel: bytes, messages: Sequence[bytes]) -> None:
        head = command(3, b'PUBLISH', channel)
        self._writer.write(b''.join([b'%b$%d\r\n%b\r\n' % (head, len(m), m) for m in messages]))
        await self._writer.drain()
        missing, rest = len(messages), b''
        while missing > 0:
            *lines, rest = (rest + await self._read()).split(b'\r\n')
            for line in lines:
                if not line.startswith(b':'):
                    raise answer(line)
            missing -= len(lines)

    async def subscribe(self, channels: Sequence[bytes]) -> None:
        self._writer.write(command(1 + len(channels), b'SUBSCRIBE', *channels))
        confirmed = b''.join(
            b'%b:%d\r\n' % (command(3, b'subscribe', channel), count)
            for count, channel in enumerate(channels, 1)
        )
        line = await self._reader.readuntil(b'\r\n')
        if not confirmed.startswith(line):
            raise answer(line)
        await self._reader.readexactly(len(confirmed) - len(line))

    async def hear(self, channels: Sequence[bytes], heard: Callable[[bytes], None]) -> None:
        """For ever."""
        heads = [command(3, b'message', channel) + b'$' for channel in channels]
        data, left = b'', TURN
        while True:
            data += await self._read()
            at, begun = 0, monotonic()
            while (place := body(data, at, heads)) is not None:
                start, end = place
                if end - start > MAX_MESSAGE:
                    self._oversized.add()
                    await self._skip(end + 2 - len(data))
                else:
                    if (missing := end + 2 - len(data)) > 0:
                        data += await self._reader.readexactly(missing)
                    heard(data[start:end])
                at = end + 2
                if monotonic() - begun >= left:
                    await asyncio.sleep(0)
                    begun, left = monotonic(), TURN
            data = data[at:]
            left -= monotonic() - begun

    async def abort(self) -> None:
        self._writer.transport.abort()
        await self._connection.disconnect(nowait=True)  # has nothing to wait for

    async def _read(self) -> bytes:
        data = await self._reader.read(CHUNK)
        if not data:
            raise EOFError
        return data

    async def _skip(self, size: int) -> None:
        while size > 0:
            size -= len(await self._reader.readexactly(min(size, CHUNK)))


def command(size: int, *words: bytes) -> bytes:
    """An array of `size` words, or the beginning of one."""
    return b'*%d\r\n' % size + b''.join(b'$%d\r\n%b\r\n' % (len(word), word) for word in words)


def body(data: bytes, at: int, heads: Sequence[bytes]) -> tuple[int, int] | None:
    """Where the body of the message begins whose head is at `at`, and where it ends: maybe behind
    the end of the data. None where more of the head has to come first; Lost where it is none."""
    for head in heads:
        if data.startswith(head, at):
            start = data.find(b'\r\n', at + len(head)) + 2
            return (start, start + int(data[at + len(head) : start - 2])) if start > 1 else None
    if not any(head.startswith(data[at : at + len(head)]) for head in heads):
        raise answer(data[at : at + CHUNK])
    return None


def answer(reply: bytes) -> Lost:
    """What was said instead of what was expected, for `losing`. Never what it quotes of us."""
    if not reply.startswith(b'-'):
        return Lost('says what is not understood')
    text = reply[1:].split(b'\r\n')[0].decode(errors='replace').split(', with args')[0][:200]
    return (Refused if text.startswith(REFUSALS) else Lost)(f'answers: {text}')


def options(url: str) -> tuple[Any, dict[str, Any]]:
    """The kind of connection, and what it is made with."""
    try:
        # For redis-py, Valkey is Redis.
        known = 'redis' + url.removeprefix('valkey') if url.startswith('valkey') else url
        found: dict[str, Any] = {**parse_url(known)}
    except ValueError:  # its text may hold a password
        raise ValueError('the URL of the queue is not understood') from None
    kind = found.pop('connection_class', Connection)
    tcp = issubclass(kind, Connection)
    address = ('host', 'port') if tcp else ('path',)
    for name in found:
        tls = kind is SSLConnection and name.startswith('ssl_')
        if not (tls or name in OPTIONS or name in address):
            raise ValueError(f'the URL of the queue has an option that is not known: {name}')
    if not (tcp or found.get('path')):
        raise ValueError('the URL of the queue names no socket')
    ours = {'socket_timeout': TIMEOUT, 'socket_connect_timeout': TIMEOUT, 'protocol': 2}
    probes = {'socket_keepalive_options': PROBES} if tcp else {}
    return kind, found | ours | probes | {'driver_info': None}


@contextmanager
def failing() -> Iterator[None]:
    """What redis-py raises, as what `losing` knows."""
    try:
        yield
    except (AuthenticationError, AuthorizationError, NoPermissionError) as error:
        raise Refused(f'refuses: {error}') from error
    except RedisTimeoutError as error:
        raise TimeoutError from error
    except RedisError as error:
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise Lost(f'says: {error}') from error
