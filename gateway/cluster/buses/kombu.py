"""Kombu's transports, in threads: for the queues that no bus of ours speaks to itself.

Rules of this file:
- Kombu waits inside its calls: each of its connections lives in a daemon thread of its own.
- On the wire is what python-socketio's KombuManager says: fanout exchanges of the channels' names.
- Kombu does not try again, and its own lines reach no log: messages and addresses stand in them.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from time import sleep
from typing import Final

from kombu import Producer

from gateway.cluster.buses.bus import TIMEOUT, Lost, Oversized
from gateway.cluster.buses.kombu_inbox import Inbox, listen
from gateway.cluster.buses.kombu_threads import End, Post, Threads
from gateway.cluster.buses.kombu_url import Address, exchange
from gateway.cluster.buses.losses import losing

SPACE: Final = {'filesystem': 0.0011}  # seconds: it sorts messages by their millisecond


class KombuBus:
    """`url` is kombu+ and a URL of Kombu's; ValueError where Kombu cannot use it."""

    def __init__(self, url: str) -> None:
        for name in ('kombu', 'amqp'):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self._address = Address(url)
        self._publishing = Threads()
        self._listening = Threads()
        self._sender: Sender | None = None
        self.oversized = Oversized()

    async def publish(self, channel: str, messages: Sequence[bytes]) -> None:
        with losing(self._address.name):
            try:
                async with asyncio.timeout(TIMEOUT):
                    if self._sender is None:
                        sender = Sender(self._address)
                        self._publishing.start(sender.run)
                        self._sender = sender
                    await self._sender.publish(channel, messages)
            except BaseException:
                self._leave()
                raise

    async def listen(
        self,
        channels: Sequence[str],
        heard: Callable[[bytes], None],
        listening: Callable[[], None],
    ) -> None:
        with losing(self._address.name):
            inbox = Inbox(self.oversized)
            self._listening.start(lambda: listen(self._address, channels, inbox))
            try:
                async with asyncio.timeout(TIMEOUT):
                    await inbox.confirmed()
                listening()
                await inbox.hear(heard)
            except asyncio.CancelledError:
                inbox.leave()
                await inbox.end.wait()
                raise
            finally:
                inbox.leave()

    async def close(self) -> None:
        if (sender := self._leave()) is not None:
            await sender.end.wait()

    def _leave(self) -> 'Sender | None':
        sender, self._sender = self._sender, None
        if sender is not None:
            sender.leave()
        return sender


class Sender:
    """A thread that publishes over a connection of its own. It ends with its first failure."""

    def __init__(self, address: Address) -> None:
        self.end = End()
        self._address = address
        self._post = Post()
        self._batches: SimpleQueue[tuple[str, Sequence[bytes]] | None] = SimpleQueue()
        self._answer: asyncio.Future[None] | None = None
        self._left = False

    async def publish(self, channel: str, messages: Sequence[bytes]) -> None:
        self._answer = asyncio.get_running_loop().create_future()
        self._batches.put((channel, messages))
        await self._answer

    def leave(self) -> None:
        """What it has begun is not gone on with."""
        self._left = True
        self._batches.put(None)

    def run(self) -> None:
        """In the thread."""
        try:
            with self._address.connected() as (_, link):
                producers: dict[str, Producer] = {}
                while batch := self._batches.get():
                    channel, messages = batch
                    if channel not in producers:
                        producers[channel] = Producer(link, exchange(channel))
                    self._publish(producers[channel], messages)
                    self._post.call(self._answered, None)
        except Exception as error:
            self._post.call(self._answered, self._address.lost(error))
        finally:
            self.end.reached()

    def _publish(self, producer: Producer, messages: Sequence[bytes]) -> None:
        space = SPACE.get(self._address.scheme)
        with producer.batch():
            for message in messages:
                if self._left:
                    raise Lost('is left')
                producer.publish(message, content_type='text/plain', content_encoding='utf-8')
                if space:
                    sleep(space)
        producer.declare()  # its answer comes when all that was published is there

    def _answered(self, error: Lost | None) -> None:
        if self._answer is None or self._answer.done():
            return
        if error is None:
            self._answer.set_result(None)
        else:
            self._answer.set_exception(error)
