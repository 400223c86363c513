"""What clients cost one process, by their number: fitted to what growth.py has measured.

Rules of this file:
- Machines drift between rounds, less within one. So a cost at n clients is the cost at the
  smallest number times the median of each round's own ratio to it.
- Which form CPU per delivery has is shown by predicting 4,000 and 8,000 clients from what was
  measured at 1,000 and 2,000.
- CPU in microseconds, memory in kilobytes of 1,000 bytes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from bench.result import Result, Run

KNOWN, UNKNOWN = (1000, 2000), (4000, 8000)


def hits(n: float, fit: float) -> float:
    """How much of what a broadcast needs of each client is in a cache that has room for `fit`.

    What a miss brings in takes the place of anything. So of what was there when its turn last came
    `exp(-misses / fit)` is left, and a broadcast misses `(1 - hits) * n` times.
    """
    if n <= fit:
        return 1.0
    share = 0.0
    for _ in range(1000):
        share = math.exp((share - 1) * n / fit)
    return share


# How a cost may depend on n clients of a process, of which `fit` fit into the largest cache.
FORMS: Mapping[str, Callable[[float, float], float]] = {
    'constant': lambda n, fit: 0.0,
    'straight line': lambda n, fit: n,
    'logarithm': lambda n, fit: math.log(n),
    'inverse': lambda n, fit: 1 / n,
    'caches': hits,
}
FORM = 'caches'


@dataclass(frozen=True)
class Curve:
    """`level + slope * basis(n)`, a quantity that depends on the number of clients."""

    form: str
    level: float
    slope: float
    fit: float = math.inf

    @classmethod
    def through(
        cls, form: str, points: Mapping[int, float], cold: float = 0.0, fit: float = math.inf
    ) -> Curve:
        """Least squares through two points or more; of `caches` the level is known."""
        basis = [FORMS[form](n, fit) for n in points]
        if form == 'constant':
            return cls(form, sum(points.values()) / len(points), 0.0)
        if form == 'caches':
            saved = [value - cold for value in points.values()]
            slope = dot(basis, saved) / dot(basis, basis)
            return cls(form, cold, slope, fit)
        slope, level = linear_regression(basis, list(points.values()))
        return cls(form, level, slope)

    def __call__(self, n: float) -> float:
        return self.level + self.slope * FORMS[self.form](n, self.fit)


@dataclass(frozen=True)
class Guess:
    """A prediction beside what was measured."""

    what: str
    form: str
    clients: int
    predicted: float
    measured: float

    @property
    def error(self) -> float:
        return self.predicted / self.measured - 1


@dataclass(frozen=True)
class Costs:
    """Of one target; where it matters, by the number of clients on its one process."""

    delivery: Mapping[int, float]  # µs for each, 64 bytes
    cold: float  # µs for each with nothing of it in the caches
    cache: float  # KB of the largest cache
    connection: Mapping[int, float]  # µs for each, up to this many
    memory: Mapping[int, float]  # resident KB of the process
    byte: float  # µs for each further byte of a delivery
    event: float  # µs for each acknowledged event
    idle: float  # µs a second for each connection
    kernel: float  # KB of the kernel for each connection, on the server's side

    @classmethod
    def of(cls, result: Result, target: str) -> Costs:
        """ValueError where the result has too little."""
        kinds: dict[str, list[Run]] = defaultdict(list)
        for run in result.runs:
            if run.target == target and not run.void and run.server:
                kinds[run.label.split()[0]].append(run)
        if missing := {'broadcast', 'cold', 'payload', 'connect', 'echo', 'idle'} - set(kinds):
            raise ValueError(f'{target}: no valid run of {", ".join(sorted(missing))}')
        broadcasts, idle = kinds['broadcast'], kinds['idle']
        return cls(
            delivery=by_clients(broadcasts, per_delivery),
            cold=cold(broadcasts, kinds['cold']),
            cache=kinds['cold'][0].values['cache'] / 1000,
            connection=by_clients(kinds['connect'], lambda run: cpu(run) / run.values['added']),
            memory=by_clients(broadcasts, resident),
            byte=per_byte(broadcasts, kinds['payload']),
            event=median(cpu(run) / run.acknowledged for run in kinds['echo']),
            idle=median(cpu(run) / run.seconds / run.connections for run in idle),
            kernel=median(run.values['kernel_bytes_per_connection'] / 1000 for run in idle),
        )

    @property
    def most(self) -> int:
        """Clients of one process that were measured."""
        return max(self.delivery)

    def guesses(self) -> Iterator[Guess]:
        """What the smaller crowds say of the greater, in each form."""
        for form in FORMS:
            yield from self._guesses('CPU per delivery, µs', form, self.delivery)
        yield from self._guesses('CPU per connection, µs', 'constant', self.connection)
        yield from self._guesses('memory of the process, KB', 'straight line', self.memory)

    def fit(self, sizes: Iterable[int]) -> float:
        """How many clients the largest cache has room for, going by those of these sizes: what the
        process keeps for each, and the kernel for both ends of its connection."""
        memory = Curve.through('straight line', {n: self.memory[n] for n in sizes})
        return self.cache / (memory.slope + 2 * self.kernel)

    def curve(self, form: str, sizes: Iterable[int]) -> Curve:
        """CPU per delivery, going by those of these sizes."""
        sizes = tuple(sizes)
        points = {n: self.delivery[n] for n in sizes}
        return Curve.through(form, points, self.cold, self.fit(sizes))

    def _guesses(self, what: str, form: str, measured: Mapping[int, float]) -> Iterator[Guess]:
        if not set(KNOWN) <= set(measured):
            return
        if measured is self.delivery:
            curve = self.curve(form, KNOWN)
        else:
            curve = Curve.through(form, {n: measured[n] for n in KNOWN})
        for n in UNKNOWN:
            if n in measured:
                yield Guess(what, form, n, curve(n), measured[n])


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def cpu(run: Run) -> float:
    assert run.server
    return run.server.cpu * 1e6


def per_delivery(run: Run) -> float:
    return cpu(run) / run.received


def resident(run: Run) -> float:
    assert run.server
    return run.server.rss_after / 1000


def by_clients(runs: Sequence[Run], value: Callable[[Run], float]) -> dict[int, float]:
    """The base's median, times the median of each round's ratio to its own base."""
    rounds: dict[int, dict[int, float]] = defaultdict(dict)
    for run in runs:
        rounds[run.round][run.connections] = value(run)
    base = min(run.connections for run in runs)
    whole = [values for values in rounds.values() if base in values]
    level = median(values[base] for values in whole)
    ratios: dict[int, list[float]] = defaultdict(list)
    for values in whole:
        for clients, its in values.items():
            ratios[clients].append(its / values[base])
    return {clients: level * median(ratios[clients]) for clients in sorted(ratios)}


def cold(warm: Sequence[Run], cold: Sequence[Run]) -> float:
    """By each round's ratio to its smallest crowd with warm caches."""
    base = min(run.connections for run in warm)
    by_round = {run.round: per_delivery(run) for run in warm if run.connections == base}
    ratios = [per_delivery(run) / by_round[run.round] for run in cold if run.round in by_round]
    return median(by_round.values()) * median(ratios)


def per_byte(small: Sequence[Run], large: Sequence[Run]) -> float:
    """What a delivery of the same round and crowd costs more, for each byte that it is longer."""
    base = {(run.round, run.connections): run for run in small}
    found = []
    for run in large:
        if other := base.get((run.round, run.connections)):
            more = per_delivery(run) - per_delivery(other)
            found.append(more / (run.values['payload'] - other.values['payload']))
    return max(0.0, median(found))
