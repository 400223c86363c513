"""What is counted of backends. Plain integers, written where things happen, read by who reports."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """Totals of one backend since the start."""

    asked: int = 0
    answered: int = 0  # with a status of 2xx, in time
    retried: int = 0
    opened: int = 0  # the circuit
    failed: Counter[str] = field(default_factory=Counter)  # by the code of the error
    most_waiting: int = 0  # for a connection, at the same time
    hooks: int = 0  # taken, to be sent at least once
    hooks_sent: int = 0
    hooks_retried: int = 0
    hooks_given_up: Counter[str] = field(default_factory=Counter)  # full, too_old, refused, stopped
