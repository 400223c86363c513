"""The Python handlers of a configuration: its modules imported, every mistake found at once.

- `handlers:` says whose registrations count; modules of `call` and `class` are imported too.
- An event of a namespace has one handler, in YAML or in Python.
- What is legal but odd is a warning, for `check --strict`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import socketio

from gateway.config.handlers import module
from gateway.config.mistakes import Mistakes, wrong
from gateway.config.model import Config
from gateway.config.patterns import ambiguous, is_pattern
from gateway.config.source import Path as Place
from gateway.errors import ConfigError, Problem
from gateway.routing import modules, unused
from gateway.routing.registry import (
    ERROR,
    NAMESPACES,
    Entry,
    MethodHandlers,
    Registration,
    Registry,
    Task,
    methods,
)
from gateway.routing.signatures import GIVEN, Function, lacks_self, mistake, noun, told

__all__ = ['Function', 'Handlers', 'load_handlers']


@dataclass(frozen=True, slots=True)
class Handlers:
    """What Python does in the namespaces of a configuration."""

    functions: Mapping[str, Function]  # of `call`, by module:function
    spaces: Mapping[str, Mapping[str, Function]]  # namespace, then event or ERROR
    default_error: Function | None
    classes: Mapping[str, socketio.AsyncNamespace]  # by namespace
    tasks: tuple[Task, ...]  # to start with the gateway
    warnings: tuple[Problem, ...]
    modules: Mapping[str, ModuleType | None]
    instances: Mapping[tuple[str, str], Any]  # by class path and namespace


def load_handlers(config: Config, registry: Registry, before: Handlers | None = None) -> Handlers:
    """Import what the configuration names; ConfigError with all that is wrong with it.

    The instances of `before` live on where the configuration names them again.
    """
    loader = Loader(config, registry, before)
    modules.put_first(loader.folder)
    loader.listed()
    loader.calls()
    loader.registrations()
    loader.instances()
    loader.patterns()
    if loader.problems:
        raise ConfigError(loader.problems)
    return Handlers(
        functions=MappingProxyType(loader.functions),
        spaces=MappingProxyType(
            {name: MappingProxyType(space) for name, space in loader.spaces.items()}
        ),
        default_error=loader.default_error,
        classes=MappingProxyType(loader.classes),
        tasks=tuple(filter(loader.counts, registry.tasks)),
        warnings=tuple(sorted(loader.warnings())),
        modules=MappingProxyType(loader.modules),
        instances=MappingProxyType(loader.kept),
    )


class Loader:
    """Goes on after a mistake."""

    def __init__(self, config: Config, registry: Registry, before: Handlers | None = None) -> None:
        self.before = before.instances if before is not None else {}
        self.kept: dict[tuple[str, str], Any] = {}
        self.config = config
        self.registry = registry
        self.folder = config.path.parent.absolute()
        self.problems: list[Problem] = []
        self.modules: dict[str, ModuleType | None] = {}  # None: it could not be imported
        self.entries: dict[str, Place] = {}  # the modules of `handlers:`, and where they stand
        self.functions: dict[str, Function] = {}
        self.spaces: dict[str, dict[str, Function]] = defaultdict(dict)
        self.classes: dict[str, socketio.AsyncNamespace] = {}
        self.default_error: Function | None = None
        self.kinds: dict[type, Place] = {}  # the classes whose methods are handlers

    def counts(self, entry: Entry) -> bool:
        """Whether it was registered by a module of `handlers:`, or by the program around."""
        return not entry.source or not {entry.source, entry.module}.isdisjoint(self.entries)

    def listed(self) -> None:
        """Import the modules of `handlers:`."""
        for index, entry in enumerate(self.config.handlers):
            place: Place = ('handlers', index)
            with self.reporting(place):
                name = module(entry).removesuffix('.__init__')
                self.entries[name] = place
                self.bring(name, modules.file_of(entry, self.folder))

    def bring(self, name: str, file: Path | None = None) -> ModuleType:
        """A module. One that can't be imported is a mistake once, at its first place."""
        if name not in self.modules:
            self.modules[name] = None
            with self.registry.importing(name):
                self.modules[name] = modules.bring(name, self.folder, file)
        found = self.modules[name]
        if found is None:
            raise Mistakes
        return found

    def find(self, path: str) -> Any:
        """What `module:function` or `module:Class` leads to."""
        name, _, inner = path.partition(':')
        return modules.attribute(self.bring(name), inner)

    def calls(self) -> None:
        """Find the functions of `call`."""
        for kind, name, place in unused.called(self.config):
            with self.reporting(place):
                function = self.function(self.find(name), kind)
                self.functions.setdefault(name, function)

    def function(self, found: Callable[..., Any], kind: str) -> Function:
        """A function that can be called as `kind`, or Mistakes."""
        if isinstance(found, type):
            raise wrong(f'{found.__name__} is a class, where a function is needed')
        if not callable(found):
            raise wrong(f'{noun(found)}, where a function is needed')
        function = Function.of(found, kind)
        problem = mistake(function, kind)
        if problem is not None:
            raise wrong(f'{told(function)} {problem[0]}', problem[1])
        return function

    def registrations(self) -> None:
        """Take what counts of the registry."""
        for entry in filter(self.counts, self.registry.registrations):
            self.register(entry, self.place(entry))

    def register(self, entry: Registration, place: Place) -> None:
        kind = {ERROR: 'error'}.get(entry.event, entry.event)
        owner = getattr(entry.function, '__self__', None)
        if isinstance(owner, MethodHandlers):
            self.kinds.setdefault(type(owner), place)
        with self.reporting(place):
            function = self.function(entry.function, kind if kind in GIVEN else 'event')
            function = replace(function, sequential=entry.sequential)
            if entry.namespace is None:
                self.once(self.default_error, function, 'what no other error handler takes')
                self.default_error = function
                return
            space = self.spaces[entry.namespace]
            event = 'the errors' if entry.event == ERROR else f'the event {entry.event}'
            self.once(space.get(entry.event), function, f'{event} of {entry.namespace}')
            space[entry.event] = function
            self.not_in_yaml(entry.namespace, entry.event, told(function))

    def once(self, other: Function | None, function: Function, what: str) -> None:
        if other is not None:
            raise wrong(f'{told(function)} handles {what}, and so does {told(other)}', 'remove one')

    def not_in_yaml(self, namespace: str, event: str, who: str) -> None:
        """A mistake where a route handles the event of a namespace too."""
        routes = self.config.namespaces.get(namespace)
        if routes is None:
            return
        top = {'connect': routes.connect, 'disconnect': routes.disconnect}
        route = top.get(event) or routes.events.get(event)
        if route is not None:
            what = f'{who} handles this event too'
            self.problems.append(self.config.problem(route.path, what, 'remove one', key=True))

    def instances(self) -> None:
        """Take the classes: those that are registered, and those that YAML names."""
        found = [
            (entry.handler, entry.namespace, self.place(entry))
            for entry in filter(self.counts, self.registry.classes)
        ]
        for name, routes in self.config.namespaces.items():
            if routes.class_ is not None:
                place: Place = ('namespaces', name, 'class')
                with self.reporting(place):
                    handler, entries = self.instance(routes.class_, name)
                    if isinstance(handler, socketio.AsyncNamespace):
                        found.append((handler, name, place))
                    self.kinds.setdefault(type(handler), place)
                    for entry in entries:
                        self.register(entry, place)
        for handler, name, place in found:
            with self.reporting(place):
                self.install(handler, name)

    def instance(self, path: str, namespace: str) -> tuple[Any, list[Registration]]:
        """An instance of a class, and its methods where the gateway calls them itself."""
        found = self.find(path)
        if not isinstance(found, type):
            raise wrong(f'{path} is {noun(found)}, where a class is needed')
        if not issubclass(found, (MethodHandlers, socketio.AsyncNamespace)):
            raise wrong(f'{path} is not derived from {NAMESPACES}')
        try:
            before = self.before.get((path, namespace))  # which may be false, as what is empty is
            handler: Any = before if before is not None else found(namespace)
            handler.namespace = namespace  # whatever it calls itself
            self.kept[path, namespace] = handler
            own = issubclass(found, MethodHandlers)
            return handler, methods(handler, '', found.__module__) if own else []
        except (Exception, SystemExit) as error:
            doing = f'making {path}({namespace!r})'
            raise modules.failed(doing, error, self.folder) from None

    def install(self, handler: socketio.AsyncNamespace, namespace: str) -> None:
        """A socketio.AsyncNamespace, which finds its methods itself."""
        self.kinds.setdefault(type(handler), ('handlers',))
        who = f'{type(handler).__module__}.{type(handler).__qualname__}'
        if namespace != '*' and is_pattern(namespace):
            mend = 'write a gateway.Namespace'
            raise wrong(f'{who} is a socketio.AsyncNamespace, which takes no pattern', mend)
        if namespace in self.classes:
            other = type(self.classes[namespace])
            what = f'{who} handles {namespace}, and so does {other.__module__}.{other.__qualname__}'
            raise wrong(what, 'remove one')
        self.classes[namespace] = handler
        for event in handled(handler):
            if lacks_self(getattr(handler, f'on_{event}')):
                raise wrong(f'{who}.on_{event} is a method without self', 'write (self, …)')
            function = self.spaces.get(namespace, {}).get(event)
            if function is not None:
                what = f'{who} handles the event {event} of {namespace}, and so does'
                raise wrong(f'{what} {told(function)}', 'remove one')
            self.not_in_yaml(namespace, event, who)

    def patterns(self) -> None:
        """Python may name patterns too; the file's own were compared when it was read."""
        for pair in ambiguous({*self.config.namespaces, *self.spaces} - {'*'}):
            one, other = sorted(pair, key=lambda name: name in self.spaces)
            if other in self.spaces and other not in self.config.namespaces:
                who = told(next(iter(self.spaces[other].values())))
                what = f'{who} handles {other}, and a name can match {one} too'
                problem = self.config.problem(('handlers',), what, 'write more of the names in one')
                self.problems.append(problem)

    def warnings(self) -> Iterator[Problem]:
        yield from unused.unused(self.config, self.registry, self.entries, self.spaces)
        yield from unused.misnamed(self.config, self.kinds)
        places = {**dict(unused.named(self.config)), **self.entries}
        yield from unused.foreign(self.config, self.modules, places)

    def place(self, entry: Entry) -> Place:
        """Where the configuration lists the module that registered."""
        return self.entries.get(entry.source) or self.entries.get(entry.module) or ('handlers',)

    @contextmanager
    def reporting(self, place: Place) -> Iterator[None]:
        try:
            yield
        except Mistakes as mistakes:
            for found in mistakes.found:
                self.problems.append(self.config.problem(place, found.what, found.mend))


def handled(handler: socketio.AsyncNamespace) -> list[str]:
    """The events that its methods name."""
    return [name.removeprefix('on_') for name in dir(handler) if name.startswith('on_')]
