"""The commands that measure: one scenario, or all that the bar asks for.

Rules of this file:
- All input is checked before anything is measured.
- The result is written before anything is drawn; the table is on standard output.
- Two of these at once would measure each other: the second waits.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bench import arguments, bars, build, checks, loading
from bench.arguments import Options, Parser, Wrong
from bench.bars import SCENARIOS
from bench.live import live
from bench.result import Result
from bench.rig import Settings
from bench.runner import FAILURES, run
from bench.scenario import Scenario
from bench.targets import Target
from bench.whom import chosen
from gateway.config.mistakes import nearest

VOID, WRONG, FAILED, INTERRUPTED = 1, 2, 3, 130
RESULTS = Path(__file__).parent / '.results'
RESULT, PAGE = 'result.json', 'report.html'
KEPT = '.json.gz'  # of the bar: one for each scenario
ANYONE = {'fanout', 'echo', 'connect', 'idle', 'mixed'}  # what any server can do


class Failed(RuntimeError):
    """Nothing could be measured, whoever's fault it is."""


def measure(command: str, base: Scenario, words: list[str], argv: list[str]) -> int:
    options, scenario = arguments.parse(command, base, words)
    checks.possible(scenario)
    found = chosen(scenario, options)
    folder = prepared(options.out or RESULTS / f'{scenario.name or command}-{now()}')
    result = measured(scenario, found, options, arguments.repeated(argv))
    return told(result, folder)


def prepared(folder: Path) -> Path:
    """A folder that can be written to, before hours are spent on what goes there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Wrong(f'--out {folder}: {error.strerror or error}') from None
    if not os.access(folder, os.W_OK):
        raise Wrong(f'--out {folder}: may not be written to')
    return folder


def measured(
    scenario: Scenario, targets: Sequence[Target], options: Options, command: str
) -> Result:
    with alone(quiet=options.quiet), live(quiet=options.quiet, plain=options.plain) as view:
        settings = Settings(
            server_core=options.server_core,
            load_cores=options.load_cores,
            native=options.generator == 'native',
            python=options.python,
            live=view,
        )
        try:
            return run(scenario, targets, settings, command)
        except FAILURES as error:
            raise Failed(str(error) or type(error).__name__) from error


def bar(words: list[str]) -> int:
    """Measure what the gateway is held to, scenario by scenario, and judge all results there."""
    parser = Parser('bar')
    parser.add_argument('--only', metavar='NAME,…', default='', help=f'of {", ".join(SCENARIOS)}')
    for add in (arguments.add_targets, arguments.add_machine, arguments.add_output):
        add(parser)
    options = parser.finished(words)
    names = [name.strip() for name in options.only.split(',') if name.strip()] or SCENARIOS
    if unknown := [name for name in names if name not in SCENARIOS]:
        raise Wrong(f'--only {unknown[0]}: {nearest(unknown[0], SCENARIOS)}')
    ordered = [asked(name, options) for name in names]
    checked = [(scenario, chosen(scenario, options)) for scenario in ordered]
    folder = prepared(options.out or RESULTS / f'bar-{now()}')
    codes = {0}
    for name, (scenario, found) in zip(names, checked, strict=True):
        given = ['run', name, '--target', ','.join(scenario.targets)]
        given += machine_words(parser, options) + ['--quick'] * options.quick
        command = arguments.repeated(given)
        try:
            result = measured(scenario, found, options, command)
        except Failed as error:
            complain(f'{name}: {error}')
            codes.add(FAILED)
            continue
        result.save(folder / f'{name}{KEPT}')
        codes.add(code(result))
        if result.interrupted:
            break
    return max(codes | {judged(folder, quick=options.quick)})


def machine_words(parser: Parser, options: Options) -> list[str]:
    """What was chosen otherwise than by default, as it is typed."""
    words = []
    for name in ('server_core', 'load_cores', 'generator'):
        chosen = getattr(options, name)
        if chosen != parser.get_default(name):
            text = ','.join(map(str, chosen)) if isinstance(chosen, tuple) else str(chosen)
            words += [arguments.flag(name), text]
    return words


def asked(name: str, options: Options) -> Scenario:
    """A scenario of the bar; other targets where it is one that any server can do."""
    scenario = loading.load(loading.find(name))
    names = arguments.targets(options)
    if names and getattr(scenario, 'kind', '') in ANYONE:
        scenario = scenario.model_copy(update={'targets': names})
    return arguments.quickened(scenario, {}) if options.quick else scenario


def judged(folder: Path, *, quick: bool) -> int:
    """Print the verdicts on all results in a folder."""
    results = []
    for path in sorted(folder.glob(f'*{KEPT}')):
        try:
            results.append(Result.load(path))
        except (OSError, ValueError) as error:
            complain(f'{path}: {error}, left out')
    found = list(bars.verdicts(results))
    say(bars.text(found))
    say(f'\nthe results: {folder}')
    if quick:
        say('a smoke test: no figures to quote')
        return 0
    return VOID if any(one.met is False for one in found) else 0


def code(result: Result) -> int:
    if result.interrupted:
        return INTERRUPTED
    return VOID if any(run.void for run in result.runs) else 0


def told(result: Result, folder: Path) -> int:
    """Keep it, print it, draw it; the exit code."""
    from bench.report import table  # noqa: PLC0415

    result.save(folder / RESULT)
    say(table.text(result))
    try:
        drawn(result, folder)
    except KeyboardInterrupt:
        complain(f'interrupted: python -m bench report {folder / RESULT} draws what was measured')
        return INTERRUPTED
    if result.interrupted:
        complain('interrupted: this is what was measured until then')
    return code(result)


def drawn(result: Result, folder: Path) -> None:
    """The page, and its pictures where they can be drawn."""
    from bench.report import page  # noqa: PLC0415

    try:
        from bench.report import plots  # noqa: PLC0415

        pictures = plots.draw(result, folder)
        (folder / PAGE).write_text(page.html(result, pictures), encoding='utf-8')
    except ModuleNotFoundError as error:
        print(f'no page: {error.name} is not installed', file=sys.stderr)
    else:
        say(f'\nthe page: {folder / PAGE}')


@contextmanager
def alone(*, quiet: bool) -> Iterator[None]:
    """Two of these at once would measure each other: the second waits."""
    build.cache().mkdir(parents=True, exist_ok=True)
    with (build.cache() / 'lock').open('w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not quiet:
                print(
                    'waiting for another run of the benchmarks to end', file=sys.stderr, flush=True
                )
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def now() -> str:
    return datetime.now().astimezone().strftime('%Y-%m-%d-%H%M%S')


def say(text: str) -> None:
    """On standard output. Who has read enough of it (`… | head -1`) spoils no run."""
    with contextlib.suppress(BrokenPipeError):
        print(text)
    heard()


def heard() -> None:
    """What was said is out; where nobody reads any more, it goes nowhere from now on."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(text: str) -> None:
    print(f'bench: {text}', file=sys.stderr, flush=True)
