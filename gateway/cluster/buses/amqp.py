"""RabbitMQ: an exchange of each channel's name, and one queue of our own that is bound to them.

Rules of this file:
- A publish that fails or is cancelled leaves no connection: nobody may take its confirmations for
  those of the next. One that the broker blocks is kept: it is told when it goes on, and with a new
  one its first message would pass the alarm.
- Connections are aborted, after a word of farewell where there is time for one.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pamqp.commands import Confirm, Connection

from gateway.cluster.buses.amqp_link import Blocked, Link
from gateway.cluster.buses.bus import TIMEOUT, Oversized
from gateway.cluster.buses.losses import losing, why

PORTS: Final = {'amqp': 5672, 'amqps': 5671}
OPTIONS: Final = ('cafile', 'certfile', 'keyfile')  # that the query of amqps:// may hold


class AmqpBus:
    """`url` is amqp:// or amqps://; ValueError where it is not understood."""

    def __init__(self, url: str) -> None:
        self._host, self._port, self._tls, self._login = understood(url)
        self._name = f'RabbitMQ at {self._host}:{self._port}'
        self._publisher: Link | None = None
        self.oversized = Oversized()

    async def publish(self, channel: str, messages: Sequence[bytes]) -> None:
        with losing(self._name):
            try:
                async with asyncio.timeout(TIMEOUT):
                    if self._publisher is None or self._publisher.error:
                        self._publisher = None
                        self._publisher = await self._connect()
                        await self._publisher.call(Confirm.Select())
                    await self._publisher.publish(channel, messages)
            except Blocked:
                raise
            except BaseException:
                if self._publisher is not None:
                    self._publisher.abort()
                raise

    async def listen(
        self,
        channels: Sequence[str],
        heard: Callable[[bytes], None],
        listening: Callable[[], None],
    ) -> None:
        link = None
        with losing(self._name):
            try:
                async with asyncio.timeout(TIMEOUT):
                    link = await self._connect()
                    await link.consume(channels, heard, listening)
                while True:
                    await link.said()  # nothing but its end
            except asyncio.CancelledError:
                if link is not None:
                    await link.close()
                raise
            finally:
                if link is not None:
                    link.abort()

    async def close(self) -> None:
        link, self._publisher = self._publisher, None
        if link is not None:
            await link.close()

    async def _connect(self) -> Link:
        link = Link(self.oversized)
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: link, self._host, self._port, ssl=self._tls
            )
            await link.open(*self._login)
        except BaseException:
            link.abort()
            raise
        return link


def understood(url: str) -> tuple[str, int, ssl.SSLContext | None, tuple[str, str, Any]]:
    """Host, port, TLS and the arguments of `open`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or 'localhost', parts.port or PORTS[parts.scheme]
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        host.encode('idna')  # as the resolver will
        opening = Connection.Open(virtual_host=unquote(parts.path[1:]) or '/')
    except ValueError:  # its text may hold a password
        raise ValueError('the URL of the queue is not understood') from None
    for name in options:
        if name not in OPTIONS or parts.scheme != 'amqps':
            raise ValueError(f'the URL of the queue has an option that is not known: {name}')
    user, password = (unquote(x) if x else 'guest' for x in (parts.username, parts.password))
    tls = context(options) if parts.scheme == 'amqps' else None
    return host, port, tls, (user, password, opening)


def context(options: dict[str, str]) -> ssl.SSLContext:
    try:
        found = ssl.create_default_context(cafile=options.get('cafile'))
        if 'certfile' in options:
            found.load_cert_chain(options['certfile'], options.get('keyfile'))
    except OSError as error:  # of TLS too
        raise ValueError(f'the certificates of the queue cannot be read: {why(error)}') from None
    return found
