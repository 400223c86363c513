"""What one measurement found, made of what each of its processes has counted.

Rules of this file:
- Counts and histograms are added. Lost is what nobody received: sent times recipients, less what
  arrived. Of a run that was stopped it can't be told, nor which events would have been answered.
- A fault is in words, and makes the run void.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bench.histogram import Histogram

Answer: TypeAlias = Mapping[str, Any]

HISTOGRAMS = ('delivery', 'first', 'median', 'last', 'echo')
FAULTS = (
    'reordered',
    'duplicated',
    'negative',
    'stale',
    'garbled',
    'closed',
    'refused',
    'unmatched',
)
EXPLAINED = ('closed', 'refused')  # by the first that failed


@dataclass(frozen=True)
class Tick:
    """One second of all processes."""

    second: int
    sent: int  # broadcasts, or events
    received: int  # deliveries, or acknowledgements
    connected: int  # in all
    latency: Histogram


@dataclass(frozen=True)
class Measured:
    """One measurement, over all processes."""

    seconds: float
    sent: int = 0  # broadcasts
    recipients: int = 0  # of each
    received: int = 0  # deliveries
    events: int = 0  # that asked for an acknowledgement
    acknowledged: int = 0
    heartbeats: int = 0
    schedule_lag: float = 0.0  # the most by which the load itself was late, seconds
    late: int = 0  # broadcasts or events that left more than 10 ms after their time
    histograms: Mapping[str, Histogram] = field(default_factory=dict)  # none of them empty
    faults: tuple[str, ...] = ()  # why it is void
    busy: tuple[float, ...] = ()  # the share of its time that each process worked
    ticks: tuple[Tick, ...] = ()
    stopped: bool = False


def merged(answers: Sequence[Answer], recipients: int = 0, ticks: Sequence[Tick] = ()) -> Measured:
    """One measurement, of what each process says of its own part."""

    def total(name: str) -> int:
        return sum(answer.get(name, 0) for answer in answers)

    stopped = any(answer.get('stopped') for answer in answers)
    why = next((answer['reason'] for answer in answers if answer.get('reason')), '')
    histograms = {
        name: Histogram.of(pair for answer in answers for pair in answer.get(name, ()))
        for name in HISTOGRAMS
    }
    return Measured(
        seconds=max((answer.get('seconds', 0.0) for answer in answers), default=0.0),
        sent=total('sent'),
        recipients=recipients,
        received=total('received'),
        events=total('events'),
        acknowledged=total('acks'),
        heartbeats=total('pings'),
        schedule_lag=max((answer.get('publish_lag_ns', 0) for answer in answers), default=0) / 1e9,
        late=total('late'),
        histograms={name: histogram for name, histogram in histograms.items() if histogram},
        faults=tuple(_faults(total, recipients, stopped, why)),
        busy=tuple(busy(answer) for answer in answers if 'idle_seconds' in answer),
        ticks=tuple(ticks),
        stopped=stopped,
    )


def _faults(total: Callable[[str], int], recipients: int, stopped: bool, why: str) -> Iterator[str]:
    lost = total('sent') * recipients - total('received')
    unanswered = total('events') - total('acks')
    if lost > 0 and not stopped:
        yield f'{lost} lost'
    if lost < 0:
        yield f'{-lost} more than were to be received'
    for name in FAULTS:
        if count := total(name):
            yield f'{count} {name}{f" ({why})" if why and name in EXPLAINED else ""}'
    if unanswered and not stopped:
        yield f'{unanswered} unacknowledged'
    if total('overrun'):
        yield 'too many broadcasts under way'


def busy(answer: Answer) -> float:
    """Waiting for something to do is no work, asleep or not."""
    seconds: float = answer.get('seconds', 0)
    if not seconds:
        return 0.0
    idle: float = answer.get('idle_seconds', 0)
    return min(1.0, max(0.0, 1 - idle / seconds))


class Ticks:
    """Puts together what processes say of the same second, and tells it once all are past it."""

    def __init__(self, processes: int, tell: Callable[[Tick], None] | None) -> None:
        self.processes, self.tell = processes, tell
        self.done: list[Tick] = []
        self._latest: dict[object, int] = {}
        self._parts: dict[int, list[Answer]] = defaultdict(list)

    def add(self, process: object, part: Answer) -> None:
        self._parts[part['second']].append(part)
        self._latest[process] = part['second']
        if len(self._latest) == self.processes:
            self._close(min(self._latest.values()))

    def end(self) -> tuple[Tick, ...]:
        """All of them, with what only some have reported."""
        self._close(max(self._parts, default=0))
        return tuple(self.done)

    def _close(self, until: int) -> None:
        for second in sorted(second for second in self._parts if second <= until):
            parts = self._parts.pop(second)
            sent, received, connected = (
                sum(part[name] for part in parts) for name in ('sent', 'received', 'connected')
            )
            latency = Histogram.of(pair for part in parts for pair in part['latency'])
            self.done.append(Tick(second, sent, received, connected, latency))
            if self.tell:
                self.tell(self.done[-1])
