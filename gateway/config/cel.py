"""The Common Expression Language, by the native binding of `common-expression-language`.

Only its extension module is loaded, and only when an expression needs it: the package's own
`__init__` imports a command line (typer, rich, prompt_toolkit), 280 ms that a start can't afford.

A program never sees a whole root, only the values that it names. What is converted is bounded:
2 us for each text in a list would let a stranger stall the loop, and loops inside loops even more.
"""

import sys
from collections.abc import Mapping
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from math import inf, isfinite
from types import ModuleType
from typing import Any, NamedTuple

from gateway.errors import ActionError


class Bound(NamedTuple):
    """How many values one that is used whole may hold, and how many characters."""

    values: int
    text: float


# By how deep the loops of a program nest: some 5 ms to convert and to run. `map` and `filter` copy
# what they have for each item, so that they get less.
BOUNDS = (Bound(1_000, inf), Bound(1_000, 100_000), Bound(64, 16_000), Bound(16, 16_000))
COLLECTING = (Bound(1_000, inf), Bound(200, 4_000), Bound(32, 2_000), Bound(12, 2_000))
MAX_DEPTH = 64
LOW, HIGH = -(2**63), 2**63 - 1
FREE = frozenset({bool, float, type(None)})  # whatever they hold, they may go in
RESULTS = (str, bool, int, float, list, dict, bytes, type(None))


@cache
def binding() -> ModuleType:
    """The extension module, registered so that a later `import cel` finds it."""
    name = 'cel.cel'
    if name in sys.modules:
        return sys.modules[name]
    package = find_spec('cel')
    folders = package and package.submodule_search_locations
    spec = PathFinder.find_spec(name, folders) if folders else None
    if spec is None or spec.loader is None:
        raise ImportError('common-expression-language is not installed')
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Invalid(ValueError):
    """A source that does not compile; its text is the binding's report."""


class Program:
    """A compiled expression; immutable, and safe for what a stranger sends."""

    __slots__ = ('_execute',)

    def __init__(self, source: str) -> None:
        try:
            self._execute = binding().compile(source).execute
        except (KeyboardInterrupt, SystemExit, ImportError):
            raise
        except BaseException as error:  # a panic in Rust is no Exception
            raise Invalid(str(error)) from None

    def run(self, variables: Mapping[str, Any]) -> Any:
        """The result; ActionError `bad_value` where there is none that JSON can hold.

        The binding's own words may quote what a client sent: they stay here.
        """
        try:
            result = self._execute(variables)
        except TypeError:
            raise ActionError('bad_value', 'values of the wrong type in an expression') from None
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:
            raise ActionError('bad_value', 'an expression has no result') from None
        if not isinstance(result, RESULTS) or (type(result) is float and not isfinite(result)):
            raise ActionError('bad_value', 'the result of an expression is not a JSON value')
        return result


def bounded(value: Any, bound: Bound) -> int:
    """How many values are in one that a program may have, without itself; else ActionError."""
    if type(value) is int and LOW <= value <= HIGH:
        return 0
    level, count, text = [value], 0, 0
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                text += len(item)
            elif isinstance(item, Mapping):
                below.extend(item.values())
                text += sum(map(len, item))
            elif isinstance(item, (list, tuple)):
                below.extend(item)
            elif type(item) is int and not LOW <= item <= HIGH:
                raise ActionError('bad_value', 'an integer beyond 64 bits in an expression')
            if len(below) > bound.values:
                break
        count += len(below)
        if count >= bound.values or text > bound.text:
            raise ActionError('bad_value', 'a value in an expression is too large')
        if not below:
            return count
        level = below
    raise ActionError('bad_value', 'a value in an expression is nested too deep')
