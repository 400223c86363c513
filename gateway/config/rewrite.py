"""CEL sources rewritten so that a program gets flat values, never whole roots.

Every path in the source becomes a variable of its own, filled by a look-up in Python. Questions
that Python answers without converting anything (`shortcuts.py`) become variables too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeAlias

from gateway.config import cel, shortcuts
from gateway.config.mistakes import unset, wrong
from gateway.config.names import ASKS, MACROS, WORDS, Names
from gateway.config.paths import Path, Value, constant, literal, read_path
from gateway.config.regex import matcher
from gateway.config.template import Token
from gateway.errors import ActionError

# What may stand beside a relation that is answered as a whole: nothing that binds tighter.
BEFORE = frozenset({'', '(', '[', ',', '?', ':', '&&', '||'})
BEHIND = frozenset({'', ')', ']', ',', '?', ':', '&&', '||'})


@dataclass(frozen=True, slots=True)
class Members:
    """`members(…)` of texts and paths joined by `+`: Python's to answer."""

    parts: tuple['str | Path', ...]


Operand: TypeAlias = str | Path | Members


@dataclass(slots=True)
class Rewriter:
    """One pass over the tokens of an expression."""

    tokens: Sequence[Token]
    names: Names
    source: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)  # which token each part of it comes from
    variables: dict[str, tuple[str, Value]] = field(default_factory=dict)  # by what they stand for
    prefix: str = '_'
    patterns: dict[str, Callable[[object], bool]] = field(default_factory=dict)
    truths: set[str] = field(default_factory=set)  # variables that are true or false
    asks: set[str] = field(default_factory=set)  # what the program itself asks of the scope
    local: frozenset[str] = frozenset()
    limits: cel.Bound = cel.BOUNDS[0]  # of what the program gets whole

    def run(self) -> str:
        while any(token.text.startswith(self.prefix) for token in self.tokens):
            self.prefix += '_'
        self.local = frozenset(self.bound())
        self.limits = self.nesting()
        at = 0
        while at < len(self.tokens):
            self.origins.append(at)
            at = self.step(at)
        return ' '.join(self.source)

    def places(self) -> tuple[list[Sequence[Token]], list[int]]:
        """The tokens that each part of the source stands for, and where that part begins."""
        ends = [*self.origins[1:], len(self.tokens)]
        starts = accumulate((len(part) + 1 for part in self.source), initial=0)
        tokens = [self.tokens[at:end] for at, end in zip(self.origins, ends, strict=True)]
        return tokens, list(starts)[:-1]

    def text(self, at: int) -> str:
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ''

    def copy(self, at: int) -> int:
        self.source.append(self.text(at))
        return at + 1

    def replace(self, meaning: str, value: Value, end: int) -> int:
        name = f'{self.prefix}{len(self.variables)}'
        self.source.append(self.variables.setdefault(meaning, (name, value))[0])
        return end

    def answer(self, meaning: str, value: Value, end: int) -> int:
        """A question that is answered with true or false."""
        end = self.replace(meaning, value, end)
        self.truths.add(self.source[-1])
        return end

    def is_loop(self, at: int) -> bool:
        """Whether the ( at `at` is that of `map`, `all` and their like."""
        return self.text(at) == '(' and self.text(at - 1) in MACROS and self.text(at - 2) == '.'

    def bound(self) -> Iterator[str]:
        """The names that loops bind."""
        for at in range(len(self.tokens)):
            if self.is_loop(at):
                name = self.text(at + 1)
                if name in self.names.roots or name in self.names.absent:
                    what = f'name the variable of {self.text(at - 1)} otherwise'
                    raise wrong(f'{name} is taken', what)
                yield name

    def nesting(self) -> cel.Bound:
        """What loops may range over: it shrinks with how deep they nest."""
        brackets: list[bool] = []
        deepest, bounds = 0, cel.BOUNDS
        for at in range(len(self.tokens)):
            if self.text(at) == '(':
                brackets.append(self.is_loop(at))
                deepest = max(deepest, sum(brackets))
                if brackets[-1] and self.text(at - 1) in {'map', 'filter'}:
                    bounds = cel.COLLECTING
            elif self.text(at) == ')' and brackets:
                brackets.pop()
        if deepest >= len(cel.BOUNDS):
            raise wrong('more than three loops inside each other', 'do without')
        return bounds[deepest]

    def step(self, at: int) -> int:
        """Copy or replace what stands at `at`; returns where to go on."""
        token = self.tokens[at]
        member = token.kind == 'name' and self.text(at - 1) == '.'
        if token.kind == 'name' and self.text(at + 1) == '(' and token.text not in WORDS:
            return self.call(at, member)
        if member or token.text in WORDS or token.text in self.local:
            return self.copy(at)
        if (end := self.relation(at)) is not None:
            return end
        if token.text == '?' and self.text(at - 1) == '.':
            raise wrong('.? does not exist here', 'write has(data.x) ? data.x : null')
        if token.kind != 'name':
            return self.copy(at)
        return self.found(*self.path(at))

    def found(self, operand: Path | Members, end: int) -> int:
        """A value that is looked up, or only how large it is, or what its text looks like."""
        if [self.text(end + i) for i in range(4)] == ['.', 'size', '(', ')']:
            return self.size(operand, end + 4)
        if [self.text(end), self.text(end + 1)] == ['.', 'matches']:
            answer = shortcuts.matches(self.value(operand), self.pattern(end + 3))
            return self.answer(f'{operand}.matches({self.text(end + 3)})', answer, end + 5)
        return self.replace(str(operand), self.value(operand), end)

    def path(self, at: int) -> tuple[Path, int]:
        self.names.check(self.text(at))
        return read_path(self.tokens, at)

    def call(self, at: int, member: bool) -> int:
        name = self.text(at)
        self.names.function(name)
        if name in ASKS:
            return self.ask(at, name)
        if name == 'matches':
            return self.match(at)
        if name == 'has':
            return self.has(at + 2)
        if name == 'size' and not member:
            operand, behind = self.operand(at + 2) or ('', at)
            if not isinstance(operand, str) and self.text(behind) == ')':
                return self.size(operand, behind + 1)
        return self.copy(at)

    def ask(self, at: int, name: str) -> int:
        """`in_room(…)` and `members(…)`, answered by Python where it can see the name."""
        if self.text(at - 1) == '.':
            raise wrong(f'{name}(…) stands by itself', f'remove the . before {name}')
        if 'sid' not in self.names.roots:
            raise wrong(f'{name}(…) exists in routes only')
        if name == 'members' and (operand := self.operand(at)) is not None:
            assert isinstance(operand[0], Members)
            return self.found(operand[0], operand[1])
        if name == 'in_room' and (joined := self.joined(at + 2)) is not None:
            parts, end = joined
            answer = shortcuts.asked(name, [self.value(part) for part in parts])
            return self.answer(f'in_room({parts!r})', answer, end)
        self.asks.add(name)
        return self.copy(at)

    def match(self, at: int) -> int:
        """`matches('…')` of what Python can't look up: a function of the pattern's own."""
        name = f'{self.prefix}matches{len(self.patterns)}'
        self.patterns[name] = self.pattern(at + 2)
        self.source.append(f'{name}()')
        return at + 4

    def pattern(self, at: int) -> Callable[[object], bool]:
        """A client's own pattern could take 200 ms to compile: only literal ones."""
        if at >= len(self.tokens) or self.tokens[at].kind != 'string' or self.text(at + 1) != ')':
            raise wrong('matches(…) takes a pattern in quotes', "such as matches('^[a-z]+$')")
        return matcher(str(cel.Program(self.text(at)).run({})))

    def has(self, at: int) -> int:
        if self.text(at) in self.local:
            self.source.append('has')
            return at - 1
        path, end = self.operand(at) or ('', at)
        if not isinstance(path, Path) or self.text(end) != ')':
            raise wrong('has(…) takes a path', 'such as has(data.room)')
        value = self.names.value(path)
        above = path.steps and not value.constant
        parent = self.names.value(Path(path.root, path.steps[:-1])) if above else None
        holders = (list, tuple) if above and isinstance(path.steps[-1], int) else (Mapping,)
        answer = shortcuts.presence(value, parent, holders)
        return self.answer(f'has({path})', answer, end + 1)

    def size(self, operand: Path | Members, end: int) -> int:
        if isinstance(operand, Members):  # counted, not listed
            count = shortcuts.asked('headcount', [self.value(part) for part in operand.parts])
            return self.replace(f'size({operand})', count, end)
        return self.replace(f'size({operand})', shortcuts.size(self.value(operand)), end)

    def relation(self, at: int) -> int | None:
        """`X in PATH`, `X == Y` and `X != Y` of texts and paths, one of them a text."""
        left = self.operand(at) if self.text(at - 1) in BEFORE else None
        sign = self.text(left[1]) if left else ''
        if left is None or sign not in {'in', '==', '!='}:
            return None
        right = self.operand(left[1] + 1)
        if right is None or self.text(right[1]) not in BEHIND:
            return None
        texts = [isinstance(side, str) for side in (left[0], right[0])]
        if texts[1] if sign == 'in' else not any(texts):
            return None
        answer = shortcuts.RELATIONS[sign](self.value(left[0]), self.value(right[0]))
        return self.answer(f'{left[0]!r} {sign} {right[0]!r}', answer, right[1])

    def joined(self, at: int) -> tuple[tuple[str | Path, ...], int] | None:
        """Texts and paths joined by `+` up to a `)`, and what is behind that."""
        parts: list[str | Path] = []
        while (operand := self.operand(at)) is not None:
            part, end = operand
            if isinstance(part, Members):
                return None
            parts.append(part)
            if self.text(end) == ')':
                return tuple(parts), end + 1
            if self.text(end) != '+':
                return None
            at = end + 1
        return None

    def operand(self, at: int) -> tuple[Operand, int] | None:
        """What Python can look up that stands at `at`, and where it ends."""
        if at >= len(self.tokens):
            return None
        token = self.tokens[at]
        if (text := literal(token)) is not None:
            return text, at + 1
        if token.kind != 'name' or token.text in WORDS or token.text in self.local:
            return None
        if self.text(at + 1) != '(':
            return self.path(at)
        if token.text != 'members' or (joined := self.joined(at + 2)) is None:
            return None
        self.names.function('members')
        return Members(joined[0]), joined[1]

    def value(self, operand: Operand) -> Value:
        """Its value. A variable of the environment must exist, or `has` must have asked."""
        if isinstance(operand, str):
            return constant(operand)
        if isinstance(operand, Members):
            return shortcuts.asked('members', [self.value(part) for part in operand.parts])
        value = self.names.value(operand)
        if value.constant and f'has({operand})' not in self.variables:
            try:
                value.fold()
            except ActionError as error:
                raise unset(error.message) from None
        return value
