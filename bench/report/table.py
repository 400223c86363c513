"""The figures of a result as text for a terminal and as markdown.

Rules of this file:
- A row is a quantity; a cell the median of the rounds (lowest–highest), and how many times that
  of the first target it is.
- A terminal has 100 columns. Targets that don't fit stand in a second table beneath.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from bench.figures import Row, rows
from bench.report.climb import Step, steps_of
from bench.report.words import (
    environment,
    latency,
    noise,
    number,
    ratio,
    setting,
    voids,
    where,
)
from bench.result import Result

COLUMNS = 100
LABEL = 34  # of them for what a row is


@dataclass(frozen=True)
class Table:
    """Cells as text; the first column says what a row is."""

    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]

    def turned(self) -> Table:
        """Its columns as lines, for where they are many."""
        head, *lines = zip(self.head, *self.lines, strict=True)
        return Table(head, tuple(lines))


def figures(result: Result, found: Sequence[Row] | None = None) -> Table:
    """Every quantity that was measured, or these."""
    names = [target.name for target in result.targets]
    lines = tuple(
        (title(row), *(cell(row, name, names[0]) for name in names))
        for row in (rows(result) if found is None else found)
    )
    return Table(('', *names), lines)


def title(row: Row) -> str:
    label = f'{row.label}: ' if row.label else ''
    unit = f', {row.quantity.unit}' if row.quantity.unit else ''
    return f'{label}{row.quantity.title}{unit}'


def cell(row: Row, target: str, first: str) -> str:
    """8.8 (8.3–10.5), 0.65 ×"""
    median, spread = row.median(target), row.spread(target)
    void = len(row.voids.get(target, ()))
    if median is None or spread is None:
        return 'void' if void else '–'
    text = number(median)
    low, high = map(number, spread)
    if low != high:
        text += f' ({low}–{high})'
    if target != first and (times := row.ratio(target, first)) is not None:
        text += f', {ratio(times)}'
    return text + (f', {void} void' if void else '')


def ladders(result: Result) -> Iterator[tuple[str, Table]]:
    """The climb of each run that has one."""
    head = ('deliveries/s', 'p99', '')
    for run in result.runs:
        if steps := steps_of(run):
            yield where(run), Table(head, tuple(map(_step, steps)))


def _step(step: Step) -> tuple[str, ...]:
    return number(step.deliveries), latency(step.p99), step.failed or 'sustained'


def text(result: Result) -> str:
    """For a terminal."""
    lines = ['\n'.join(wrap(setting(result), COLUMNS)), '']
    table = figures(result)
    for part in _parts(table):
        lines += [*_aligned(part), '']
    for name, climb in ladders(result):
        lines += [f'The climb of {name}', *_aligned(climb), '']
    lines += [*_folded('Void', [f'{where(run)}: {why}' for run, why in voids(result)])]
    if result.interrupted:
        lines += ['Interrupted: these are the rounds until then.', '']
    lines += wrap(noise(result), COLUMNS)
    for name, value in environment(result):
        lines += wrap(f'{name}: {value}', COLUMNS, subsequent_indent='  ')
    return '\n'.join(lines) + '\n'


def _folded(head: str, said: Sequence[str]) -> list[str]:
    folded = [line for one in said for line in wrap(one, COLUMNS - 2, subsequent_indent='  ')]
    return [head, *(f'  {line}' for line in folded), ''] if said else []


def _parts(table: Table) -> Iterator[Table]:
    """As many targets beside each other as fit."""
    left = list(range(1, len(table.head)))
    while left:
        room, chosen = COLUMNS - LABEL, [0]
        while left:
            column = [table.head[left[0]], *(line[left[0]] for line in table.lines)]
            room -= max(map(len, column)) + 2
            if room < 0 and len(chosen) > 1:
                break
            chosen.append(left.pop(0))
        yield Table(
            tuple(table.head[i] for i in chosen),
            tuple(tuple(line[i] for i in chosen) for line in table.lines),
        )


def _aligned(table: Table) -> Iterator[str]:
    """The first column to the left and folded, the others to the right."""
    every = (table.head, *table.lines)
    widths = [max(len(line[i]) for line in every) for i in range(len(table.head))]
    widths[0] = max(1, min(widths[0], LABEL))
    for line in every:
        firsts = wrap(line[0], widths[0]) or ['']
        cells = [value.rjust(width) for value, width in zip(line[1:], widths[1:], strict=True)]
        yield '  '.join([firsts[0].ljust(widths[0]), *cells]).rstrip()
        yield from firsts[1:]


def escaped(value: str) -> str:
    """Nothing in it is markdown."""
    flat = ' '.join(value.split())
    for sign in '\\`*_[]<>|':
        flat = flat.replace(sign, f'\\{sign}')
    return flat


def plain(table: Table) -> str:
    """As a table of markdown."""
    lines = [table.head, tuple('---' for _ in table.head), *table.lines]
    done = ('---',) * len(table.head)
    return '\n'.join(
        '| ' + ' | '.join(line if line == done else map(escaped, line)) + ' |' for line in lines
    )


def markdown(result: Result) -> str:
    """The same as text() for a page."""
    parts = [escaped(setting(result)), plain(figures(result))]
    for name, climb in ladders(result):
        parts += [f'The climb of {escaped(name)}:', plain(climb)]
    void = [f'- {escaped(where(run))}: {escaped(why)}' for run, why in voids(result)]
    if void:
        parts += ['Void:', '\n'.join(void)]
    if result.interrupted:
        parts += ['Interrupted: these are the rounds until then.']
    about = [f'- {escaped(name)}: {escaped(value)}' for name, value in environment(result)]
    return '\n\n'.join([*parts, escaped(noise(result)), '\n'.join(about)]) + '\n'
