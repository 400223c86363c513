"""A connection to a broker of AMQP 0-9-1: what is said over it, and what it carries.

Rules of this file:
- One task at a time waits for the broker: for a reply, for confirmations, for the end.
- What comes in is taken for one turn of the loop, and then not read until the next.
- Exchanges are declared as python-socketio's managers do.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from struct import error as StructError  # noqa: N812 - its own name says nothing
from time import monotonic
from typing import Any, Final

from pamqp.base import Frame
from pamqp.commands import Basic, Channel, Connection, Exchange, Queue
from pamqp.header import ProtocolHeader
from pamqp.heartbeat import Heartbeat

from gateway.cluster.buses import amqp_frames as frames
from gateway.cluster.buses.bus import CLOSING, MAX_MESSAGE, PROBES, TURN, Lost, Oversized, Refused

HEARTBEAT: Final = 10  # seconds
FRAME: Final = 131_072  # bytes of a frame at most, unless the broker wants less
LIMITS: Final = {'x-max-length': 100_000, 'x-max-length-bytes': 100_000_000}  # the oldest go first
REFUSALS: Final = (403, 406, 530)  # access refused, declared otherwise before, not allowed
ABOUT: Final[Any] = {
    'product': 'socketio-gateway',
    'capabilities': {
        'authentication_failure_close': True,
        'basic.nack': True,
        'connection.blocked': True,
        'consumer_cancel_notify': True,
        'publisher_confirms': True,
    },
}


class Blocked(Lost):
    """The broker has raised an alarm: it reads nothing from those who publish."""


class Link(asyncio.Protocol):
    """A connection to a broker with one channel. One task at a time waits for what it says."""

    def __init__(self, oversized: Oversized) -> None:
        self.error: Exception | None = None  # why it has ended
        self._transport: Any = None
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Future[Any] | None = None
        self._read_at = monotonic()
        self._data = b''
        self._paused = False
        self._most = FRAME
        self._blocked = ''
        self._declared: set[str] = set()
        self._published = 0  # the tag of the last message
        self._missing: set[int] = set()  # tags that are not confirmed
        self._heard: Callable[[bytes], None] = ignore
        self._listening: Callable[[], None] = ignore
        self._left = 0  # bytes of the message that comes
        self._parts: list[bytes] = []
        self._oversized = oversized
        self._skips = False  # the one that comes

    async def open(self, user: str, password: str, opening: Connection.Open) -> None:
        self._write(ProtocolHeader())
        start = await self.said('Connection.Start')
        if 'PLAIN' not in start.mechanisms.split():
            raise Refused('takes no passwords')
        self._write(Connection.StartOk(ABOUT, 'PLAIN', f'\0{user}\0{password}'))
        tune = await self.said('Connection.Tune')
        self._most = min(tune.frame_max or FRAME, FRAME)
        self._write(Connection.TuneOk(tune.channel_max, self._most, HEARTBEAT))
        await self.call(opening, 0)
        await self.call(Channel.Open())
        self._beat()

    async def call(self, request: Frame, channel: int = frames.OURS) -> Any:
        self._write(request, channel)
        return await self.said(*request.valid_responses)

    async def said(self, *expected: str) -> Any:
        """What the broker says next; raises when the connection has ended."""
        if self.error:
            raise self.error
        self._waiting = asyncio.get_running_loop().create_future()
        frame = await self._waiting
        if expected and frame.name not in expected:
            raise Lost('says what is not understood')
        return frame

    async def publish(self, channel: str, messages: Sequence[bytes]) -> None:
        if self._blocked:
            raise Blocked(self._blocked)
        await self._declare(channel)
        first = self._published + 1
        self._published += len(messages)
        self._missing = set(range(first, self._published + 1))
        publish = frames.marshal(Basic.Publish(exchange=channel), frames.OURS)
        self._transport.write(b''.join(frames.contents(publish, messages, self._most - 8)))
        while self._missing:
            await self.said()

    async def consume(
        self,
        channels: Sequence[str],
        heard: Callable[[bytes], None],
        listening: Callable[[], None],
    ) -> None:
        self._heard, self._listening = heard, listening
        ours = Queue.Declare(exclusive=True, auto_delete=True, arguments={**LIMITS})
        queue = (await self.call(ours)).queue
        for channel in channels:
            await self._declare(channel)
            await self.call(Queue.Bind(queue=queue, exchange=channel))
        await self.call(Basic.Consume(queue=queue, no_ack=True, exclusive=True))

    async def close(self) -> None:
        """Say so, and wait for the answer, but not for long."""
        self._heard = ignore
        try:
            if not (self.error or self._blocked):
                async with asyncio.timeout(CLOSING / 2):
                    await self.call(Connection.Close(200, '', 0, 0), 0)
        except (Lost, OSError, EOFError):  # TimeoutError is an OSError
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        self._end(Lost('is left'))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        sock = transport.get_extra_info('socket')
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in PROBES.items():
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
        if self.error:  # ended while it was made
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or EOFError())

    def data_received(self, data: bytes) -> None:
        self._read_at = monotonic()
        self._data += data
        if not self._paused:
            self._take()

    def _go_on(self) -> None:
        self._paused = False
        self._take()
        if not (self._paused or self._transport.is_closing()):
            self._transport.resume_reading()

    def _take(self) -> None:
        """Every frame that is here, or those of one turn."""
        data, at, until = self._data, 0, monotonic() + TURN
        try:
            while len(data) - at >= 8 and not self.error:
                kind, _, size = frames.HEAD.unpack_from(data, at)
                end = at + 7 + size
                if size > self._most or (end < len(data) and data[end] != frames.END[0]):
                    raise Lost('says what is not understood')
                if end >= len(data):
                    break
                self._frame(kind, data, at, end)
                at = end + 1
                if monotonic() > until:
                    self._paused = True
                    if not self._transport.is_closing():
                        self._transport.pause_reading()
                    asyncio.get_running_loop().call_soon(self._go_on)
                    break
        except StructError:
            self._end(Lost('says what is not understood'))
        except Exception as error:
            self._end(error)
        self._data = data[at:]

    def _frame(self, kind: int, data: bytes, at: int, end: int) -> None:
        if kind == frames.BODY:
            self._body(data[at + 7 : end])
        elif kind == frames.HEADER:
            *_, self._left = frames.CONTENT.unpack_from(data, at)
            self._parts, self._skips = [], self._left > MAX_MESSAGE
            if self._skips:
                self._oversized.add()
            elif not self._left:
                self._heard(b'')
        elif kind == frames.METHOD:
            method = data[at + 7 : at + 11]
            if method == frames.ACK:
                self._confirmed(*frames.CONFIRMED.unpack_from(data, at + 11))
            elif method != frames.DELIVER:
                self._method(frames.unmarshal(data[at : end + 1]))
        elif kind != frames.BEAT:
            raise Lost('says what is not understood')

    def _body(self, part: bytes) -> None:
        self._left -= len(part)
        if self._skips:
            return
        if self._parts or self._left:
            self._parts.append(part)
        if not self._left:
            self._heard(b''.join(self._parts) if self._parts else part)

    def _method(self, frame: Any) -> None:
        match frame:
            case Basic.Nack():
                raise Lost('has not taken a message')
            case Connection.Blocked():
                self._blocked = f'the broker is blocked: {frame.reason}'
                if self._missing:  # what is confirmed later is not waited for
                    self._missing = set()
                    self._wake(Blocked(self._blocked))
            case Connection.Unblocked():
                self._blocked = ''
            case Basic.Cancel():
                raise Lost('has deleted our queue')
            case Connection.Close() | Channel.Close():
                kind = Refused if frame.reply_code in REFUSALS else Lost
                raise kind(f'answers: {frame.reply_text[:200]}')
            case _:
                if isinstance(frame, Basic.ConsumeOk):  # messages may be right behind it
                    self._listening()
                self._wake(frame)

    def _confirmed(self, tag: int, multiple: bool) -> None:
        if not self._missing:
            return
        if multiple:
            self._missing = {one for one in self._missing if one > tag}
        else:
            self._missing.discard(tag)
        if not self._missing:
            self._wake(None)

    async def _declare(self, channel: str) -> None:
        if channel not in self._declared:
            try:
                fanout = Exchange.Declare(exchange=channel, exchange_type='fanout')
            except ValueError:
                raise Refused(f'has no channels with such a name: {channel!r}') from None
            await self.call(fanout)
            self._declared.add(channel)

    def _write(self, frame: Any, channel: int = 0) -> None:
        self._transport.write(frames.marshal(frame, channel))

    def _wake(self, said: Any) -> None:
        if self._waiting is None or self._waiting.done():
            return
        if isinstance(said, Exception):
            self._waiting.set_exception(said)
        else:
            self._waiting.set_result(said)

    def _beat(self) -> None:
        if monotonic() - self._read_at > 2 * HEARTBEAT:
            self._end(Lost(f'has said nothing for {2 * HEARTBEAT} s'))
        else:
            self._write(Heartbeat())
            self._timer = asyncio.get_running_loop().call_later(HEARTBEAT / 2, self._beat)

    def _end(self, error: Exception) -> None:
        self.error = self.error or error
        self._wake(self.error)
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()


def ignore(*_: object) -> None:
    pass
