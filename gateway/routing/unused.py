"""What is legal but odd about Python handlers: what nobody will ever call, and Flask's own."""

from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from gateway.config.actions import Call
from gateway.config.model import Config
from gateway.config.source import Path as Place
from gateway.errors import Problem
from gateway.routing.registry import ERROR, Registry
from gateway.routing.signatures import Function, told

EVERYTHING_ELSE = '/*'  # with `/` no name is left over
BASES = frozenset({'gateway', 'socketio'})  # whose `disconnect` ends a client's stay
FLASK = frozenset({'flask', 'flask_socketio', 'werkzeug'})  # `flask.request` is Werkzeug's proxy


def called(config: Config) -> Iterator[tuple[str, str, Place]]:
    """The functions of `call`: the kind of their route, module:function, and the place."""
    for routes in config.namespaces.values():
        for kind, route in (
            ('connect', routes.connect),
            ('disconnect', routes.disconnect),
            ('error', routes.error),
            *(('event', route) for route in routes.events.values()),
        ):
            for step in route.actions if route else ():
                if isinstance(step.action, Call):
                    yield kind, step.action.function, (*step.path, 'call')


def named(config: Config) -> Iterator[tuple[str, Place]]:
    """The modules that routes name, with the place."""
    for _, name, place in called(config):
        yield name.partition(':')[0], place
    for name, routes in config.namespaces.items():
        if routes.class_ is not None:
            yield routes.class_.partition(':')[0], ('namespaces', name, 'class')


def unused(
    config: Config,
    registry: Registry,
    entries: Mapping[str, Place],
    spaces: Mapping[str, Mapping[str, Function]],
) -> Iterator[Problem]:
    """`entries`: the modules of `handlers:` and where they stand."""
    registering = registry.modules()
    places = dict(named(config))
    for name, place in entries.items():
        if name not in registering and name not in places:
            what = f'{name} registers nothing, and no route calls it'
            yield config.problem(place, what, 'remove it, or register with @socketio.on(NAME)')
    for name, place in places.items():
        if name in registering and name not in entries:
            what = f'{name} registers handlers, which do not count'
            yield config.problem(place, what, f'add {name} to handlers')
    for namespace, space in spaces.items():
        for event, function in space.items():
            what = unreachable(config, spaces, namespace, event)
            if what:
                yield config.problem(('handlers',), f'{told(function)} {what}', 'remove it')


def unreachable(
    config: Config, spaces: Mapping[str, Mapping[str, Function]], namespace: str, event: str
) -> str:
    """Why a function is never called; empty if it may be."""
    if event == ERROR:
        if namespace == '*' or spaces[namespace].keys() != {ERROR}:
            return ''
        calls = any(place[1] == namespace for _, _, place in called(config))
        return '' if calls else f'handles the errors of {namespace}, which has no Python handlers'
    if namespace == '*' and all(
        takes(config, spaces, name, event) for name in ('/', EVERYTHING_ELSE)
    ):
        return f'is never called: every namespace handles the event {event}'
    return ''


def takes(
    config: Config, spaces: Mapping[str, Mapping[str, Function]], name: str, event: str
) -> bool:
    """Whether a namespace handles an event itself."""
    routes = config.namespaces.get(name)
    own = {*spaces.get(name, ())}
    if routes is not None:
        own |= {*routes.events}
        own |= {'connect'} if routes.connect else set()
        own |= {'disconnect'} if routes.disconnect else set()
    return event in own or ('*' in own and event not in {'connect', 'disconnect'})


def misnamed(config: Config, kinds: Mapping[type, Place]) -> Iterator[Problem]:
    """Methods `connect` and `disconnect`, where `on_connect` and `on_disconnect` were meant."""
    for kind, place in kinds.items():
        for name in ('connect', 'disconnect'):
            owner = next((base for base in kind.__mro__ if name in vars(base)), kind)
            module = owner.__module__.partition('.')[0]
            method = getattr(owner, name, None)
            if callable(method) and module not in BASES and not hasattr(kind, f'on_{name}'):
                what = f'{told(Function.of(method))} handles nothing by that name'
                yield config.problem(place, what, f'name it on_{name}')


def foreign(
    config: Config, modules: Mapping[str, ModuleType | None], places: Mapping[str, Place]
) -> Iterator[Problem]:
    """Modules that hold objects of Flask, which know no client here."""
    for name, place in places.items():
        values = vars(modules.get(name)) if modules.get(name) else {}
        held = sorted(key for key, value in values.items() if origin(value) in FLASK)
        if held:
            what = f'{name} holds {", ".join(held)} of Flask, which knows no client here'
            yield config.problem(place, what, 'import them from gateway')


def origin(value: Any) -> str:
    """The package that made a value. It is not asked itself: a proxy would answer for another."""
    kind = type(value)
    if kind is ModuleType:
        name = value.__name__
    elif kind is FunctionType or issubclass(kind, type):
        name = value.__module__
    else:
        name = kind.__module__
    return str(name).partition('.')[0]
