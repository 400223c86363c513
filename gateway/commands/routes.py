"""`routes`: what is routed where, as a table or as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.commands.check import Checked
from gateway.config.actions import Call
from gateway.config.backends import Http
from gateway.config.routes import NamespaceRoutes, Route, Step
from gateway.routing.loading import handled
from gateway.routing.registry import ERROR
from gateway.routing.signatures import Function

HEAD = ('NAMESPACE', 'EVENT', 'DOES', 'WHERE')
KINDS = {'connect': 'connect', 'disconnect': 'disconnect', ERROR: 'error'}
NO_ROUTES = NamespaceRoutes(None, {}, None, None)

Tree = dict[str, Any]


def tree(checked: Checked) -> Tree:
    """As `routes --help` describes it."""
    return {'namespaces': [namespace(checked, name) for name in checked.namespaces]}


def namespace(checked: Checked, name: str) -> Tree:
    routes = checked.config.namespaces.get(name, NO_ROUTES)
    auth = checked.config.auth_of(name)
    handler = checked.handlers.classes.get(name)
    class_ = routes.class_
    if handler is not None:
        class_ = f'{type(handler).__module__}:{type(handler).__qualname__}'
    found = [*of_yaml(checked, routes), *of_python(checked.handlers.spaces.get(name, {}))]
    found += [
        route(event, 'python', '', [action('call', f'{class_}.on_{event}')])
        for event in (handled(handler) if handler is not None else [])
    ]
    return {
        'namespace': name,
        'auth': 'jwt' if auth is not None else None,
        'class': class_,
        'routes': sorted(found, key=order),
    }


def order(found: Tree) -> tuple[int, str]:
    """As it happens: connect, events, disconnect; then error."""
    return ['connect', 'event', 'disconnect', 'error'].index(found['kind']), found['event'] or ''


def of_yaml(checked: Checked, routes: NamespaceRoutes) -> Iterator[Tree]:
    every = [('connect', routes.connect), *routes.events.items()]
    every += [('disconnect', routes.disconnect), (ERROR, routes.error)]
    for event, written in every:
        if written is not None:
            place = checked.config.document.place(written.path)
            actions = [step(checked, one) for one in written.actions]
            yield route(event, 'yaml', place, actions, written)


def step(checked: Checked, step: Step) -> Tree:
    body = checked.config.document.walk(step.path)[0].plain()
    [verb] = body.keys() - {'if'}
    function = step.action.function if isinstance(step.action, Call) else None
    request = None
    if isinstance(step.action, Http):
        url = body[verb]['url'] if isinstance(body[verb], dict) else body[verb]
        request = f'{step.action.method} {url}'  # as it is written: a variable may be a secret
    return action(verb, function, step.place, guarded=step.guard is not None, request=request)


def of_python(space: Any) -> Iterator[Tree]:
    function: Function
    for event, function in space.items():
        actions = [action('call', function.name, function.place)]
        yield route(event, 'python', function.place, actions, sequential=function.sequential)


def route(
    event: str,
    source: str,
    place: str,
    actions: Sequence[Tree],
    written: Route | None = None,
    sequential: bool = False,
) -> Tree:
    kind = KINDS.get(event, 'event')
    return {
        'kind': kind,
        'event': event if kind == 'event' else None,
        'source': source,
        'place': place,
        'sequential': written.sequential if written else sequential,
        'timeout': written.timeout if written else None,
        'actions': actions,
    }


def action(
    verb: str,
    function: str | None = None,
    place: str = '',
    *,
    guarded: bool = False,
    request: str | None = None,
) -> Tree:
    return {
        'verb': verb,
        'guarded': guarded,
        'function': function,
        'request': request,
        'place': place,
    }


def table(checked: Checked) -> list[str]:
    """The same for people; an action in brackets has a guard."""
    rows = [HEAD]
    for space in tree(checked)['namespaces']:
        name = space['namespace'] + (' (jwt)' if space['auth'] else '')
        for found in space['routes']:
            does = ', '.join(map(told, found['actions'])) + options(found)
            rows.append((name, found['event'] or f'({found["kind"]})', does, found['place']))
        if not space['routes']:
            rows.append((name, '', '', ''))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        '  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def told(action: Tree) -> str:
    more = action['function'] or action['request']
    text = f'{action["verb"]} {more}' if more else action['verb']
    return f'[{text}]' if action['guarded'] else text


def options(found: Tree) -> str:
    """What stands beside `do`."""
    sequential = '; sequential' if found['sequential'] else ''
    return sequential + (f'; at most {found["timeout"]:g} s' if found['timeout'] else '')
