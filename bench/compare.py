"""Two results, or two targets of one: what is faster, and what is only noise.

Rules of this file:
- Pairs are made by label, quantity and round. The figure is the median of the pairs' ratios B / A.
- Its interval lies between two of the ratios in their order, such that it misses the true median
  in 5 % of cases at most (the sign test); one that holds 1 is no difference. With fewer than six
  pairs there is none: nothing can be said.
- Ratios are compared by their logarithms, so that A beside B says the same as B beside A.
- What was not measured in turns, or on the same machine, is said before anything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb, exp, inf, log
from statistics import median
from typing import Any

from bench.figures import QUANTITIES, Quantity, value
from bench.live import measure
from bench.result import Environment, Result

LEAST = 6  # rounds
MISSED = 0.05  # of all intervals, at most
SIZES = {'KB', 'MB', 'B', 'bytes', '%'}  # of which there is more or less; the rest is time or rate
Values = Mapping[int, float]  # by round
Cells = dict[tuple[str, str], dict[str, dict[int, float]]]  # (label, quantity), target, round


class Incomparable(ValueError):
    """There is nothing to compare."""


@dataclass(frozen=True)
class Pairs:
    """One row of a comparison."""

    label: str
    quantity: Quantity
    a: float  # medians of all rounds
    b: float
    ratios: tuple[float, ...]  # B / A of each common round
    low: float = 0.0  # of the median ratio, with 95 % confidence
    high: float = inf

    @property
    def ratio(self) -> float:
        return middle(self.ratios)

    @property
    def enough(self) -> bool:
        return len(self.ratios) >= LEAST

    @property
    def differs(self) -> bool:
        return self.enough and not self.low <= 1 <= self.high

    def slower(self, than: float) -> bool:
        """Whether B is worse by more than that share, beyond the noise."""
        if not self.enough:
            return False
        return self.low > 1 + than if self.lower_is_better else self.high < 1 / (1 + than)

    @property
    def lower_is_better(self) -> bool:
        return self.quantity.better == 'lower'

    def verdict(self, b: str = 'B') -> str:
        if not self.enough:
            return f'too few rounds ({len(self.ratios)}; needs {LEAST})'
        if not self.differs:
            low, high = signed(self.low), signed(self.high)
            return f'no difference beyond the noise ({low} to {high} %)'
        if self.quantity.unit in SIZES:
            return f'{b} needs {amount(self.ratio, self.low, self.high)}'
        return f'{b} is {self.speed()}'

    def speed(self) -> str:
        """How many times as fast, or as slow: the same words for a time and for a rate."""
        ends = (self.low, self.ratio, self.high)
        word = 'slower' if (self.ratio > 1) == self.lower_is_better else 'faster'
        low, found, high = sorted(end if self.ratio > 1 else 1 / end for end in ends)
        if found >= 2:
            return f'{found:.3g} times {word} ({low:.3g} to {high:.3g} times)'
        return f'{percent(found)} % {word} ({percent(low)} to {percent(high)} %)'


def amount(ratio: float, low: float, high: float) -> str:
    if ratio >= 2:
        return f'{ratio:.3g} times as much ({low:.3g} to {high:.3g} times)'
    word = 'more' if ratio > 1 else 'less'
    least, found, most = sorted(abs(end - 1) + 1 for end in (low, ratio, high))
    return f'{percent(found)} % {word} ({percent(least)} to {percent(most)} %)'


def percent(ratio: float) -> str:
    """The share by which a ratio is above 1, with a digit that counts."""
    share = (ratio - 1) * 100
    return f'{share:.0f}' if share >= 10 else f'{share:.2g}'


def signed(ratio: float) -> str:
    share = (ratio - 1) * 100
    digits = 0 if abs(share) >= 10 else 1
    return f'{share:+.{digits}f}'.replace('-', '−')


def middle(ratios: Sequence[float]) -> float:
    return exp(median(map(log, ratios)))


def interval(ratios: Sequence[float]) -> tuple[float, float]:
    """In which the median ratio lies with 95 % confidence, however ratios are distributed."""
    found, edge, missed = sorted(ratios), 0, 2.0 / 2 ** len(ratios)
    while (missed := missed + 2 * comb(len(found), edge + 1) / 2 ** len(found)) <= MISSED:
        edge += 1
    return found[edge], found[-edge - 1]


def cells(result: Result) -> Cells:
    """What each measurement that counts has found."""
    found: Cells = defaultdict(lambda: defaultdict(dict))
    for run in result.runs:
        for quantity in QUANTITIES:
            figure = None if run.void else value(run, quantity)
            if figure is not None and figure > 0:
                found[run.label, quantity.name][run.target][run.round] = figure
    return found


def pairs(a: Cells, b: Cells, one: str, other: str) -> Iterator[Pairs]:
    """Target `one` of A beside target `other` of B, row by row."""
    quantities = {quantity.name: quantity for quantity in QUANTITIES}
    for (label, name), targets in a.items():
        first, second = targets.get(one, {}), b.get((label, name), {}).get(other, {})
        common = sorted(set(first) & set(second))
        if common:
            ratios = tuple(second[turn] / first[turn] for turn in common)
            whole = median(first.values()), median(second.values())
            ends = interval(ratios) if len(ratios) >= LEAST else (0.0, inf)
            yield Pairs(label, quantities[name], *whole, ratios, *ends)


@dataclass(frozen=True)
class Comparison:
    a: str
    b: str
    rows: tuple[Pairs, ...]
    notes: tuple[str, ...] = ()

    def slower(self, than: float) -> list[Pairs]:
        return [row for row in self.rows if row.slower(than)]

    def text(self) -> str:
        notes = [f'note: {note}' for note in self.notes]
        head = ['', self.a, self.b, '']
        body = [
            [
                ': '.join(filter(None, (row.label, row.quantity.title))),
                measure(row.a, row.quantity.unit),
                measure(row.b, row.quantity.unit),
                row.verdict('B' if self.a.startswith('A: ') else self.b),
            ]
            for row in self.rows
        ]
        first, left, right, _ = (max(map(len, column)) for column in zip(head, *body, strict=True))
        lines = [
            f'{name:{first}}  {a:>{left}}  {b:>{right}}  {words}'.rstrip()
            for name, a, b, words in (head, *body)
        ]
        return '\n'.join([*notes, *lines])

    def as_json(self) -> dict[str, Any]:
        rows = []
        for row in self.rows:
            told = {
                'label': row.label,
                'quantity': row.quantity.name,
                'title': row.quantity.title,
                'unit': row.quantity.unit,
                'better': row.quantity.better,
                'a': row.a,
                'b': row.b,
                'rounds': len(row.ratios),
                'ratio': row.ratio,
                'low': row.low if row.enough else None,
                'high': row.high if row.enough else None,
                'verdict': row.verdict(),
            }
            rows.append(told)
        return {'a': self.a, 'b': self.b, 'notes': list(self.notes), 'rows': rows}


def comparisons(
    results: Sequence[Result], targets: Sequence[str] = (), only: Sequence[str] = ()
) -> list[Comparison]:
    """Of two results, or of two targets within one; `only` these quantities."""
    if unknown := set(only) - {quantity.name for quantity in QUANTITIES}:
        names = ', '.join(quantity.name for quantity in QUANTITIES)
        raise Incomparable(f'no figure {min(unknown)}: there are {names}')
    if len(results) == 2 and not targets:
        kinds = [str(result.scenario.get('kind')) for result in results]
        if kinds[0] != kinds[1]:
            raise Incomparable(f'A measured {kinds[0]}, B {kinds[1]}')
        found = between(*results)
    elif len(results) == 1 and len(targets) == 2:
        found = [within(results[0], *targets)]
    elif len(results) == 1:
        raise Incomparable('one result: name two of its targets, --targets A,B')
    else:
        raise Incomparable('two results are compared, or two targets of one (--targets A,B)')
    if only:
        kept = [tuple(row for row in one.rows if row.quantity.name in only) for one in found]
        found = [replace(one, rows=rows) for one, rows in zip(found, kept, strict=True)]
    if not any(one.rows for one in found):
        voids = [run.void[0] for result in results for run in result.runs if run.void]
        why = f'; void: {voids[0]}' if voids else ''
        raise Incomparable(f'nothing was measured in both{why}')
    return found


def within(result: Result, one: str, other: str) -> Comparison:
    """Two targets of one result, which took turns."""
    known = [target.name for target in result.targets]
    for name in (one, other):
        if name not in known:
            raise Incomparable(f'no target {name} in this result: it has {", ".join(known)}')
    found = cells(result)
    return Comparison(one, other, tuple(pairs(found, found, one, other)))


def between(a: Result, b: Result) -> list[Comparison]:
    """Each target of A beside the same one of B; where both have but one, these."""
    first = [target.name for target in a.targets]
    second = [target.name for target in b.targets]
    common = [(name, name) for name in first if name in second]
    if not common and len(first) == len(second) == 1:
        common = [(first[0], second[0])]
    if not common:
        raise Incomparable(f'no common target: {", ".join(first)} and {", ".join(second)}')
    notes, cells_a, cells_b = tuple(differences(a, b)), cells(a), cells(b)
    return [
        Comparison(f'A: {one}', f'B: {other}', tuple(pairs(cells_a, cells_b, one, other)), notes)
        for one, other in common
    ]


def differences(a: Result, b: Result) -> Iterator[str]:
    """What else than the servers may have made the difference."""
    yield (
        'A and B were not measured in turns, and a machine changes within the hour: '
        'two targets of one run tell more'
    )
    for name in sorted({*a.scenario, *b.scenario} - {'name', 'targets', 'rounds'}):
        left, right = a.scenario.get(name), b.scenario.get(name)
        if left != right:
            yield f'the scenarios differ: {name} {left} and {right}'
    yield from surroundings(a.environment, b.environment)
    versions = [{target.name: target.versions for target in result.targets} for result in (a, b)]
    for name in sorted(set(versions[0]) & set(versions[1])):
        for part, left, right in unequal(versions[0][name], versions[1][name]):
            yield f'{name}: {part} {left} and {right}'


def surroundings(a: Environment, b: Environment) -> Iterator[str]:
    names = ('cpu', 'cores', 'memory', 'kernel', 'python', 'load_generator', 'open_files')
    for name in (*names, 'server_core', 'load_cores'):
        left, right = getattr(a, name), getattr(b, name)
        if left != right:
            yield f'{name.replace("_", " ")}: {left} and {right}'
    for part, left, right in (*unequal(a.versions, b.versions), *unequal(a.sysctls, b.sysctls)):
        yield f'{part}: {left} and {right}'
    if a.commit != b.commit:
        yield f'commit: {a.commit} and {b.commit}'


def unequal(a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name in sorted({*a, *b}):
        if a.get(name) != b.get(name):
            yield name, a.get(name, 'none'), b.get(name, 'none')
