"""CEL sources rewritten so that a program gets flat values, never whole roots.

Every path in the source becomes a variable of its own, filled by a look-up in Python. Questions
that Python answers without converting anything (`shortcuts.py`) become variables too.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.config import cel, shortcuts
from gateway.config.mistakes import nearest, wrong
from gateway.config.paths import Path, Value, constant, literal, read_path
from gateway.config.template import Token
from gateway.errors import ActionError

WORDS = frozenset({'true', 'false', 'null', 'in'})
MACROS = frozenset({'map', 'filter', 'all', 'exists', 'exists_one'})
FUNCTIONS = MACROS | frozenset(
    'has size contains startsWith endsWith matches string bytes double int uint dyn timestamp '
    'duration getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours '
    'getMinutes getSeconds getMilliseconds in_room'.split()
)
# What may stand beside a relation that is answered as a whole: nothing that binds tighter.
BEFORE = frozenset({'', '(', '[', ',', '?', ':', '&&', '||'})
BEHIND = frozenset({'', ')', ']', ',', '?', ':', '&&', '||'})


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression may name: roots, and why others of the language are absent here."""

    roots: Collection[str]
    absent: Mapping[str, str]
    value: Callable[[Path], Value]

    def check(self, name: str) -> None:
        if name in self.roots:
            return
        if name in self.absent:
            raise wrong(f'{name} {self.absent[name]}')
        known = {*self.roots, *FUNCTIONS}
        raise wrong(
            f'unknown name {name}', 'use nsp' if name == 'namespace' else nearest(name, known)
        )


@dataclass(slots=True)
class Rewriter:
    """One pass over the tokens of an expression."""

    tokens: Sequence[Token]
    names: Names
    source: list[str] = field(default_factory=list)
    variables: dict[str, tuple[str, Value]] = field(default_factory=dict)  # by what they stand for
    prefix: str = '_'
    truths: set[str] = field(default_factory=set)  # variables that are true or false
    in_room: bool = False
    local: frozenset[str] = frozenset()
    loops: int = 0  # how deep map, all and their like nest

    def run(self) -> str:
        while any(token.text.startswith(self.prefix) for token in self.tokens):
            self.prefix += '_'
        self.local = frozenset(self.bound())
        self.loops = self.nesting()
        at = 0
        while at < len(self.tokens):
            at = self.step(at)
        return ' '.join(self.source)

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

    def nesting(self) -> int:
        """How deep loops nest: what they may range over shrinks with it."""
        brackets: list[bool] = []
        deepest = 0
        for at in range(len(self.tokens)):
            if self.text(at) == '(':
                brackets.append(self.is_loop(at))
                deepest = max(deepest, sum(brackets))
            elif self.text(at) == ')' and brackets:
                brackets.pop()
        if deepest not in cel.MAX_VALUES:
            raise wrong('more than three loops inside each other', 'do without')
        return deepest

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
        if token.kind != 'name':
            return self.copy(at)
        path, end = self.path(at)
        if [self.text(end + i) for i in range(4)] == ['.', 'size', '(', ')']:
            return self.size(path, end + 4)
        return self.replace(str(path), self.value(path), end)

    def path(self, at: int) -> tuple[Path, int]:
        self.names.check(self.text(at))
        return read_path(self.tokens, at)

    def call(self, at: int, member: bool) -> int:
        name = self.text(at)
        if name == 'members' and not member:
            raise wrong('members(…) is not available yet')
        if name not in FUNCTIONS:
            raise wrong(f'unknown function {name}', nearest(name, FUNCTIONS))
        if name == 'matches':
            self.pattern(at + 2)
        elif name == 'has':
            return self.has(at + 2)
        elif name == 'size' and not member:
            path, behind = self.operand(at + 2) or ('', at)
            if isinstance(path, Path) and self.text(behind) == ')':
                return self.size(path, behind + 1)
        elif name == 'in_room':
            if (end := self.room(at + 2)) is not None:
                return end
            self.in_room = True
        return self.copy(at)

    def pattern(self, at: int) -> None:
        """A client's own pattern could take 200 ms to compile: only literal ones."""
        if at >= len(self.tokens) or self.tokens[at].kind != 'string' or self.text(at + 1) != ')':
            raise wrong('matches(…) takes a pattern in quotes', "such as matches('^[a-z]+$')")
        try:
            cel.Program(f"''.matches({self.text(at)})").run({})
        except ActionError:
            raise wrong('not a valid pattern in matches(…)', 'see the syntax of RE2') from None

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

    def size(self, path: Path, end: int) -> int:
        return self.replace(f'size({path})', shortcuts.size(self.value(path)), end)

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

    def room(self, at: int) -> int | None:
        """The argument of `in_room` where it is texts and paths joined by `+`."""
        parts: list[str | Path] = []
        while (operand := self.operand(at)) is not None:
            part, end = operand
            parts.append(part)
            if self.text(end) == ')':
                answer = shortcuts.in_room([self.value(part) for part in parts])
                return self.answer(f'in_room({parts!r})', answer, end + 1)
            if self.text(end) != '+':
                return None
            at = end + 1
        return None

    def operand(self, at: int) -> tuple[str | Path, int] | None:
        """A text or a path that stands at `at`, and where it ends."""
        if at >= len(self.tokens):
            return None
        token = self.tokens[at]
        if (text := literal(token)) is not None:
            return text, at + 1
        if token.kind != 'name' or token.text in WORDS or token.text in self.local:
            return None
        return None if self.text(at + 1) == '(' else self.path(at)

    def value(self, operand: str | Path) -> Value:
        """Its value. A variable of the environment must exist, or `has` must have asked."""
        if isinstance(operand, str):
            return constant(operand)
        value = self.names.value(operand)
        if value.constant and f'has({operand})' not in self.variables:
            try:
                value.fold()
            except ActionError as error:
                raise wrong(error.message, 'set it before the start') from None
        return value
