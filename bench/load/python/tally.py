"""What a run counts, and how it judges a broadcast.

Rules of this file:
- A message that has been judged good once is good for everyone: the others' are compared with it
  byte for byte, which is what makes this fast.
- Sequence numbers go on from run to run; a message of an earlier run is stale.
- Latency counts from the moment a message was due to the read that brought it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from bench.histogram import highest
from bench.load.python import stamp

MOST_KNOWN = 4096
UNDER_WAY = 65536  # broadcasts, at most, as in the native generator


class Sent:
    """A broadcast under way, and how many recipients still lack it."""

    __slots__ = ('due', 'left', 'sequence')

    def __init__(self, sequence: int, due: int, left: int) -> None:
        self.sequence, self.due, self.left = sequence, due, left


class Form:
    """How a message looks."""

    def __init__(self, opcode: int, head: bytes, tail: bytes, attachment: bool, search: bool):
        self.head, self.tail, self.search, self.attachment = head, tail, search, attachment
        self.opcode = 2 if attachment else opcode  # of the frame that holds the payload

    def payload(self, body: bytes, size: int) -> bytes | None:
        """What a message brings."""
        if self.search:
            at = body.find(stamp.MARK)
            return body[at : at + size] if at >= 0 else None
        head, tail = (b'', b'') if self.attachment else (self.head, self.tail)
        if len(body) != len(head) + size + len(tail):
            return None
        if not (body.startswith(head) and body.endswith(tail)):
            return None
        return body[len(head) : len(head) + size]


class Tally:
    """The counts of one run."""

    def __init__(
        self, base: int = 0, recipients: int = 0, rooms: int = 1, payload: int = 0
    ) -> None:
        self.base, self.recipients, self.rooms, self.payload = base, recipients, rooms, payload
        self.half = recipients // 2
        self.active = False
        self.echoing = False  # acknowledged events are what this run is about
        self.sent: list[Sent] = []
        self.known: dict[bytes, Sent] = {}
        self.received = self.completed = self.arrived_at = self.lag = self.late = 0
        self.reordered = self.duplicated = self.negative = self.stale = 0
        self.garbled = self.foreign = self.refused = self.closed = 0
        self.events = self.acks = self.unmatched = self.pings = 0
        self.overrun = False
        self.first: Counter[int] = Counter()
        self.median: Counter[int] = Counter()
        self.last: Counter[int] = Counter()
        self.echo: Counter[int] = Counter()
        self.delivery: Counter[int] = Counter()
        self.second: Counter[int] = Counter()  # the latencies of this second alone
        self.on_completed: Callable[[], object] | None = None

    def leaves(self, due: int) -> bytes | None:
        """The payload of the next broadcast; None where too many are under way."""
        if len(self.sent) - self.completed >= UNDER_WAY:
            self.overrun = True
            return None
        sequence = self.base + len(self.sent)
        self.sent.append(Sent(sequence, due, self.recipients))
        return stamp.payload(sequence, due, self.payload)

    def judge(self, payload: bytes, body: bytes) -> Sent | None:
        """The broadcast whose payload this is; None, and a fault, where it is none of ours."""
        sequence, due = stamp.read(payload) or (0, -1)
        if due < 0 or len(payload) != self.payload:
            self.garbled += 1
        elif not self.active or sequence < self.base:
            self.stale += 1
        elif sequence >= self.base + len(self.sent) or self.sent[sequence - self.base].due != due:
            self.garbled += 1
        else:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            sent = self.known[body] = self.sent[sequence - self.base]
            return sent
        return None

    def delivered(self, sent: Sent, now: int) -> None:
        """One more recipient has it."""
        latency = now - sent.due
        if latency < 0:
            self.negative += 1
        step = highest(latency)
        self.received += 1
        self.second[step] += 1
        left = sent.left
        sent.left = left = left - 1
        if left == self.recipients - 1:
            self.first[step] += 1
        if left == self.half:
            self.median[step] += 1
        if left == 0:
            self.last[step] += 1
            self.completed += 1
            if self.on_completed:
                self.on_completed()
        self.arrived_at = now

    def acknowledged(self, due: int, now: int) -> None:
        if now < due:
            self.negative += 1
        step = highest(now - due)
        self.acks += 1
        (self.second if self.echoing else self.echo)[step] += 1
        self.arrived_at = now
