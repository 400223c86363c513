"""What routes and handlers count. Plain integers, written where things happen, read by whoever
reports.
"""

from collections import Counter
from dataclasses import dataclass, field


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
    tokens_refused: Counter[str] = field(default_factory=Counter)  # by code
