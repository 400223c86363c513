"""Plain paths such as `data.items[0].name`: how they are read and looked up.

A look-up never leaves Python, so its cost doesn't depend on the payload. What is missing fails
with `bad_value` and the path's spelling; the value itself is never in a message.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NoReturn, Protocol, TypeAlias, cast

from gateway.config.template import Token
from gateway.errors import ActionError

IDENTIFIER = re.compile(r'[A-Za-z_][A-Za-z0-9_]*\Z')


class Scope(Protocol):
    """What an expression sees of the event that is being routed.

    Roots are its attributes; `data` is `args[0]`.
    """

    @property
    def args(self) -> Sequence[Any]: ...
    @property
    def sid(self) -> str: ...
    @property
    def nsp(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def rooms(self) -> Sequence[str]: ...
    @property
    def session(self) -> Mapping[str, Any]: ...
    @property
    def auth(self) -> Any: ...
    @property
    def claims(self) -> Mapping[str, Any]: ...
    @property
    def query(self) -> Mapping[str, str]: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def ip(self) -> str: ...
    @property
    def time(self) -> float: ...
    @property
    def id(self) -> int | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def error(self) -> Mapping[str, str]: ...
    def in_room(self, name: str) -> bool: ...
    def members(self, name: str) -> Sequence[Mapping[str, Any]]: ...
    def headcount(self, name: str) -> int: ...


Get: TypeAlias = Callable[[Scope], Any]

NOTHING = cast('Scope', None)  # what constants are evaluated against


@dataclass(frozen=True, slots=True)
class Value:
    """A compiled value: call `get` with a scope. A constant doesn't look at it."""

    get: Get = field(repr=False)
    constant: bool = False
    is_args: bool = False  # exactly `${args}`

    def fold(self) -> Any:
        """The value of a constant."""
        return self.get(NOTHING)


def constant(value: Any) -> Value:
    return Value(lambda _: value, constant=True)


@dataclass(frozen=True, slots=True)
class Path:
    """A root and the steps below it: text for a key, an integer for an index."""

    root: str
    steps: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return self.root + ''.join(map(spell_step, self.steps))


def spell_step(step: str | int) -> str:
    if isinstance(step, int):
        return f'[{step}]'
    return f'.{step}' if IDENTIFIER.match(step) else f'["{step}"]'


def read_path(tokens: Sequence[Token], at: int) -> tuple[Path, int]:
    """The longest path that begins with the name at `at`, and where the rest begins.

    `.name(` is a method's name and no longer the path; neither is an index that is computed.
    """
    root = tokens[at].text
    steps: list[str | int] = []
    at += 1
    while at + 1 < len(tokens):
        sign, step = tokens[at].text, tokens[at + 1]
        if sign == '.' and step.kind == 'name':
            if at + 2 < len(tokens) and tokens[at + 2].text == '(':
                break
            steps.append(step.text)
            at += 2
        elif sign == '[' and at + 2 < len(tokens) and tokens[at + 2].text == ']':
            if step.kind == 'number' and step.text.isdecimal():
                steps.append(int(step.text))
            elif (key := literal(step)) is not None:
                steps.append(key)
            else:
                break
            at += 3
        else:
            break
    return Path(root, tuple(steps)), at


def literal(token: Token) -> str | None:
    """The text of a string token that has no prefix and no escapes, else None."""
    text = token.text
    if token.kind != 'string' or '\\' in text or text[0] not in '\'"' or text[:3] in ('"""', "'''"):
        return None
    return text[1:-1]


def lookup(path: Path) -> Get:
    """A closure that finds the path in a scope, or raises ActionError `bad_value`."""
    name = str(path)
    steps = path.steps
    if path.root == 'data':
        root, steps = attrgetter('args'), (0, *steps)
    else:
        root = attrgetter(path.root)

    def missing() -> NoReturn:
        raise ActionError('bad_value', f'{name} is missing') from None

    return walk(root, steps, missing)


def walk(root: Get, steps: tuple[str | int, ...], missing: Callable[[], NoReturn]) -> Get:
    """The look-up itself, unrolled for the depths that routes have."""
    match steps:
        case ():
            return root
        case (0, str(key)):  # data.key

            def first(scope: Scope) -> Any:
                try:
                    return scope.args[0][key]
                except (LookupError, TypeError):
                    missing()

            return first
        case (str(key),):

            def field(scope: Scope) -> Any:
                try:
                    return root(scope)[key]
                except (LookupError, TypeError):
                    missing()

            return field

    def deep(scope: Scope) -> Any:
        value = root(scope)
        try:
            for step in steps:
                if isinstance(step, int) and not isinstance(value, (list, tuple)):
                    missing()  # text has items in Python
                value = value[step]
        except (LookupError, TypeError):
            missing()
        return value

    return deep
