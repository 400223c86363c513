"""Questions inside an expression that Python answers, as CEL would, without converting values.

A missing path raises its ActionError; values for which CEL has no answer are `bad_value`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from gateway.config.paths import Scope, Value
from gateway.errors import ActionError


def wrong_type() -> NoReturn:
    raise ActionError('bad_value', 'values of the wrong type in an expression') from None


def presence(value: Value, parent: Value | None, holders: tuple[type, ...]) -> Value:
    """`has(a.b.c)`: false without c, an error without b or where b can't hold anything."""
    get = value.get
    above = parent.get if parent else None

    def evaluate(scope: Scope) -> bool:
        try:
            get(scope)
        except ActionError:
            if above is not None and not isinstance(above(scope), holders):
                wrong_type()
            return False
        return True

    return Value(evaluate, value.constant)


def size(value: Value) -> Value:
    """`size(PATH)`: characters of a text, items of a list or a mapping."""
    get = value.get

    def evaluate(scope: Scope) -> int:
        found = get(scope)
        if isinstance(found, (str, bytes, list, tuple, Mapping)):
            return len(found)
        wrong_type()

    return Value(evaluate, value.constant)


def matches(value: Value, answer: Callable[[object], bool]) -> Value:
    """`PATH.matches('…')`, `answer` being the pattern's."""
    get = value.get
    return Value(lambda scope: answer(get(scope)), value.constant)


def contains(left: Value, right: Value) -> Value:
    """`X in PATH`, where `true` is not 1."""
    needle, haystack = left.get, right.get

    def evaluate(scope: Scope) -> bool:
        item, container = needle(scope), haystack(scope)
        if isinstance(container, Mapping):
            if isinstance(item, (str, int)):
                return item in container  # keys are text
            wrong_type()
        if isinstance(container, (list, tuple)):
            if item is None or isinstance(item, str):
                return item in container
            if isinstance(item, (int, float)):
                truth = isinstance(item, bool)
                return item in container and any(
                    isinstance(x, bool) is truth and x == item for x in container
                )
        wrong_type()

    return Value(evaluate, left.constant and right.constant)


def equal(left: Value, right: Value) -> Value:
    """`X == Y`, one of them a text: what is no text is not equal to it."""
    one, other = left.get, right.get
    return Value(lambda scope: bool(one(scope) == other(scope)), left.constant and right.constant)


def unequal(left: Value, right: Value) -> Value:
    one, other = left.get, right.get
    return Value(lambda scope: bool(one(scope) != other(scope)), left.constant and right.constant)


def asked(function: str, parts: Sequence[Value]) -> Value:
    """`in_room`, `members` or `headcount` of some texts joined."""
    gets = [part.get for part in parts]

    def evaluate(scope: Scope) -> Any:
        try:
            return getattr(scope, function)(''.join([get(scope) for get in gets]))
        except TypeError:
            wrong_type()

    return Value(evaluate)


RELATIONS: Mapping[str, Callable[[Value, Value], Value]] = {
    'in': contains,
    '==': equal,
    '!=': unequal,
}
