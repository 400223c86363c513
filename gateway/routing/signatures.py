"""What can be known of a handler before it is called: what it takes, its name, its place.

| a handler of | is called with |
|---|---|
| connect | nothing, or the client's auth object |
| disconnect | nothing, or the reason |
| an error | the exception |
| `*` | the event's name, then its arguments |
| any other event | its arguments, whose number is the client's |
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any, Final

from gateway.config.mistakes import kind as kind_of

NO_CLASS: Final[tuple[list[str], ...]] = ([], ['<locals>'])  # what stands before a plain name

# The fewest and the most arguments that a handler of each kind is given, and how to write it.
GIVEN: Final[Mapping[str, tuple[int, int | None, str, str]]] = {
    'connect': (0, 1, 'one (auth) or none', '(auth)'),
    'disconnect': (0, 1, 'one (the reason) or none', '(reason)'),
    'error': (1, 1, 'one (the exception)', '(error)'),
    '*': (1, None, 'one or more (the event, and what the client sent)', '(event, *args)'),
}

GIVE: Final = 'give {} a default'


@dataclass(frozen=True, slots=True)
class Function:
    """A Python function that the gateway calls."""

    function: Callable[..., Any]
    name: str  # chat.on_chat
    place: str  # chat.py:12
    is_async: bool
    sequential: bool  # the next event of the same client waits for it
    minimum: int  # positional arguments that it needs
    maximum: int | None  # those that it takes; None: any number

    @classmethod
    def of(
        cls, function: Callable[..., Any], kind: str = 'event', *, sequential: bool = False
    ) -> 'Function':
        place, name = called(function)
        minimum, maximum = takes(function, kind)
        return cls(function, name, place, is_async(function), sequential, minimum, maximum)


def told(function: Function) -> str:
    """A function with its place, for messages."""
    return f'{function.name} ({function.place})' if function.place else function.name


def mistake(function: Function, kind: str) -> tuple[str, str] | None:
    """What is wrong with it as a handler of `kind`, and how to mend it."""
    if lacks_self(function.function):
        return 'is a method without self', 'write (self, …)'
    if is_generator(function.function):
        return 'is a generator', 'emit the values instead of yielding them'
    needed = [p.name for p in parameters(function.function) if is_named_only(p)]
    if needed[1:]:
        return f'needs {" and ".join(needed)} as keywords, which nobody gives', GIVE.format('each')
    if needed:
        return f'needs {needed[0]} as a keyword, which nobody gives', GIVE.format('it')
    if kind not in GIVEN or fit(function.minimum, function.maximum, kind):
        return None
    _, _, given, shape = GIVEN[kind]
    return f'takes {amount(function)}, but is given {given}', f'write {shape}'


def takes(function: Callable[..., Any], kind: str = 'event') -> tuple[int, int | None]:
    """How many positional arguments it needs, and takes.

    A decorator that passes on what it is given (functools.wraps) has the arguments of the function
    that it wraps, unless it adds some, which is certain only where their number is known.
    """
    own = amounts(parameters(function))
    if kind in GIVEN and own == (0, None):
        wrapped = amounts(parameters(inspect.unwrap(function)))
        return wrapped if fit(*wrapped, kind) else own
    return own


def fit(minimum: int, maximum: int | None, kind: str) -> bool:
    """Whether a function that takes that many can be called as a handler of `kind`."""
    fewest, most, _, _ = GIVEN[kind]
    return (maximum is None or maximum >= fewest) and (most is None or minimum <= most)


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function, follow_wrapped=False).parameters.values())
    except (TypeError, ValueError):  # written in C, and says nothing: anything
        return [inspect.Parameter('args', inspect.Parameter.VAR_POSITIONAL)]


def amounts(given: list[inspect.Parameter]) -> tuple[int, int | None]:
    positional = [p for p in given if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    any_number = any(p.kind is p.VAR_POSITIONAL for p in given)
    needed = sum(p.default is p.empty for p in positional)
    return needed, None if any_number else len(positional)


def amount(function: Function) -> str:
    """How many arguments it takes, in words."""
    low, high = function.minimum, function.maximum
    if low == high == 1:
        return '1 argument'
    if high is None:
        return f'at least {low} arguments'
    return f'{f"{low} to {high}" if low < high else low or "no"} arguments'


def is_named_only(parameter: inspect.Parameter) -> bool:
    return parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty


def lacks_self(function: Callable[..., Any]) -> bool:
    """Whether calling it fails because it can't take its own instance."""
    if not inspect.ismethod(function):
        return False
    return all(p.kind in {p.KEYWORD_ONLY, p.VAR_KEYWORD} for p in parameters(function.__func__))


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling it gives a coroutine."""
    while isinstance(function, partial):
        function = function.func
    own_call = getattr(type(function), '__call__', None)  # noqa: B004 - an instance may be one
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(own_call)


def is_generator(function: Callable[..., Any]) -> bool:
    own_call = getattr(type(function), '__call__', None)  # noqa: B004
    return any(
        check(value)
        for check in (inspect.isgeneratorfunction, inspect.isasyncgenfunction)
        for value in (function, own_call)
    )


def usable(function: Any, written: str) -> None:
    """TypeError for what is no function for certain; `written` is the decorator."""
    if isinstance(function, (staticmethod, classmethod)):
        kind = type(function).__name__
        raise TypeError(f'wrong order: write @{kind} above {written}, not below it')
    if isinstance(function, type):
        mend = 'register its instance with socketio.on_namespace(INSTANCE)'
        raise TypeError(f'{function.__name__} is a class, where a function is needed: {mend}')
    if inspect.iscoroutine(function):
        name = function.__name__
        raise TypeError(f'{name}() is a coroutine, where a function is needed: leave out the ()')
    if not callable(function):
        raise TypeError(f'{noun(function)}, where a function is needed')
    if inspect.isfunction(function) and function.__qualname__.split('.')[-2:-1] not in NO_CLASS:
        first = next(iter(inspect.signature(function).parameters), '')
        if first in {'self', 'cls'}:
            mend = 'name it on_EVENT in a gateway.Namespace, without a decorator'
            raise TypeError(f'{function.__qualname__} is a method without an instance: {mend}')


def called(function: Callable[..., Any]) -> tuple[str, str]:
    """The place and the name of a function: ('sub/chat.py:12', 'sub.chat.on_chat')."""
    inner = inspect.unwrap(function)
    while isinstance(inner, partial):
        inner = inspect.unwrap(inner.func)
    inner = getattr(inner, '__func__', inner)
    if not hasattr(inner, '__qualname__'):  # an instance that can be called
        inner = type(inner).__call__
    module = getattr(inner, '__module__', None) or ''
    name = f'{module}.{inner.__qualname__}'.lstrip('.')
    code = getattr(inner, '__code__', None)
    if code is None:
        return '', name
    path = PurePath(code.co_filename)
    depth = module.count('.') + (2 if path.name == '__init__.py' else 1)
    return f'{"/".join(path.parts[-depth:])}:{code.co_firstlineno}', name


def noun(value: Any) -> str:
    """What a value is, for messages."""
    if value is None or isinstance(value, (bool, int, float, str, list, tuple, dict)):
        return 'None' if value is None else kind_of(value)
    name = type(value).__name__
    return f'{"an" if name[0] in "AEIOUaeiou" else "a"} {name}'
