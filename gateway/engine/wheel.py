"""One timer for all sessions: deadlines in buckets of a tick each.

Rules of this file:
- An item has at most one deadline in a wheel. Setting, moving and clearing it cost a few dict
  operations; there is no event-loop timer per session.
- A deadline is met at most two ticks late and never early.
- The loop's timer runs only while there are items.
"""

import asyncio
import logging
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

Item = TypeVar('Item', bound=Hashable)


class Wheel(Generic[Item]):
    """Calls `expire(item)` for each item whose deadline has passed; `tick` in seconds."""

    __slots__ = ('_buckets', '_expire', '_next', '_slots', '_tick', '_timer')

    def __init__(self, tick: float, expire: Callable[[Item], None]) -> None:
        self._tick = tick
        self._expire = expire
        self._buckets: dict[int, dict[Item, None]] = {}
        self._slots: dict[Item, int] = {}
        self._next = 0  # the first slot that has not been looked at
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, item: Item) -> bool:
        return item in self._slots

    def set(self, item: Item, delay: float) -> None:
        """Give `item` the deadline `delay` seconds from now, in place of the one it has."""
        self.clear(item)
        now = monotonic()
        slot = int((now + delay) / self._tick) + 1
        self._slots[item] = slot
        self._buckets.setdefault(slot, {})[item] = None
        if self._timer is None:
            self._next = int(now / self._tick)
            self._schedule(now)

    def clear(self, item: Item) -> None:
        """Forget the deadline of `item`, if it has one."""
        slot = self._slots.pop(item, None)
        if slot is not None:
            bucket = self._buckets[slot]
            del bucket[item]
            if not bucket:
                del self._buckets[slot]

    def _schedule(self, now: float) -> None:
        delay = max(0.0, (self._next + 1) * self._tick - now)
        self._timer = asyncio.get_running_loop().call_later(delay, self._turn)

    def _turn(self) -> None:
        now = monotonic()
        last = int(now / self._tick)
        while self._next <= last:
            bucket = self._buckets.get(self._next, {})
            while bucket:
                item, _ = bucket.popitem()
                del self._slots[item]
                try:
                    self._expire(item)
                except Exception:
                    log.exception('a deadline failed')
            self._buckets.pop(self._next, None)
            self._next += 1
        self._timer = None
        if self._slots:
            self._schedule(now)

    def stop(self) -> None:
        """Forget everything."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._buckets.clear()
        self._slots.clear()
