"""What the admin listener counts. Plain integers, written where things happen."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """Totals since the start."""

    connections: int = 0
    connections_refused: int = 0  # there were MAX_CONNECTIONS already
    displaced: int = 0  # connections without a right key, for others that came then
    accepts_failed: int = 0  # for want of files or memory
    tls_failed: int = 0  # handshakes of TLS that were broken off, wrong, or too slow
    idle_closed: int = 0  # connections that were silent for too long
    cut: int = 0  # connections whose client did not read
    vanished: int = 0  # clients that left while their answer was awaited
    failed: int = 0  # endpoints that raised
    actions: int = 0  # that were done
    answers: Counter[int] = field(default_factory=Counter)  # by status
    refused: Counter[str] = field(default_factory=Counter)  # requests, by the code of the error
