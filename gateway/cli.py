"""The command line. Exit codes: 0, 1 failed, 2 wrong usage, 3 wrong configuration, 4 restart.

What a command needs is imported when the command is known: most of a start is importing.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace as Chosen

    from gateway.errors import Problem

FAILED_START = 1
WRONG_CONFIGURATION = 3
NEEDS_RESTART = 4
REFUSALS = {'wrong_configuration': WRONG_CONFIGURATION, 'needs_restart': NEEDS_RESTART}
NEEDED = frozenset(
    {'socketio', 'engineio', 'tornado', 'yaml', 'pydantic', 'orjson', 'msgpack', 'cel', 're2'}
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # Ctrl-C during a start ends it without a traceback
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    import gc  # noqa: PLC0415

    from gateway.errors import ConfigError  # noqa: PLC0415

    try:
        from gateway.commands.arguments import parse  # noqa: PLC0415

        chosen = parse(argv)
        gc.disable()  # what a start makes stays: looking for garbage in it is a tenth of its time
        return COMMANDS[chosen.command](chosen)
    except ModuleNotFoundError as error:
        name = (error.name or '').partition('.')[0]
        if name not in NEEDED:
            raise
        mend = 'run make install, then .venv/bin/python run_gateway.py …'
        print(f'{name} is not installed for this Python: {mend}', file=sys.stderr)
        return FAILED_START
    except ConfigError as error:
        complain(error.problems, error.text)
        if not chosen.config.exists():
            print('--config FILE names another', file=sys.stderr)
        return WRONG_CONFIGURATION
    except BrokenPipeError:  # routes | head -1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED_START
    finally:
        gc.enable()
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
            signal.signal(signal.SIGINT, before)


def serve(chosen: 'Chosen') -> int:
    from gateway.errors import StartError  # noqa: PLC0415

    try:
        if chosen.watch:
            from gateway.commands.watch import watch  # noqa: PLC0415

            watch(chosen.config, say)
        else:
            start(chosen)
    except StartError as error:
        print(f'{chosen.config}: {error}', file=sys.stderr)
        return FAILED_START
    return 0


def start(chosen: 'Chosen') -> None:
    tell = lifeline(chosen.lifeline)
    from gateway.config.load import load  # noqa: PLC0415
    from gateway.errors import ConfigError  # noqa: PLC0415

    try:
        config = load(chosen.config)
    except ConfigError:
        from gateway.commands.check import check  # noqa: PLC0415

        check(chosen.config)  # it finds even more
        raise
    import logging  # noqa: PLC0415

    from gateway.daemon import serve  # noqa: PLC0415

    def started(line: str) -> None:
        tell()
        if config.log.format in {'json', 'logfmt'}:  # a program reads it all
            logging.getLogger('gateway.daemon').info('%s', line)
        else:
            say(line)

    try:
        serve(config, started, chosen.log_level)
    except ConfigError as error:  # of its Python handlers
        error.text = config.document.text
        raise
    finally:
        tell()


def lifeline(fileno: int | None) -> Callable[[], None]:
    """How a gateway under `--watch` tells what it has imported."""
    if fileno is None:
        return lambda: None
    from gateway.commands.watch import Lifeline  # noqa: PLC0415

    line = Lifeline(fileno)
    line.hold()
    return line.tell


def check(chosen: 'Chosen') -> int:
    from gateway.commands.check import check, warnings  # noqa: PLC0415

    checked = check(chosen.config)
    odd = warnings(checked) if chosen.strict else []
    if odd:
        complain(odd, checked.config.document.text, 'warning')
        print('\nwhat is meant to be so: write # intended at the end of its line', file=sys.stderr)
    for line in checked.notes:
        print(f'{chosen.config}: warning: {line}', file=sys.stderr)
    if chosen.strict and (odd or checked.notes):
        return WRONG_CONFIGURATION
    say(f'{chosen.config}: ok ({checked.size})')
    return asked(chosen, dry=True) if chosen.diff else 0


def reload(chosen: 'Chosen') -> int:
    return asked(chosen, dry=False)


def asked(chosen: 'Chosen', *, dry: bool) -> int:
    """Reload the running gateway, or only ask what it would do."""
    from gateway.commands.running import ask  # noqa: PLC0415
    from gateway.config.changes import Change  # noqa: PLC0415
    from gateway.errors import Problem, StartError  # noqa: PLC0415

    try:
        answer = ask(
            chosen.config, chosen.admin, '/api/v1/reload', {'dry_run': True} if dry else {}
        )
    except StartError as error:
        print(f'{chosen.config}: {error}', file=sys.stderr)
        return FAILED_START
    if problems := answer.get('problems'):
        text = chosen.config.read_text(encoding='utf-8', errors='replace')
        complain([Problem(**one) for one in problems], text)
    for change in answer.get('changes', ()):
        say(str(Change(**change)))
    refusal = answer.get('error')
    if refusal is not None:
        print(f'{chosen.config}: {refusal["message"]}', file=sys.stderr)
        return REFUSALS.get(refusal['code'], FAILED_START)
    if gone := answer.get('disconnected'):
        say(f'clients disconnected with their namespace: {gone}')
    outcome = 'a reload would take this over' if dry else 'reloaded'
    if not answer['changes']:
        outcome = 'nothing has changed in the file'
    say(f'{chosen.config}: {outcome}')
    return 0


def routes(chosen: 'Chosen') -> int:
    from gateway.commands.check import check  # noqa: PLC0415
    from gateway.commands.routes import table, tree  # noqa: PLC0415

    checked = check(chosen.config)
    if chosen.json:
        from json import dumps  # noqa: PLC0415

        say(dumps(tree(checked), indent=2, ensure_ascii=False))
    else:
        for line in table(checked):
            say(line)
    return 0


def explain(chosen: 'Chosen') -> int:
    from gateway.commands.check import check  # noqa: PLC0415
    from gateway.commands.explain import explain  # noqa: PLC0415
    from gateway.commands.recorder import Visitor  # noqa: PLC0415

    visitor = Visitor(
        chosen.session, chosen.claims, chosen.auth, set(chosen.rooms), chosen.namespace
    )
    for line in explain(check(chosen.config), chosen.event, chosen.args, visitor):
        say(line)
    return 0


def schema(chosen: 'Chosen') -> int:
    from json import dumps  # noqa: PLC0415

    from gateway.config.schema import schema  # noqa: PLC0415

    say(dumps(schema(), indent=2, ensure_ascii=False))
    return 0


COMMANDS: dict[str, Callable[['Chosen'], int]] = {
    'serve': serve,
    'check': check,
    'reload': reload,
    'routes': routes,
    'explain': explain,
    'schema': schema,
}


def say(line: str) -> None:
    print(line, flush=True)


def complain(problems: 'Sequence[Problem]', text: str, mark: str = '') -> None:
    from gateway.commands.show import shown, wants_colour  # noqa: PLC0415

    print(shown(problems, text, mark, colour=wants_colour(sys.stderr)), file=sys.stderr)
