"""The time of a run: what leaves on a schedule, what is told each second, and when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic_ns, process_time_ns
from typing import Any, TypeAlias

from bench.load.python.load import Load
from bench.load.python.tally import Tally

SECOND = 1_000_000_000
LATE = 10_000_000  # ns: what leaves later than that shows in latencies as the server's
CLOSE = 2_000_000  # ns before a moment, from which on the loop spins: its timers are too coarse
LOOK = 0.01  # seconds between two looks at whether a run has ended

Counts: TypeAlias = Callable[[], tuple[int, int]]
Say: TypeAlias = Callable[[dict[str, Any]], None]


def pairs(counts: Counter[int]) -> list[tuple[int, int]]:
    return sorted(counts.items())


class Clock:
    """One run of a load, whose latencies are `whole`. `counts` says how many were sent and came.
    `spun` is the time in which the loop spun for nothing, ns."""

    def __init__(self, load: Load, say: Say, whole: Counter[int], counts: Counts) -> None:
        self.load, self._say, self._whole, self._counts = load, say, whole, counts
        self.start = monotonic_ns()
        self.spun = 0
        self.scheduled = 0  # the end of what leaves on a schedule
        self._cpu = process_time_ns()
        self._second = 0
        self._told = (0, 0)
        self.over = False
        self._tick_at()

    def _tick_at(self) -> None:
        due = self.start + (self._second + 1) * SECOND
        asyncio.get_running_loop().call_later((due - monotonic_ns()) / SECOND, self._tick)

    def _tick(self) -> None:
        if not self.over:
            self._tell()
            self._second += 1
            self._tick_at()

    def _tell(self) -> None:
        second, (sent, received) = self.load.tally.second, self._counts()
        self._say(
            {
                'kind': 'tick',
                'second': self._second,
                'sent': sent - self._told[0],
                'received': received - self._told[1],
                'connected': self.load.ready,
                'latency': pairs(second),
            }
        )
        self._told = (sent, received)
        self._whole.update(second)
        second.clear()

    async def until(self, ended: Callable[[], bool], latest: int) -> None:
        """The end of the run: `ended`, or the latest moment, or a word from outside."""
        load = self.load
        while not ended() and not load.stopped and monotonic_ns() < latest:
            load.changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(load.changed.wait(), LOOK)
        await asyncio.sleep(LOOK)  # what came at the same time counts, too

    def end(self) -> dict[str, Any]:
        """The last tick; then what every answer says of time."""
        self.over = True
        if self._counts() != self._told:
            self._tell()
        now, arrived = monotonic_ns(), self.load.tally.arrived_at
        scheduled = min(self.scheduled, now) if self.load.stopped else self.scheduled
        ended = max(arrived if arrived > self.start else now, scheduled)
        seconds = (ended - self.start) / SECOND
        cpu = (process_time_ns() - self._cpu) / SECOND
        idle = max(0.0, seconds - cpu + self.spun / SECOND)
        return {
            'seconds': seconds,
            'cpu_seconds': cpu,
            'idle_seconds': min(seconds, idle),
            'stopped': self.load.stopped,
            'ready': self.load.ready,
            'recipients': self.load.ready,
            'reason': self.load.reason,
        }


class Schedule:
    """Calls `leave` with each moment that is due; late ones are not left out."""

    def __init__(
        self, clock: Clock, interval: int, count: int, leave: Callable[[int], None]
    ) -> None:
        self.clock, self.interval, self.left, self.leave = clock, interval, count, leave
        self.due = clock.start
        self._looked = self._read = 0
        self.clock.scheduled = max(clock.scheduled, clock.start + count * interval)
        self._run()

    def _run(self) -> None:
        load, now = self.clock.load, monotonic_ns()
        if self._looked and self._read == load.now:
            self.clock.spun += now - self._looked
        self._looked = 0
        while self.left and self.due <= now and not self.clock.over:
            lag = now - self.due
            load.tally.lag = max(load.tally.lag, lag)
            load.tally.late += lag > LATE
            self.leave(self.due)
            self.due += self.interval
            self.left -= 1
            now = monotonic_ns()
        if not self.left or self.clock.over:
            return
        loop, wait = asyncio.get_running_loop(), self.due - now
        if not load.spin:
            loop.call_later(wait / SECOND, self._run)
        elif wait > CLOSE:
            loop.call_later((wait - CLOSE) / SECOND, self._run)
        else:
            self._looked, self._read = now, load.now
            loop.call_soon(self._run)


@asynccontextmanager
async def running(
    load: Load, tally: Tally, say: Say, whole: Counter[int], counts: Counts
) -> AsyncIterator[Clock]:
    """A run: the clock ticks, `tally` counts, and nothing is collected meanwhile."""
    load.tally, load.reason = tally, ''
    gc.collect()
    gc.disable()
    clock = Clock(load, say, whole, counts)
    try:
        yield clock
    finally:
        clock.over = True
        tally.active = False
        load.until = 0
        gc.enable()
