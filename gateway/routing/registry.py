"""What Python modules have registered, with where and by whom. One for a process.

- Decorators give the function back as it was: it can be called, tested and registered again.
- What is wrong for certain is an error where it is written; the rest is found when it is loaded.
- A registration belongs to the module of `handlers:` that was being imported, and lives as long
  as the module that made it. Several gateways of one process each take what they list.
"""

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, TypeVar, overload

import socketio

from gateway.config.fields import RESERVED
from gateway.routing.signatures import called, noun, usable

# An error handler is the handler of this event: a reserved name, so no client can send it.
ERROR: Final = 'connect_error'
EVENTS: Final = frozenset({'connect', 'disconnect'})  # reserved names that are events here

Handler: TypeAlias = Callable[..., Any]
H = TypeVar('H', bound=Handler)

NAMESPACES: Final = 'a gateway.Namespace or a socketio.AsyncNamespace'


class Decorator(Protocol):
    """Gives the function back as it was."""

    def __call__(self, function: H, /) -> H: ...


@dataclass(frozen=True, slots=True)
class Registration:
    """One function for one event. `namespace` is None for the default error handler."""

    namespace: str | None
    event: str
    function: Handler
    sequential: bool
    source: str  # the module of `handlers:` that was being imported; '' outside
    module: str  # the one that made the registration
    place: str  # of the function: chat.py:12
    name: str  # of the function: chat.on_chat


@dataclass(frozen=True, slots=True)
class Instance:
    """A socketio.AsyncNamespace, registered as it is."""

    handler: socketio.AsyncNamespace
    namespace: str
    source: str
    module: str


@dataclass(frozen=True, slots=True)
class Task:
    """A function to start when a gateway runs."""

    function: Handler
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    source: str
    module: str


Entry: TypeAlias = Registration | Instance | Task


class MethodHandlers:
    """What gateway.Namespace is here: its methods on_EVENT are handlers of `namespace`."""

    def __init__(self, namespace: str | None = None) -> None:
        self.namespace = spelled(namespace)


