"""What routes and handlers count. Plain integers, written where things happen, read by whoever
reports.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from gateway.engine.histogram import Histogram

MAX_NAMES: Final = 1_000  # of handlers
OTHERS: Final = 'others'


@dataclass(slots=True)
class Counters:
    """Totals since the start."""

    handlers_busy: int = 0  # not started: every thread was taken and the queue full
    handlers_failed: int = 0  # raised an exception
    handlers_timed_out: int = 0  # took longer than their route allows
    emits_blocked: int = 0  # waits of a thread whose emits were too many for the loop
    callbacks_ignored: int = 0  # of broadcasts, which are not called back
    callbacks_refused: int = 0  # not called: the client answered with too many or too few values
    namespaces_missed: int = 0  # emits to a namespace that the client has not joined
    replies_refused: int = 0  # of backends: no JSON, or not what the grammar knows
    durations: dict[str, Histogram] = field(default_factory=dict)  # of handlers, by name
    tokens_refused: Counter[str] = field(default_factory=Counter)  # by code

    def took(self, handler: str, seconds: float) -> None:
        """A handler has ended; beyond MAX_NAMES all others are one."""
        found = self.durations.get(handler)
        if found is None:
            name = handler if len(self.durations) < MAX_NAMES else OTHERS
            found = self.durations.setdefault(name, Histogram())
        found.add(seconds)
