"""The way out: what is to be published waits here, and one task publishes it in batches.

Rules of this file:
- Nobody waits for the queue: what is put in returns at once, or is refused, counted and logged.
- What was not confirmed is published again: gateways know it by its number, other programs may hear
  it twice.
- What is said now or never (heartbeats, questions) goes first, and is dropped where it can't go.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Iterable
from typing import Final

from gateway.cluster.buses.bus import MAX_MESSAGE, Bus, Lost, Refused
from gateway.cluster.counters import Counters
from gateway.cluster.quiet import Quiet
from gateway.cluster.record import Record
from gateway.engine.drain import Drain

log = logging.getLogger('gateway.cluster')

MOST: Final = 500  # messages of a batch
BYTES: Final = 1_000_000  # of a batch
BACKOFF: Final = 0.1  # seconds before the second try; twice as many before each further one
MAX_BACKOFF: Final = 5.0
URGENT: Final = 1_000  # messages that are said now or never
REPEATED: Final = 20_000  # messages that others lack
STOPPING: Final = 5.0  # seconds that a stop waits for the queue
HEADROOM: Final = 100  # bytes that a number may take
WHY: Final = (('full', 'too many wait'), ('big', 'it is larger than a queue carries'))


class Outbox:
    """`start` and `stop` belong to one loop."""

    def __init__(self, bus: Bus, channel: str, record: Record, counters: Counters) -> None:
        self.record = record
        self.trouble = ''  # why nothing can be published now
        self._bus = bus
        self._channel = channel
        self._counters = counters
        self._urgent: deque[bytes] = deque(maxlen=URGENT)
        self._repeated: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._most = MOST  # messages of the next batch
        self._pause = BACKOFF
        self._lines = {kind: Quiet(f'a message for others is lost: {why}') for kind, why in WHY}

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    def send(self, opened: bytes) -> bool:
        """A message that is to be numbered; False where it is lost."""
        if len(opened) > MAX_MESSAGE - HEADROOM:
            self._lose('big')
            return False
        if not self.record.add(opened):
            self._lose('full')
            return False
        self._idle.clear()
        self._wake.set()
        return True

    def send_now(self, message: bytes) -> None:
        """Now or never."""
        self._urgent.append(message)
        self._wake.set()

    def repeat(self, messages: Iterable[bytes]) -> None:
        """Messages that were published before; those that know them will not hear them twice."""
        waiting = set(self._repeated)  # several may lack the same
        for message in messages:
            if message in waiting:
                continue
            if len(self._repeated) >= REPEATED:  # it will be asked for again
                break
            self._counters.resent += 1
            self._repeated.append(message)
        self._wake.set()

    async def stop(self, timeout: float, hurry: asyncio.Event | None = None) -> None:
        """Publish what waits, for at most `timeout` seconds and STOPPING, or until `hurry` is set
        meanwhile; what is left is lost, and counted."""
        if self._task is None:
            return
        if self.record:
            late = hurry is not None and hurry.is_set()  # then `timeout` is short already
            drain = Drain(min(timeout, STOPPING), hurry=None if late else hurry)
            await drain.rest(lambda: not self._idle.is_set())
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if left := len(self.record):
            self._counters.lost['stopped'] += left
            log.warning('cluster: %d messages are lost, since the gateway stops', left)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._publish()
            except Exception as error:
                self._failed(error)
                jitter = 0.5 + random.random() / 2  # noqa: S311
                await asyncio.sleep(self._pause * jitter)
                self._pause = min(self._pause * 2, MAX_BACKOFF)
                self._wake.set()

    async def _publish(self) -> None:
        """All that waits."""
        record = self.record
        while self._urgent or self._repeated or record:
            first = list(self._urgent)
            self._urgent.clear()
            size = 0
            while self._repeated and len(first) < MOST and size < BYTES:
                first.append(self._repeated.popleft())
                size += len(first[-1])
            batch = record.batch(self._most, BYTES)
            await self._bus.publish(self._channel, first + batch)
            record.confirm(len(batch))
            self._counters.published += len(batch)
            self._worked()
        self._idle.set()

    def _worked(self) -> None:
        self._most, self._pause = min(2 * self._most, MOST), BACKOFF
        if self.trouble:
            log.warning('cluster: messages are published again')
            self.trouble = ''
            for line in self._lines.values():
                line.rest()

    def _failed(self, error: Exception) -> None:
        self._counters.failures += 1
        self._most = 1  # a large batch may be what a slow link can't carry in time
        why = str(error) if isinstance(error, Lost) else 'it failed'
        if not isinstance(error, Lost):
            log.error('cluster: publishing has failed', exc_info=error)
        elif not self.trouble:
            level = logging.ERROR if isinstance(error, Refused) else logging.WARNING
            log.log(level, 'cluster: messages wait, since none can be published: %s', why)
        self.trouble = why

    def _lose(self, kind: str) -> None:
        self._counters.lost[kind] += 1
        self._lines[kind].warn()
