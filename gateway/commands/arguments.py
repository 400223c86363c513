"""The words of the command line: options first or last, `serve` where no command is named."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from gateway import __version__
from gateway.config.mistakes import nearest

PROGRAM = 'socketio-gateway'
DEFAULT = Path('conf/gateway.yaml')
LEVELS = ('debug', 'info', 'warning', 'error')

DESCRIPTION = 'A realtime gateway: Socket.IO on one side, one YAML file on the other.'
EPILOG = """\
commands (each has its own --help):
  serve    serve until SIGTERM or SIGINT (the default); --watch restarts on change
  check    check the configuration and the Python handlers, and exit
  reload   let the running gateway take over the configuration as it is now
  routes   list what is routed where
  explain  say what would happen to one event, without starting anything
  schema   print the JSON Schema of the configuration, for editors

exit codes:
  0  all is well
  1  the gateway could not start (a port in use, for example), or does not answer
  2  wrong usage
  3  wrong configuration; every problem is on standard error
  4  a reload that needs a restart
"""

SERVE = """\
Serve until SIGTERM or SIGINT. Handlers may then finish, and clients are told to go, for at most
server.shutdown_timeout; a second signal hurries. SIGHUP takes the configuration over as it is now.

With --watch, for development: start again when the configuration, a handler's file, or any
Python, YAML or PEM file below the configuration's folder changes. While the configuration is
wrong, its problems are printed and the next change is waited for.
"""

CHECK = """\
Check the configuration and import its Python handlers. Every problem is printed in one run as
FILE:LINE:COLUMN: where: what: how to mend it, with its line, on standard error.
"""
CHECK_EPILOG = """\
--strict also warns of what is legal but odd: a route that can't be reached, a handler that nobody
calls, a room whose name is the client's word alone. A line with the comment `# intended` is not
warned of.

--diff asks the running gateway, through its admin listener, what a reload would change.

exit codes:
  0  all is well (without --strict: whatever there is to warn of)
  1  with --diff: the running gateway does not answer
  3  wrong configuration; with --strict also a warning
  4  with --diff: a reload would need a restart
"""

RELOAD = """\
Let the running gateway take over the configuration as its file is now, without touching a
connection, and wait for what becomes of it. It takes over all of it or, where a mistake is in it or
something that needs a restart, nothing.
"""
RELOAD_EPILOG = """\
The gateway is asked through its admin listener, with a key of the file.

exit codes:
  0  it was taken over
  1  the gateway does not answer
  3  wrong configuration: all stays as it was
  4  something needs a restart: all stays as it was
"""

ROUTES = 'List the namespaces with their events, what is done on each, and where that is written.'
ROUTES_EPILOG = """\
--json prints one object, whose keys stay as they are in later versions (there may be more):

  {"namespaces": [{
    "namespace": "/chat",         name or pattern; "*" holds Python handlers for all others
    "auth": "jwt" or null,        what a client must show to connect
    "class": "chat:Chat" or null,
    "routes": [{
      "kind": "connect", "event", "disconnect" or "error",
      "event": "say" or null,     its name, where the kind is event
      "source": "yaml" or "python",
      "place": "gateway.yaml:12:5",
      "sequential": false,
      "timeout": 30.0 or null,    seconds
      "actions": [{
        "verb": "emit",
        "guarded": true,            whether it has an if
        "function": "chat:join" or null,
        "request": "POST http://127.0.0.1:5000/" or null, as it is written
        "place": "…"
      }]
    }]
  }]}

A Python handler is one action with the verb "call"; "function" is its name.
"""

EXPLAIN = """\
Say what would happen to an event of one client: which route matches, what each expression becomes,
what would be sent to whom, and the acknowledgement. Nothing is started, and no Python handler runs.
"""
EXPLAIN_EPILOG = """\
EVENT is an event's name, connect or disconnect. ARGS is a JSON list of the event's arguments; any
other JSON value is the only argument. For connect it is the client's auth object, for disconnect
the reason.

example:
  socketio-gateway explain / say '[{"room": "a", "text": "hi"}]' --rooms '["chat:a"]'
