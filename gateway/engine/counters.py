"""What the engine counts. Plain integers, written where things happen, read by whoever reports."""

from collections import Counter
from dataclasses import dataclass, field

from gateway.engine.histogram import Histogram


@dataclass(slots=True)
class Counters:
    """Totals since the start."""

    sessions: int = 0
    accepts_failed: int = 0  # for want of files or memory
    tls_failed: int = 0  # handshakes of TLS that were broken off, wrong, or too slow
    upgrades: int = 0
    upgrades_abandoned: int = 0
    packets_queued: int = 0  # one per recipient
    bytes_queued: int = 0  # of these, as frames
    bytes_received: int = 0  # of WebSocket connections and bodies of polling, as they came
    packets_undelivered: int = 0  # in the outbox of a session that ended
    volatile_dropped: int = 0
    fanouts: Histogram = field(default_factory=Histogram)  # see `Flusher.broadcast`
    reads_paused: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # handshakes and requests, by message
    closed: Counter[str] = field(default_factory=Counter)  # sessions, by reason
