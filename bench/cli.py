"""The commands of `python -m bench`, and their exit codes.

Rules of this file:
- 0 all well, 1 void (or slower, or the bar missed), 2 wrong input, 3 a target or the load generator
  failed, 130 interrupted.
- What goes wrong is one line on standard error that begins with `bench: `.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence

from bench import commands, loading, measuring, usage
from bench.arguments import PROGRAM, Wrong
from bench.build import BuildError
from bench.load.generator import LoadError
from bench.measuring import FAILED, INTERRUPTED, WRONG, Failed, complain
from bench.scenario import KINDS
from bench.targets import NAMES, TargetError
from gateway.commands.show import shown, wants_colour
from gateway.config.mistakes import nearest
from gateway.errors import ConfigError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        return outcome(argv)
    finally:
        measuring.heard()


def outcome(argv: Sequence[str] | None) -> int:
    try:
        return dispatch(list(sys.argv[1:] if argv is None else argv))
    except ConfigError as error:
        for problem in error.problems:
            complain(shown([problem], error.text, colour=wants_colour(sys.stderr)))
        return WRONG
    except (Wrong, TargetError, loading.UnknownScenario) as error:
        complain(str(error))
        return WRONG
    except (Failed, LoadError, BuildError) as error:
        complain(str(error))
        return FAILED
    except KeyboardInterrupt:
        complain('interrupted')
        return INTERRUPTED
    except BrokenPipeError:  # scenarios | head -1
        return 0
    except Exception:  # our own fault: not to be taken for a void run
        traceback.print_exc()
        return FAILED


def dispatch(argv: list[str]) -> int:
    if not argv or argv[0] in {'-h', '--help', 'help'}:
        print(usage.main(), end='')
        return 0 if argv else WRONG
    command, rest = argv[0], argv[1:]
    if command in KINDS:
        return measuring.measure(command, KINDS[command](name=command), rest, argv)
    if command == 'run' and rest and not rest[0].startswith('-'):
        base = loading.load(loading.find(rest[0]), (*NAMES, 'all'))
        return measuring.measure(command, base, rest[1:], argv)
    if command in OTHERS:
        return OTHERS[command](rest)
    raise Wrong(f'unknown command {command}: {nearest(command, (*KINDS, *OTHERS))}')


def run_without(words: list[str]) -> int:
    """`run` without a scenario: its help, or what is wrong."""
    if words and words[0] in {'-h', '--help'}:
        print(usage.command('run'), end='')
        return 0
    raise Wrong(f'which scenario? {PROGRAM} run SCENARIO: it comes first')


OTHERS: dict[str, Callable[[list[str]], int]] = {
    'run': run_without,
    'bar': measuring.bar,
    'compare': commands.compare,
    'report': commands.report,
    'scenarios': commands.scenarios,
    'targets': commands.targets,
    'selftest': commands.selftest,
}
