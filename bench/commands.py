"""The commands that measure no server: they look at results and at what can be chosen."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from bench import loading, values
from bench.arguments import Parser, Wrong
from bench.build import BuildError
from bench.load.generator import limit, native
from bench.measuring import RESULT, VOID, drawn, prepared, say
from bench.process import pinned
from bench.result import Result
from bench.whom import listed
from gateway.config.mistakes import nearest


def compare(words: list[str]) -> int:
    from bench import compare  # noqa: PLC0415

    parser = Parser('compare')
    parser.add_argument('files', nargs='+', type=Path, metavar='FILE', help='A and B, or one')
    about = 'within one result: A,B'
    parser.add_argument('--targets', metavar='A,B', help=about)
    parser.add_argument('--only', metavar='NAME,…', help='these figures only, such as p99')
    parser.add_argument('--json', action='store_true', help='as JSON')
    about = 'exit with 1 where B is slower by more than that, beyond the noise'
    parser.add_argument('--fail-if-slower', type=values.share, metavar='PERCENT', help=about)
    options = parser.finished(words)
    results = [loaded(path) for path in options.files]
    try:
        found = compare.comparisons(results, named(options.targets), named(options.only))
    except compare.Incomparable as error:
        raise Wrong(str(error)) from None
    if options.json:
        print(json.dumps([one.as_json() for one in found], indent=1, ensure_ascii=False))
    else:
        print('\n\n'.join(one.text() for one in found))
    if options.fail_if_slower is None:
        return 0
    if not any(len(row.ratios) >= compare.LEAST for one in found for row in one.rows):
        raise Wrong(f'--fail-if-slower: too few rounds to tell; --rounds {compare.LEAST} is enough')
    slower = [row for one in found for row in one.slower(options.fail_if_slower)]
    return VOID if slower else 0


def named(text: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in (text or '').split(','))))


def loaded(path: Path) -> Result:
    try:
        return Result.load(path)
    except OSError as error:
        raise Wrong(f'{path}: {error.strerror or error}') from None
    except ValueError as error:
        raise Wrong(f'{path}: {error}') from None


def report(words: list[str]) -> int:
    from bench.report import table  # noqa: PLC0415

    parser = Parser('report')
    parser.add_argument('files', nargs='+', type=Path, metavar='RESULT', help='result.json')
    parser.add_argument('--out', type=Path, metavar='FOLDER', help='(default: beside the result)')
    parser.add_argument('--target', metavar='NAME,…', help='only these, in this order')
    parser.add_argument('--markdown', action='store_true', help='the table as markdown, no page')
    options = parser.finished(words)
    if options.out and len(options.files) > 1:
        raise Wrong('--out is for one result')
    results = [(path, of_targets(loaded(path), options.target)) for path in options.files]
    folders = [options.out or beside(path) for path in options.files]
    if len({*folders}) < len({path.resolve() for path in options.files}):
        raise Wrong(f'{" and ".join(map(str, options.files))}: their reports have the same name')
    if not options.markdown:
        folders = [prepared(folder) for folder in folders]
    for (_, result), folder in zip(results, folders, strict=True):
        say(table.markdown(result) if options.markdown else table.text(result))
        if not options.markdown:
            drawn(result, folder)
    return 0


def of_targets(result: Result, names: str | None) -> Result:
    """What it says of some targets alone."""
    if names is None:
        return result
    every = {target.name: target for target in result.targets}
    wanted = [name.strip() for name in names.split(',') if name.strip()]
    for name in wanted:
        if name not in every:
            raise Wrong(f'--target {name}: {nearest(name, every)}')
    runs = tuple(run for run in result.runs if run.target in wanted)
    targets = tuple(every[name] for name in wanted)
    return result.model_copy(update={'targets': targets, 'runs': runs})


def beside(path: Path) -> Path:
    """Where the report of a result goes: one that shares a folder with others has its own."""
    if path.name == RESULT:
        return path.parent
    stem = path.name.removesuffix('.gz').removesuffix('.json')
    return path.with_name(stem if stem != path.name else f'{stem}-report')


def scenarios(words: list[str]) -> int:
    Parser('scenarios').finished(words)
    listing((name, loading.about(path)) for name, path in loading.scenarios().items())
    return 0


def targets(words: list[str]) -> int:
    Parser('targets').finished(words)
    listing((one['name'], one['about']) for one in listed(sys.executable))
    return 0


def listing(rows: Iterable[tuple[str, str]]) -> None:
    """Names and what they are."""
    table = list(rows)
    width = max((len(name) for name, _ in table), default=0)
    for name, about in table:
        print(f'{name:{width}}  {about}'.rstrip())


def selftest(words: list[str]) -> int:
    """How many messages a CPU second the load generators take where they arrive together."""
    parser = Parser('selftest')
    core, about = values.spare_cores()[0], 'where it is measured (default: %(default)s)'
    parser.add_argument('--core', type=values.core, default=core, metavar='N', help=about)
    core = parser.finished(words).core
    rows = []
    try:
        with pinned(core):
            done = subprocess.run([*native(), 'selftest'], capture_output=True, check=True)
        told = json.loads(done.stdout)
        rows.append(('native', told['received'] / told['cpu_seconds']))
    except BuildError as error:
        print(f'no native load generator: {error}', file=sys.stderr)
    rows.append(('python', limit(core)))
    listing((name, f'{value:,.0f} messages a CPU second') for name, value in rows)
    return 0
