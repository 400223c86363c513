"""Listening through Kombu: a thread reads, the loop hears.

Rules of this file:
- The loop is woken once for all that has come meanwhile. What waits for it is bounded: then the
  thread waits, and with it the queue.
- Bodies are taken raw. Kombu decodes none of them, whatever type their sender claims.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Condition
from time import monotonic
from typing import Any, Final
from uuid import uuid4

from kombu import Connection, Consumer, Queue

from gateway.cluster.buses.bus import MAX_MESSAGE, TURN, Lost, Oversized
from gateway.cluster.buses.kombu_threads import End, Post
from gateway.cluster.buses.kombu_url import Address, exchange
from gateway.cluster.quiet import Quiet

WAITING: Final = 1_000  # messages between the thread and the loop
WAITING_SIZE: Final = 2 * MAX_MESSAGE
LOOK: Final = 0.1  # seconds after which the thread sees that nobody listens any more
UNREADABLE: Final = 100  # messages in a row that Kombu can't read: its transport is broken then
HEARTBEAT: Final = 10  # seconds, where the transport has heartbeats of its own
EXPIRES: Final = {'x-expires': 300_000}  # milliseconds, as KombuManager's queues
MALFORMED: Final = (ValueError, LookupError, TypeError, AttributeError)


class Inbox:
    """What a thread has heard and the loop has not."""

    def __init__(self, oversized: Oversized) -> None:
        self.oversized = oversized
        self.end = End()
        self.left = False
        self._post = Post()
        self._listening = asyncio.Event()
        self._more = asyncio.Event()
        self._lost: Lost | None = None
        self._room = Condition()
        self._bodies: list[bytes] = []
        self._size = 0

    # In the thread.

    def confirm(self) -> None:
        self._post.call(self._listening.set)

    def put(self, body: bytes) -> None:
        with self._room:
            while self._is_full(len(body)) and not self.left:
                self._room.wait()
            self._bodies.append(body)
            self._size += len(body)
            if len(self._bodies) == 1:  # of the others the loop will know
                self._post.call(self._more.set)

    def fail(self, lost: Lost) -> None:
        self._lost = lost
        self._post.call(self._more.set)
        self._post.call(self._listening.set)

    def _is_full(self, size: int) -> bool:
        if len(self._bodies) >= WAITING:
            return True
        return bool(self._bodies) and self._size + size > WAITING_SIZE

    # On the loop.

    async def confirmed(self) -> None:
        await self._listening.wait()
        if self._lost is not None:
            raise self._lost

    async def hear(self, heard: Callable[[bytes], None]) -> None:
        """For ever, or until the thread has failed and all is heard."""
        begun = monotonic()
        while True:
            lost = self._lost
            for body in self._take():
                heard(body)
                if monotonic() - begun >= TURN:
                    await asyncio.sleep(0)
                    begun = monotonic()
            if lost is not None:
                raise lost
            if not self._more.is_set():
                await self._more.wait()
                begun = monotonic()

    def leave(self) -> None:
        with self._room:
            self.left = True
            self._room.notify()

    def _take(self) -> list[bytes]:
        with self._room:
            bodies, self._bodies, self._size = self._bodies, [], 0
            self._more.clear()
            self._room.notify()
        return bodies


class Reader:
    """From a connection into an Inbox."""

    def __init__(self, connection: Connection, inbox: Inbox) -> None:
        self._connection = connection
        self._inbox = inbox
        self._failures = 0
        self._line = Quiet('a message is passed over that Kombu cannot read')
        self._beaten = monotonic()

    def drain(self) -> None:
        """What comes next, if it comes soon."""
        try:
            self._connection.drain_events(timeout=LOOK)
            self._failures = 0
        except TimeoutError:
            self._failures = 0
        except MALFORMED as error:
            if not self._connection.connected:  # some libraries stumble over that
                raise
            self.unreadable(None, error)
        if self._connection.supports_heartbeats and monotonic() - self._beaten >= 1:
            self._beaten = monotonic()
            self._connection.heartbeat_check()

    def take(self, message: Any) -> None:
        body = message.body or b''
        body = body.encode() if isinstance(body, str) else bytes(body)
        if len(body) > MAX_MESSAGE:
            self._inbox.oversized.add()
        else:
            self._inbox.put(body)

    def unreadable(self, _: Any, error: Exception) -> None:
        """What has no form that Kombu knows: whoever may publish can say such things."""
        self._failures += 1
        if self._failures > UNREADABLE:
            raise Lost('gives nothing that Kombu can read') from error
        self._line.warn()


def listen(address: Address, channels: Sequence[str], inbox: Inbox) -> None:
    """A thread's life."""
    try:
        with address.connected(HEARTBEAT) as (connection, link):
            reader = Reader(connection, inbox)
            consumer = Consumer(
                link,
                [queue(channel) for channel in channels],
                no_ack=True,
                on_message=reader.take,
                on_decode_error=reader.unreadable,
            )
            try:
                consumer.consume()
                reader.drain()  # some transports subscribe only now
                inbox.confirm()
                while not inbox.left:
                    reader.drain()
            finally:
                dismiss(consumer)
    except Exception as error:
        inbox.fail(address.lost(error))
    finally:
        inbox.end.reached()


def queue(channel: str) -> Queue:
    name = f'python-socketio.{uuid4()}'
    return Queue(name, exchange(channel), durable=False, queue_arguments=EXPIRES)


def dismiss(consumer: Consumer) -> None:
    """Its queues too: some transports would fill them for ever."""
    with suppress(Exception):
        consumer.cancel()
    for one in consumer.queues:
        with suppress(Exception):
            one.delete()
