"""A circuit breaker: a backend that is down is not asked again and again, and nobody waits for it.

- closed: everything passes. FAILURES in a row open it.
- open: nothing passes, for a second at first, then for twice as long each time, up to MAX_PAUSE.
- half-open: one call passes, the probe, and another one each pause, where a probe takes long. What
  becomes of one closes the circuit or opens it again.
- What was under way when it opened may still close it, by a reply; its failures say nothing new.
"""

import random
from collections.abc import Callable
from typing import Final

FAILURES: Final = 5
PAUSE: Final = 1.0  # seconds
MAX_PAUSE: Final = 30.0


class Breaker:
    """Times are those of one monotonic clock, in seconds; `chance` gives 0 to 1, for jitter."""

    __slots__ = ('_chance', '_failures', '_openings', '_pause', '_until')

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._failures = 0
        self._pause = 0.0  # of the opening; 0: closed
        self._until = 0.0
        self._openings = 0

    @property
    def is_open(self) -> bool:
        """Or half-open."""
        return self._pause > 0

    def passes(self, now: float) -> int:
        """The number of a call that may be made, as its end is told; 0: it may not. Of an open
        circuit it is the probe."""
        if self.is_open:
            if now < self._until:
                return 0
            self._until = now + self._pause
        return self._openings + 1

    def wait(self, now: float) -> float:
        """Seconds until it is worth asking again."""
        return max(0.0, self._until - now)

    def abandoned(self, number: int) -> None:
        """Nobody waited for what became of a call: if it was the probe, another one may be."""
        if number > self._openings and self.is_open:
            self._until = 0.0

    def succeeded(self) -> bool:
        """The backend is alive; True where that was not known."""
        was_open = self.is_open
        self._failures, self._pause, self._until = 0, 0.0, 0.0
        return was_open

    def failed(self, number: int, now: float) -> bool:
        """A call has failed; True where that opens the circuit for the first time."""
        if number <= self._openings:  # it was under way when others failed
            return False
        self._failures += 1
        if not self.is_open and self._failures < FAILURES:
            return False
        opens = not self.is_open
        self._pause = PAUSE if opens else min(self._pause * 2, MAX_PAUSE)
        self._until = now + self._pause * (0.75 + self._chance() / 2)
        self._openings += 1
        return opens
