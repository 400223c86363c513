"""What a node counts of its cluster."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """Messages, unless it says otherwise. `lost` is by reason: `full` (the queue was away, or too
    slow, and too many waited), `big`, `stopped`: ours, which others never got; `gap`: theirs, which
    we never got. `refused` is by kind: `pickle`, `json`, `form`."""

    published: int = 0
    resent: int = 0  # asked for by others
    heard: int = 0
    duplicates: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unsendable: int = 0  # events that JSON cannot hold
    failures: int = 0  # of the connection that publishes
    renewals: int = 0  # subscriptions after the first
    deaf: int = 0  # of these, since nothing was heard any more