class Registry:
    """What modules register with: the methods of Flask-SocketIO's object."""

    def __init__(self) -> None:
        self.registrations: list[Registration] = []
        self.classes: list[Instance] = []
        self.tasks: list[Task] = []
        self._source = ''

    def on(
        self, event: str, namespace: str | None = None, *, sequential: bool = False
    ) -> Decorator:
        """Register the function below for an event: a name, `connect`, `disconnect` or `*`.

        `namespace`: `/` unless one is named; `*` for all that don't handle the event themselves.
        `sequential`: the next event of the same client waits until this one is done.
        """
        name, space = named(event), spelled(namespace)

        def register(function: H, /) -> H:
            self._add(space, name, function, f'@socketio.on({name!r})', sequential)
            return function

        return register

    @overload
    def event(self, function: H, /) -> H: ...
    @overload
    def event(self, namespace: str | None = None, *, sequential: bool = False) -> Decorator: ...

    def event(self, namespace: Any = None, *, sequential: bool = False) -> Any:
        """Register the function below for the event that it is named after."""

        def register(function: H, /) -> H:
            usable(function, '@socketio.event')
            name = getattr(function, '__name__', None)
            if name is None:
                raise TypeError('a function without a name: use socketio.on_event(NAME, FUNCTION)')
            return self.on(name, namespace, sequential=sequential)(function)

        if namespace is None or isinstance(namespace, str):
            return register
        function, namespace = namespace, None
        return register(function)

    def on_event(
        self,
        event: str,
        function: Handler,
        namespace: str | None = None,
        *,
        sequential: bool = False,
    ) -> None:
        """`on` as a call."""
        self.on(event, namespace, sequential=sequential)(function)

    def on_error(self, namespace: str | None = None) -> Decorator:
        """Register the function below for what the handlers of a namespace raise."""
        if callable(namespace):
            raise TypeError('write @socketio.on_error(), or @socketio.on_error_default')
        space = spelled(namespace)

        def register(function: H, /) -> H:
            self._add(space, ERROR, function, '@socketio.on_error()')
            return function

        return register

    def on_error_default(self, function: H) -> H:
        """Register the function below for namespaces without an error handler of their own."""
        self._add(None, ERROR, function, '@socketio.on_error_default')
        return function

    def on_namespace(self, handler: Any) -> None:
        """Register a gateway.Namespace (its methods on_EVENT) or a socketio.AsyncNamespace."""
        if isinstance(handler, type):
            mend = f'write socketio.on_namespace({handler.__name__}(NAMESPACE))'
            raise TypeError(f'{handler.__name__} is a class: {mend}')
        owner = (self._source, caller())
        if isinstance(handler, socketio.AsyncNamespace):
            self.classes.append(Instance(handler, spelled(handler.namespace), *owner))
        elif isinstance(handler, MethodHandlers):
            self.registrations += methods(handler, *owner)
        else:
            raise TypeError(f'{noun(handler)}, where {NAMESPACES} is needed')

    def start_background_task(self, function: Handler, *args: Any, **kwargs: Any) -> Any:
        """Start `function` when a gateway runs."""
        if not callable(function):
            raise TypeError(f'{noun(function)}, where a function is needed: leave out the ()')
        self.tasks.append(Task(function, args, kwargs, self._source, caller()))

    @contextmanager
    def importing(self, module: str) -> Iterator[None]:
        """What is registered meanwhile belongs to `module`.

        What it registered before is forgotten where the module that did it is gone: it is being
        imported again, or failed half-way.
        """
        self._forget(module)
        outer, self._source = self._source, module
        try:
            yield
        finally:
            self._source = outer
            self._forget(module)

    @property
    def is_importing(self) -> bool:
        """Whether what is registered now is for a gateway that does not run yet."""
        return bool(self._source)

    def modules(self) -> set[str]:
        """The modules that have registered something, and those that had imported them."""
        entries: list[Entry] = [*self.registrations, *self.classes, *self.tasks]
        return {name for entry in entries for name in (entry.source, entry.module)}

    def _forget(self, source: str) -> None:
        def lives(entry: Entry) -> bool:
            return entry.source != source or entry.module in sys.modules

        self.registrations[:] = filter(lives, self.registrations)
        self.classes[:] = filter(lives, self.classes)
        self.tasks[:] = filter(lives, self.tasks)

    def _add(
        self,
        namespace: str | None,
        event: str,
        function: Handler,
        written: str,
        sequential: bool = False,
    ) -> None:
        usable(function, written)
        owner = (self._source, caller())
        self.registrations.append(
            Registration(namespace, event, function, sequential, *owner, *called(function))
        )


def methods(handler: MethodHandlers, source: str, module: str) -> list[Registration]:
    """The methods on_EVENT of an instance; its method `error` is its error handler."""
    found = []
    for name in dir(handler):
        event = ERROR if name == 'error' else name.removeprefix('on_')
        method = getattr(handler, name) if event != name else None
        if callable(method):
            found.append(
                Registration(
                    handler.namespace, event, method, False, source, module, *called(method)
                )
            )
    return found


def named(event: object) -> str:
    """The name of an event."""
    if not isinstance(event, str):
        mend = 'write @socketio.on(NAME) or @socketio.event'
        raise TypeError(f'the name of an event is text, not {noun(event)}: {mend}')
    if not event:
        raise ValueError('an event without a name')
    if event in RESERVED - EVENTS:
        raise ValueError(f'{event} is a reserved name, not an event: rename it')
    return event


def spelled(namespace: object) -> str:
    """The name of a namespace; `/` without one."""
    if namespace is None or namespace == '':
        return '/'
    if not isinstance(namespace, str):
        raise TypeError(f'the name of a namespace is text, not {noun(namespace)}')
    if namespace != '*' and not namespace.startswith('/'):
        raise ValueError(f'a namespace begins with /: write /{namespace}')
    return namespace


def caller() -> str:
    """The module outside of the gateway that is registering."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get('__name__', '').startswith('gateway.routing.'):
        frame = frame.f_back
    return frame.f_globals.get('__name__', '') if frame else ''
