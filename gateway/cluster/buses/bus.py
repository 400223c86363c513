"""The message queue as the gateway sees it: bytes are published to a channel, and heard of several.

Rules of this file:
- A bus knows no message: it carries bytes, whole and in order.
- A bus does not try again and keeps nothing: `Lost` comes up at once, and its caller tries again.
- The library of a queue is imported only where a URL asks for it.
"""

import socket
from collections.abc import Callable, Sequence
from typing import Final, Protocol
from urllib.parse import urlsplit

from gateway.cluster.quiet import Quiet
from gateway.errors import GatewayError

TIMEOUT: Final = 2.0  # seconds for a connection, for a reply, for a whole publish
CLOSING: Final = 1.0  # seconds for the end of a connection
TURN: Final = 0.002  # seconds of messages before the loop gets its turn
MAX_MESSAGE: Final = 8_000_000  # bytes; what is larger is not given on
PROBES: Final = {  # TCP's keep-alive: seconds of silence, seconds between two, how many
    socket.TCP_KEEPIDLE: 10,
    socket.TCP_KEEPINTVL: 3,
    socket.TCP_KEEPCNT: 3,
}

REDIS: Final = ('redis', 'rediss', 'unix', 'valkey', 'valkeys')
AMQP: Final = ('amqp', 'amqps')
KOMBU: Final = 'kombu+'  # before a URL of Kombu's


class Lost(GatewayError):
    """The queue cannot be used now. The text is why, for an operator, and never holds the URL:
    a password may be in it."""


class Refused(Lost):
    """It never can be as it is configured: a wrong password, no permission. (Still tried again.)"""


class Oversized:
    """Messages that are larger than MAX_MESSAGE, which nobody hears: counted, and logged."""

    def __init__(self) -> None:
        self.count = 0
        self._line = Quiet(f'a message of more than {MAX_MESSAGE:,} bytes is passed over')

    def add(self) -> None:
        self.count += 1
        self._line.warn()


class Bus(Protocol):
    """A message queue. Publishing and listening have connections of their own, so that neither is
    disturbed by a failure of the other. Two publishes are never under way at once: the caller sees
    to it."""

    oversized: Oversized

    async def publish(self, channel: str, messages: Sequence[bytes]) -> None:
        """All of them, in this order, in one go; returns when the server has confirmed every one.

        Lost otherwise: then it is not known which have arrived. Connects where needed. At most
        TIMEOUT for everything. A publish that was cancelled leaves no half-used connection.
        """

    async def listen(
        self,
        channels: Sequence[str],
        heard: Callable[[bytes], None],
        listening: Callable[[], None],
    ) -> None:
        """Call `listening` once the server has confirmed the subscription, then `heard` with the
        body of each message, in order.

        Never returns: Lost when the connection breaks, or can't be had within TIMEOUT. Cancelling
        closes the connection. The loop gets its turn at least every TURN seconds.
        """

    async def close(self) -> None:
        """Close what is kept, within CLOSING seconds whatever the server does."""


def open(url: str) -> Bus:  # noqa: A001 - read as bus.open(url)
    """The bus of a URL, by its scheme; nothing connects yet. What follows kombu+ is Kombu's own
    URL, which Kombu has to know. ValueError where the URL is none, or its scheme none of ours; its
    text does not hold the URL."""
    if url.startswith(KOMBU):
        try:
            from gateway.cluster.buses.kombu import KombuBus  # noqa: PLC0415
        except ImportError:
            raise ValueError('Kombu is not installed') from None
        return KombuBus(url)
    scheme = urlsplit(url).scheme
    if scheme in REDIS:
        from gateway.cluster.buses.redis import RedisBus  # noqa: PLC0415

        return RedisBus(url)
    if scheme in AMQP:
        from gateway.cluster.buses.amqp import AmqpBus  # noqa: PLC0415

        return AmqpBus(url)
    known = ', '.join(f'{one}://' for one in (*REDIS, *AMQP))
    raise ValueError(f'unknown scheme of the queue: one of {known} is needed')
