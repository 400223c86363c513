"""python -m bench SCENARIO … : the benchmarks from the command line.

python -m bench table                     every row; JSON and markdown in bench/.results
python -m bench cost echo                 some rows
python -m bench --quick table             a smoke test of some two minutes; no figures to quote
python -m bench selftest                  what the load generator itself can receive
BENCH_TRIAL=fanout_trial.py python -m bench cost     with a trial of the design beside the rest
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from bench import build, load, machine, report, targets
from bench.rig import Settings
from bench.stats import Figure

SCENARIOS = tuple(
    'cost peak openloop binary msgpack echo connect idle starvation handlers '
    'start compression tls'.split()
)


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m bench',
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('scenario', nargs='+', choices=[*SCENARIOS, 'table', 'selftest'])
    add('--quick', action='store_true', help='few and short rounds, a small crowd')
    add('--rounds', type=int, help='rounds of each scenario (6)')
    add('--ms', type=int, help='length of a run in milliseconds (1500)')
    add('--crowd', type=int, help='the greater number of connections (9000)')
    add('--targets', default=','.join(targets.MAKERS), help='comma-separated (%(default)s)')
    add('--python', default=sys.executable, help='the Python that runs the gateway and the trial')
    cores = sorted(os.sched_getaffinity(0))
    add('--server-core', type=int, default=cores[0])
    add('--load-core', type=int, default=cores[-1])
    add('--out', type=Path, default=targets.ROOT / 'bench' / '.results')
    options = parser.parse_args(argv)
    if unknown := set(options.targets.split(',')) - set(targets.MAKERS):
        parser.error(f'unknown targets: {", ".join(sorted(unknown))}')
    return options


def settings_of(options: argparse.Namespace) -> Settings:
    quick = options.quick
    return Settings(
        targets=targets.chosen(options.targets.split(','), options.python),
        rounds=options.rounds or (2 if quick else 6),
        ms=options.ms or (300 if quick else 1500),
        quick=quick,
        server_core=options.server_core,
        load_core=options.load_core,
        crowd=options.crowd or (2000 if quick else 9000),
        say=lambda text: print(text, file=sys.stderr, flush=True),
    )


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    if 'selftest' in options.scenario:
        print(json.dumps(load.selftest()))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # lets every child process be stopped
    with alone():
        return measure(options)


@contextmanager
def alone() -> Iterator[None]:
    """Two of these at once would measure each other: the second waits."""
    build.cache().mkdir(parents=True, exist_ok=True)
    with (build.cache() / 'lock').open('w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print('waiting for another run of the benchmarks to end', file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def measure(options: argparse.Namespace) -> int:
    names = SCENARIOS if 'table' in options.scenario else options.scenario
    settings = settings_of(options)
    about = machine.about(options.python)
    about['method'] = (
        f'{settings.rounds} rounds of {settings.ms} ms, crowd {settings.crowd}'
        f'{", quick: a smoke test, not figures" if settings.quick else ""}'
    )
    figures: list[Figure] = []
    options.out.mkdir(parents=True, exist_ok=True)
    stem = options.out / ('table' if len(names) == len(SCENARIOS) else '-'.join(names))
    for name in names:
        figures += import_module(f'bench.scenarios.{name}').run(settings)
        result = {'about': about, 'figures': [figure.as_json() for figure in figures]}
        stem.with_suffix('.json').write_text(json.dumps(result, indent=1) + '\n')
        stem.with_suffix('.md').write_text(report.markdown(figures, about))
    print(stem.with_suffix('.md').read_text())
    return 0


if __name__ == '__main__':
    sys.exit(main())
