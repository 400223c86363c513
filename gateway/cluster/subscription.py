"""The way in: the subscription, its renewal, and whether anything is heard at all.

Rules of this file:
- A node hears itself. Whose own heartbeat does not come back is deaf, whatever its connection
  says, and subscribes anew.
- Between two tries there is a pause with jitter, never more than MAX_BACKOFF.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from gateway.cluster.buses.bus import Bus, Lost, Refused
from gateway.cluster.counters import Counters

log = logging.getLogger('gateway.cluster')

BEAT: Final = 1.0  # seconds between two heartbeats
LATE: Final = 60.0  # seconds without one's own, while others are heard
DEAF: Final = 3.5  # seconds without one's own
BACKOFF: Final = 0.1  # seconds before the second try; twice as many before each further one
MAX_BACKOFF: Final = 5.0


class Subscription:
    """`heard` is called with each message; `beat` says a heartbeat, False where that can't be."""

    def __init__(
        self,
        bus: Bus,
        channels: Sequence[str],
        heard: Callable[[bytes], None],
        beat: Callable[[], bool],
        counters: Counters,
    ) -> None:
        self.trouble = 'the queue is not subscribed to yet'
        self._bus = bus
        self._channels = channels
        self._heard = heard
        self._beat = beat
        self._counters = counters
        self._pause = BACKOFF
        self._since = 0.0  # when oneself was heard last, or the subscription began
        self._sign = 0.0  # when anything was
        self._listening: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._listen()), loop.create_task(self._watch())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def own_heartbeat(self) -> None:
        """One's own heartbeat has come back."""
        self._since = monotonic()
        self._pause = BACKOFF
        if self.trouble:
            log.info('cluster: the queue is heard')
            self.trouble = ''

    async def _listen(self) -> None:
        while True:
            self._listening = asyncio.get_running_loop().create_task(
                self._bus.listen(self._channels, self._take, self._subscribed)
            )
            try:
                await asyncio.wait([self._listening])
            finally:
                self._listening.cancel()
                await asyncio.gather(self._listening, return_exceptions=True)
            self._ended(self._listening)
            self._listening = None
            await asyncio.sleep(self._pause * (0.5 + random.random() / 2))  # noqa: S311 - jitter
            self._pause = min(self._pause * 2, MAX_BACKOFF)
            self._counters.renewals += 1

    def _take(self, body: bytes) -> None:
        self._sign = monotonic()
        self._heard(body)

    def _subscribed(self) -> None:
        self._since = monotonic()
        self._beat()

    def _ended(self, task: 'asyncio.Task[None]') -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Lost):
            log.error('cluster: listening has failed', exc_info=error)
        why = str(error) if isinstance(error, Lost) else 'nothing is heard'
        if not self.trouble:
            level = logging.ERROR if isinstance(error, Refused) else logging.WARNING
            log.log(level, 'cluster: other gateways are not heard: %s', why)
        self.trouble = why

    async def _watch(self) -> None:
        """Heartbeats, and whether they come back."""
        while True:
            slept = monotonic()
            await asyncio.sleep(BEAT * (0.9 + random.random() / 5))  # noqa: S311 - jitter
            if monotonic() - slept > 2 * BEAT:  # the loop was held: what has come is not read yet
                self._sign = monotonic()
            if not self._beat():  # then nothing can come back
                self._since = monotonic()
            elif self._since and self._listening and self._is_deaf():
                self._since = 0.0
                self._counters.deaf += 1
                self._listening.cancel()

    def _is_deaf(self) -> bool:
        """Not who is only behind: then others are heard, and one's own stands in the queue."""
        now = monotonic()
        silent = now - max(self._since, self._sign)
        return silent > DEAF or now - self._since > LATE