"""

SCHEMA = """\
Print the JSON Schema of the configuration. Editors complete and check with it: name the file in
the configuration's first line, # yaml-language-server: $schema=FILE
"""


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for: `command` and its options. Wrong usage exits with 2."""
    main = parser('', DESCRIPTION, EPILOG)
    main.add_argument('--version', action='version', version=f'%(prog)s {__version__}')
    options(main)
    serving(main)
    main.add_argument('command', nargs='?', metavar='COMMAND', help='serve (default) or another')
    main.add_argument('rest', nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    chosen = main.parse_args(argv)
    if chosen.command is None:
        chosen.command = 'serve'
    if chosen.command not in COMMANDS:
        main.error(unknown(chosen.command))
    if chosen.watch and chosen.command != 'serve':
        main.error(f'{chosen.command} has no --watch')
    return COMMANDS[chosen.command]().parse_args(chosen.rest, chosen)


def unknown(word: str) -> str:
    """What to say to a word that is no command."""
    if word.endswith(('.yaml', '.yml')) or '/' in word or Path(word).exists():
        return f'{word} is no command; to name a configuration write --config {word}'
    return f'there is no command {word}; {nearest(word, COMMANDS)}'


def parser(command: str, description: str, epilog: str = '') -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f'{PROGRAM} {command}'.rstrip(),
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def options(arguments: argparse.ArgumentParser) -> None:
    """Those of every command."""
    arguments.add_argument(
        '--config',
        type=Path,
        default=DEFAULT,
        metavar='FILE',
        help='the configuration (default: %(default)s)',
    )


def serving(arguments: argparse.ArgumentParser) -> None:
    arguments.add_argument(
        '--log-level',
        choices=LEVELS,
        help='what goes to standard error (default: log.level of the file)',
    )
    arguments.add_argument(
        '--watch', action='store_true', help='start again when a file changes (for development)'
    )
    arguments.add_argument('--lifeline', type=int, help=argparse.SUPPRESS)  # see watch.py


def serve() -> argparse.ArgumentParser:
    arguments = parser('serve', SERVE)
    options(arguments)
    serving(arguments)
    return arguments


def check() -> argparse.ArgumentParser:
    arguments = parser('check', CHECK, CHECK_EPILOG)
    options(arguments)
    arguments.add_argument('--strict', action='store_true', help='warn of what is legal but odd')
    arguments.add_argument('--diff', action='store_true', help='what a reload would change')
    asking(arguments)
    return arguments


def reload() -> argparse.ArgumentParser:
    arguments = parser('reload', RELOAD, RELOAD_EPILOG)
    options(arguments)
    asking(arguments)
    return arguments


def asking(arguments: argparse.ArgumentParser) -> None:
    arguments.add_argument(
        '--admin',
        type=address,
        metavar='ADDRESS',
        help='where the running gateway is asked (default: admin.listen of the file)',
    )


def routes() -> argparse.ArgumentParser:
    arguments = parser('routes', ROUTES, ROUTES_EPILOG)
    options(arguments)
    arguments.add_argument('--json', action='store_true', help='as JSON, see below')
    return arguments


def explain() -> argparse.ArgumentParser:
    arguments = parser('explain', EXPLAIN, EXPLAIN_EPILOG)
    options(arguments)
    arguments.add_argument('namespace', metavar='NAMESPACE', help='such as /')
    arguments.add_argument('event', metavar='EVENT', help='its name, connect or disconnect')
    arguments.add_argument('args', metavar='ARGS', nargs='?', type=value, default=[], help='JSON')
    for name, kind, empty, meaning in (
        ('session', mapping, {}, 'what its session holds, an object'),
        ('claims', mapping, {}, 'the claims of its token, an object'),
        ('auth', value, {}, 'what it sent when it connected'),
        ('rooms', names, [], 'the rooms that it is in, a list of names'),
    ):
        arguments.add_argument(
            f'--{name}', metavar='JSON', type=kind, default=empty, help=f'{meaning} (default: none)'
        )
    return arguments


def schema() -> argparse.ArgumentParser:
    arguments = parser('schema', SCHEMA)
    options(arguments)
    return arguments


COMMANDS = {
    'serve': serve,
    'check': check,
    'reload': reload,
    'routes': routes,
    'explain': explain,
    'schema': schema,
}


def address(text: str) -> object:
    """As in `admin.listen`."""
    from gateway.config.listen import listen  # noqa: PLC0415
    from gateway.config.mistakes import Mistakes  # noqa: PLC0415

    try:
        return listen(text)
    except Mistakes as mistakes:
        [mistake] = mistakes.found
        raise argparse.ArgumentTypeError(f'{mistake.what}: {mistake.mend}') from None


def value(text: str) -> object:
    """A JSON value."""
    from json import loads  # noqa: PLC0415

    try:
        found: object = loads(text)
    except ValueError as error:
        why = f'not JSON: {error}'
        if text and text[0] not in '[{"':
            why += f"""; text is written '"{text}"'"""
        raise argparse.ArgumentTypeError(why) from None
    return found


def mapping(text: str) -> object:
    """A JSON object."""
    found = value(text)
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError('a JSON object is needed, such as {"user": "ann"}')
    return found


def names(text: str) -> object:
    """A JSON list of text."""
    found = value(text)
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise argparse.ArgumentTypeError('a JSON list of names is needed, such as ["chat:a"]')
    return found
