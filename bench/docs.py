"""python -m bench.docs: docs/performance.md from performance.md beside this and bench/results.

Rules of this file:
- Prose lives in the template, figures in the results: `{{ table: cost-1000 }}` is a whole result,
  `{{ environment: … }}` and `{{ noise: … }}` what stood around it, `{{ bar }}` the verdicts.
- `{{ targets: cost-1000 p50 p99 }}` has a line for each target, and these quantities.
- `{{ figure: RESULT.QUANTITY.TARGET.median }}` is one figure; `.spread` or `.ratio.OTHER` in the
  place of `.median`, `RESULT/LABEL` where a result has labels.
- What can't be filled is an error that names the line; nothing is ever left empty.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import bars
from bench.figures import Row, rows
from bench.report import table, words
from bench.result import Result

HERE = Path(__file__).parent
TEMPLATE = HERE / 'performance.md'
RESULTS = HERE / 'results'
PAGE = HERE.parent / 'docs' / 'performance.md'
PLACE = re.compile(r'\{\{(.*?)\}\}', re.DOTALL)
ENDINGS = ('.json.gz', '.json')
NEEDS = {
    'bar': False,
    'table': True,
    'targets': True,
    'environment': True,
    'noise': True,
    'figure': True,
}

Results = Mapping[str, Result]


class Unfilled(ValueError):
    """A place in a template for which there is no figure."""


def results(folder: Path = RESULTS) -> dict[str, Result]:
    """By name of their files; ValueError where one can't be read."""
    return {
        path.name.removesuffix(ending): loaded(path)
        for ending in ENDINGS
        for path in sorted(folder.glob(f'*{ending}'))
    }


def loaded(path: Path) -> Result:
    try:
        return Result.load(path)
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from None


def page(template: str, found: Results) -> str:
    """The template with all its places filled; Unfilled tells all that can't be."""
    missing: list[str] = []

    def fill(place: re.Match[str]) -> str:
        try:
            return filling(place[1], found)
        except Unfilled as error:
            line = template.count('\n', 0, place.start()) + 1
            missing.append(f'line {line}: {place[0]}: {error}')
            return ''

    text = PLACE.sub(fill, template)
    if missing:
        raise Unfilled('\n'.join(missing))
    return text


def parsed(place: str) -> tuple[str, str]:
    """What is asked for, and of what."""
    kind, _, rest = (part.strip() for part in place.partition(':'))
    if kind not in NEEDS:
        raise Unfilled(f'{kind!r} is none of {", ".join(NEEDS)}')
    if NEEDS[kind] != bool(rest):
        raise Unfilled(f'{kind} needs {"a result" if NEEDS[kind] else "nothing beside it"}')
    return kind, rest


def filling(place: str, found: Results) -> str:
    kind, rest = parsed(place)
    return FILLINGS[kind](rest, found)


def result(name: str, found: Results) -> Result:
    if name not in found:
        raise Unfilled(f'no result {name!r}; there are {", ".join(sorted(found)) or "none"}')
    return found[name]


def whole(name: str, found: Results) -> str:
    it = result(name, found)
    return with_voids(table.figures(it), it)


def targets(rest: str, found: Results) -> str:
    name, *quantities = rest.split()
    it = result(name, found)
    chosen = table.figures(it, [row_of(it, '', quantity) for quantity in quantities])
    return with_voids(chosen.turned(), it)


def with_voids(shown: table.Table, it: Result) -> str:
    void = [
        f'- void: {table.escaped(words.where(run))}: {table.escaped(why)}'
        for run, why in words.voids(it)
    ]
    return '\n'.join([table.plain(shown), *(['', *void] if void else [])])


def environment(name: str, found: Results) -> str:
    about = words.environment(result(name, found))
    return '\n'.join(f'- {table.escaped(what)}: {table.escaped(which)}' for what, which in about)


def noise(name: str, found: Results) -> str:
    return words.noise(result(name, found))


def bar(_: str, found: Results) -> str:
    """Every row of the bar; one that was not measured is an error like any other."""
    verdicts = list(bars.verdicts(found.values()))
    if missing := [bars.title(one.bar) for one in verdicts if one.figure is None]:
        raise Unfilled(f'not measured: {"; ".join(dict.fromkeys(missing))}')
    head = ('', 'gateway', 'bar', 'found')
    lines = ((bars.title(it.bar), bars.figure(it), str(it.bar), str(it)) for it in verdicts)
    return table.plain(table.Table(head, tuple(lines)))


def figure(path: str, found: Results) -> str:
    """RESULT[/LABEL].QUANTITY.TARGET.(median|spread|ratio.OTHER)"""
    match path.split('.'):
        case [name, quantity, target, ('median' | 'spread') as what]:
            other = ''
        case [name, quantity, target, 'ratio' as what, other]:
            pass
        case _:
            raise Unfilled('write RESULT.QUANTITY.TARGET.median, .spread or .ratio.OTHER')
    name, _, label = name.partition('/')
    row = row_of(result(name, found), label, quantity)
    value = {'median': median, 'spread': spread}.get(what, ratio)(row, target, other)
    if value is None:
        raise Unfilled(f'nothing of {" and ".join(filter(None, (target, other)))} in that row')
    return value


def row_of(it: Result, label: str, quantity: str) -> Row:
    every = {(row.label, row.quantity.name): row for row in rows(it)}
    if row := every.get((label, quantity)):
        return row
    there = ', '.join(f'{label}/{name}' if label else name for label, name in every)
    raise Unfilled(f'no such row; there are {there or "none"}')


def median(row: Row, target: str, _: str) -> str | None:
    value = row.median(target)
    return None if value is None else words.number(value)


def spread(row: Row, target: str, _: str) -> str | None:
    value = row.spread(target)
    return None if value is None else f'{words.number(value[0])}–{words.number(value[1])}'


def ratio(row: Row, target: str, other: str) -> str | None:
    value = row.ratio(target, other)
    return None if value is None else words.ratio(value)


FILLINGS: Mapping[str, Callable[[str, Results], str]] = {
    'bar': bar,
    'table': whole,
    'targets': targets,
    'environment': environment,
    'noise': noise,
    'figure': figure,
}


def main() -> int:
    try:
        PAGE.write_text(page(TEMPLATE.read_text('utf-8'), results(RESULTS)), 'utf-8')
    except (OSError, ValueError) as error:
        print(f'bench: {error}', file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
