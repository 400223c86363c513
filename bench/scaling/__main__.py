"""python -m bench.scaling: what many clients need, from measured costs.

python -m bench.scaling measure --out growth.json      some five minutes for each target
python -m bench.scaling queue --out queue.json         the same for a queue between gateways
python -m bench.scaling growth.json                    costs, predictions, needs: as tables
python -m bench.scaling page growth.json queue.json    writes docs/scaling.md
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from bench.result import Result
from bench.scaling import growth, queue
from bench.scaling.page import page, tables
from bench.targets import ROOT, TargetError, target

PAGE = ROOT / 'docs' / 'scaling.md'


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m bench.scaling',
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest='command', required=True)
    cores = sorted(os.sched_getaffinity(0))
    add = commands.add_parser('measure', help='costs by the number of clients').add_argument
    add('--target', default='gateway', help='comma-separated (%(default)s)')
    add('--rounds', type=int, default=6, help='fresh starts of each target (%(default)s)')
    add('--seconds', type=float, default=1.5, help='of each measurement (%(default)s)')
    add('--sizes', default=','.join(map(str, growth.SIZES)), help='clients (%(default)s)')
    add('--resting', type=float, default=50, help='seconds at rest (%(default)s)')
    add('--server-core', type=int, default=cores[0])
    add('--load-cores', default=str(cores[-1]), help='comma-separated (%(default)s)')
    add('--out', type=Path, required=True, help='the result: .json or .json.gz')
    add = commands.add_parser('queue', help='what a queue between gateways costs').add_argument
    add('--rounds', type=int, default=6, help='fresh starts (%(default)s)')
    add('--seconds', type=float, default=8, help='of each measurement of latency (%(default)s)')
    add('--server-core', type=int, default=cores[0], help='for the gateways')
    add('--load-core', type=int, default=cores[-1], help='for Redis and the load')
    add('--out', type=Path, required=True, help='the result: .json or .json.gz')
    for name, what in (('tables', 'what follows from a result'), ('page', f'write {PAGE.name}')):
        add = commands.add_parser(name, help=what).add_argument
        add('result', type=Path)
        if name == 'page':
            add('queue', type=Path)
        add('--target', default='gateway')
        if name == 'page':
            add('--out', type=Path, default=PAGE)
    return parser.parse_args(argv if not is_result(argv) else ['tables', *argv])


def is_result(argv: list[str]) -> bool:
    return bool(argv) and '.json' in argv[0]


def measure(options: argparse.Namespace) -> int:
    plan = growth.Plan(
        targets=[target(name) for name in options.target.split(',')],
        server_core=options.server_core,
        load_cores=[int(core) for core in options.load_cores.split(',')],
        rounds=options.rounds,
        seconds=options.seconds,
        sizes=[int(size) for size in options.sizes.split(',')],
        resting=options.resting,
    )
    result = growth.measure(plan, f'python -m bench.scaling {shlex.join(sys.argv[1:])}')
    return kept(result, options.out)


def measure_queue(options: argparse.Namespace) -> int:
    plan = queue.Plan(options.server_core, options.load_core, options.rounds, options.seconds)
    result = queue.measure(plan, f'python -m bench.scaling {shlex.join(sys.argv[1:])}')
    return kept(result, options.out)


def kept(result: Result, out: Path) -> int:
    result.save(out)
    for run in result.runs:
        if run.void:
            print(f'void: {run.target}, round {run.round}, {run.label}: {", ".join(run.void)}')
    return 130 if result.interrupted else int(any(run.void for run in result.runs))


def main(argv: list[str]) -> int:
    options = parse(argv)
    try:
        if options.command == 'measure':
            return measure(options)
        if options.command == 'queue':
            return measure_queue(options)
        result = Result.load(options.result)
        if options.command == 'page':
            options.out.write_text(page(result, Result.load(options.queue), options.target))
        else:
            print(tables(result, options.target))
    except (OSError, ValueError, TargetError) as error:
        print(f'bench.scaling: {error}', file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
