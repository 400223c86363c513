"""The command line. Exit codes: 0, 1 failed start, 2 wrong usage, 3 wrong configuration."""

import argparse
import gc
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from gateway import __version__
from gateway.errors import ConfigError, StartError

FAILED_START = 1
WRONG_CONFIGURATION = 3

DESCRIPTION = 'A realtime gateway: Socket.IO on one side, one YAML file on the other.'
EPILOG = """\
commands:
  serve   serve until SIGTERM or SIGINT (the default)
  check   check the configuration, print every problem, and exit

exit codes:
  0  all is well
  1  the gateway could not start (a port in use, for example)
  2  wrong usage
  3  wrong configuration; every problem is on standard error
"""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    arguments = argparse.ArgumentParser(
        prog='socketio-gateway',
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    arguments.add_argument(
        'command',
        nargs='?',
        choices=('serve', 'check'),
        default='serve',
        metavar='COMMAND',
        help='serve (default) or check',
    )
    arguments.add_argument(
        '--config',
        type=Path,
        default=Path('conf/gateway.yaml'),
        metavar='FILE',
        help='the configuration (default: %(default)s)',
    )
    arguments.add_argument(
        '--log-level',
        choices=('debug', 'info', 'warning', 'error'),
        default='info',
        help='what goes to standard error (default: %(default)s)',
    )
    arguments.add_argument('--version', action='version', version=f'%(prog)s {__version__}')
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    chosen = parser().parse_args(argv)
    gc.disable()  # what a start makes stays: looking for garbage in it is a tenth of its time
    try:
        return run(chosen)
    finally:
        gc.enable()


def run(chosen: argparse.Namespace) -> int:
    """The command that was chosen; what it needs is imported when it is known."""
    from gateway.config.load import load  # noqa: PLC0415

    try:
        config = load(chosen.config)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return WRONG_CONFIGURATION
    if chosen.command == 'check':
        if config.server.tls and (warning := config.server.tls.warning()):
            print(f'{chosen.config}: warning: {warning}', file=sys.stderr)
        spaces = len(config.namespaces)
        events = sum(len(routes.events) for routes in config.namespaces.values())
        print(f'{chosen.config}: ok ({count(spaces, "namespace")}, {count(events, "event")})')
        return 0
    from gateway.app import serve  # noqa: PLC0415

    try:
        serve(config, partial(print, flush=True), chosen.log_level)
    except StartError as error:
        print(f'{chosen.config}: {error}', file=sys.stderr)
        return FAILED_START
    return 0


def count(number: int, noun: str) -> str:
    return f'{number:,} {noun}{"" if number == 1 else "s"}'
