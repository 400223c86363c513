"""Names of namespaces that hold `*`: each stands for any text of at least one character.

An exact name goes before patterns, and a pattern with more literal text before one with less. Two
with equally much that can match the same name are a mistake, so that the order of the file never
matters.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import TypeAlias

Matches: TypeAlias = Callable[[str], bool]


def is_pattern(name: str) -> bool:
    return '*' in name


def matcher(pattern: str) -> Matches:
    """Whether a name is one of the pattern's; as quick as the name is long."""
    head, *middle, tail = pattern.split('*')

    def matches(name: str) -> bool:
        if not name.startswith(head):
            return False
        at = len(head)
        for part in middle:
            at = name.find(part, at + 1)
            if at < 0:
                return False
            at += len(part)
        return name.endswith(tail) and at < len(name) - len(tail)

    return matches


def literal(pattern: str) -> int:
    """How much literal text a pattern has."""
    return len(pattern) - pattern.count('*')


def in_order(names: Iterable[str]) -> list[str]:
    """The patterns among the names, in the order in which they are asked."""
    return sorted(filter(is_pattern, names), key=lambda name: (-literal(name), name))


def ambiguous(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of patterns that match a name of which neither is the closer description."""
    patterns = filter(is_pattern, names)
    for one, other in combinations(patterns, 2):
        if literal(one) == literal(other) and overlap(one, other):
            yield one, other


def overlap(one: str, other: str) -> bool:
    """Whether some name matches both: the states of both patterns, walked together."""
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        i, j = waiting.pop()
        if i == len(one) and j == len(other):
            return True
        if i == len(one) or j == len(other):
            continue
        wild, wild_too = one[i] == '*', other[j] == '*'
        if not (wild or wild_too or one[i] == other[j]):
            continue
        # One character of a name: a * has had enough with it, or wants more.
        for step in {(i + 1, j + 1), (i + (not wild), j + 1), (i + 1, j + (not wild_too))}:
            if step not in reached:
                reached.add(step)
                waiting.append(step)
    return False
