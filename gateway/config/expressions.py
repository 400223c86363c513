"""Values with `${…}` compiled to closures over a Scope.

- A string that is one expression keeps its type. Inside text an expression must give text, a
  number or a boolean.
- Plain paths are look-ups in Python; everything else is CEL (`programs.py`).
- `env` and `credential` are known when the file is loaded, and become constants.
- `${…}` is read in the YAML file only: without a compiler a value is what it is.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from gateway.config.mistakes import Mistake, Mistakes, unset, wrong
from gateway.config.names import Names
from gateway.config.paths import Get, Path, Scope, Value, constant, lookup, read_path
from gateway.config.programs import program
from gateway.config.scalars import Spelled
from gateway.config.template import Code, parse
from gateway.errors import ActionError

LOAD = frozenset({'env', 'credential'})
EVERYWHERE = LOAD | frozenset('sid nsp rooms session auth query headers ip time'.split())
EVENT = frozenset('args data event id'.split())
CLAIMS = frozenset({'claims'})
ROOTS: Mapping[str, frozenset[str]] = {
    'load': LOAD,
    'connect': EVERYWHERE,
    'event': EVERYWHERE | EVENT,
    'disconnect': EVERYWHERE | {'reason'},
    'error': EVERYWHERE | EVENT | {'error'},
}
ABSENT: Mapping[str, str] = {
    **dict.fromkeys(EVENT, 'exists in events only'),
    'reason': 'exists in disconnect only',
    'error': 'exists in error only',
    'claims': 'needs auth.jwt, or http in connect',
}
ABSENT_AT_LOAD = dict.fromkeys(
    EVERYWHERE | EVENT | ABSENT.keys(), 'exists in routes only; here are env and credential'
)


@dataclass(frozen=True, slots=True)
class Environment:
    """What is known at load time: variables, and the credentials that systemd hands over."""

    variables: Mapping[str, str]

    def value(self, path: Path) -> Value:
        """A constant; evaluating it raises ActionError if there is none. No message holds it."""
        if len(path.steps) != 1 or not isinstance(path.steps[0], str):
            raise wrong(f'{path} is not a variable', f'write {path.root}.NAME')
        name = path.steps[0]
        found = self.variables.get(name) if path.root == 'env' else self.credential(name)
        if found is not None:
            return constant(found)

        def missing(_: Scope) -> Any:
            raise ActionError('bad_value', f'{path} is not set')

        return Value(missing, constant=True)

    def credential(self, name: str) -> str | None:
        folder = self.variables.get('CREDENTIALS_DIRECTORY')
        if folder is None or '/' in name or name in {'', '.', '..'}:
            return None
        try:
            return FilePath(folder, name).read_text().removesuffix('\n')
        except (OSError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles the values of one kind of route, or (`load`) of what is outside the routes."""

    environment: Environment
    kind: str = 'load'
    claims: bool = False  # whether `auth` applies
    alone: bool = True  # whether this gateway has all the clients: there is no `cluster`

    def value(self, raw: Any) -> Value:
        """Any value: text is a template, lists and mappings are compiled at every depth."""
        found: list[Mistake] = []
        value = self._value(raw, found, ())
        if found:
            raise Mistakes(*found)
        return value

    def _value(self, raw: Any, found: list[Mistake], at: tuple[str | int, ...]) -> Value:
        if isinstance(raw, str):
            try:
                return self.string(raw)
            except Mistakes as mistakes:
                found += [mistake.below(*at) for mistake in mistakes.found]
        elif isinstance(raw, list):
            return sequence([self._value(item, found, (*at, i)) for i, item in enumerate(raw)])
        elif isinstance(raw, dict):
            found += [
                Mistake('${…} in a key', 'expressions work in values only', (*at, key), key=True)
                for key in raw
                if '${' in key
            ]
            return mapping({k: self._value(item, found, (*at, k)) for k, item in raw.items()})
        return constant(int(raw) if isinstance(raw, Spelled) else raw)

    def string(self, raw: str) -> Value:
        """A template; exactly one expression keeps its type."""
        parts = parse(raw)
        if len(parts) == 1 and isinstance(parts[0], Code):
            return self.expression(parts[0])
        return text([constant(p) if isinstance(p, str) else self.expression(p) for p in parts])

    def guard(self, raw: Any) -> Value:
        """An `if`: one expression."""
        parts = parse(raw) if isinstance(raw, str) else []
        if len(parts) != 1 or not isinstance(parts[0], Code):
            raise wrong('a guard is one expression', 'write it as "${…}"')
        return self.expression(parts[0])

    def expression(self, code: Code) -> Value:
        roots = ROOTS[self.kind] | CLAIMS if self.claims else ROOTS[self.kind]
        names = Names(
            roots, ABSENT_AT_LOAD if self.kind == 'load' else ABSENT, self.lookup, self.alone
        )
        tokens = code.tokens
        if tokens[0].kind == 'name' and tokens[0].text not in {'true', 'false', 'null'}:
            path, end = read_path(tokens, 0)
            if end == len(tokens):
                names.check(path.root)
                value = self.lookup(path)
                if value.constant:
                    fold(value)
                return value
        return program(tokens, names)

    def lookup(self, path: Path) -> Value:
        if path.root in LOAD:
            return self.environment.value(path)
        return Value(lookup(path), is_args=path == Path('args'))


def fold(value: Value) -> Any:
    """The value of a constant; Mistakes if it has none."""
    try:
        return value.fold()
    except ActionError as error:
        raise unset(error.message) from None


def sequence(items: list[Value]) -> Value:
    gets = [item.get for item in items]
    if all(item.constant for item in items):
        return constant([item.fold() for item in items])
    return Value(lambda scope: [get(scope) for get in gets])


def mapping(fields: dict[str, Value]) -> Value:
    gets = [(key, item.get) for key, item in fields.items()]
    if all(item.constant for item in fields.values()):
        return constant({key: item.fold() for key, item in fields.items()})
    return Value(lambda scope: {key: get(scope) for key, get in gets})


def text(parts: list[Value]) -> Value:
    """Parts joined, each of them text, a number or a boolean."""
    value = Value(joiner(parts), all(part.constant for part in parts))
    return constant(fold(value)) if value.constant else value


def joiner(parts: list[Value]) -> Get:
    gets = [part.get for part in parts]
    if len(parts) == 2 and parts[0].constant:  # "chat:${data.room}", the usual case
        head, tail = parts[0].fold(), gets[1]
        if isinstance(head, str):

            def prefixed(scope: Scope) -> str:
                piece = tail(scope)
                return head + (piece if type(piece) is str else spell(piece))

            return prefixed

    def joined(scope: Scope) -> str:
        return ''.join([spell(get(scope)) for get in gets])

    return joined


def spell(piece: Any) -> str:
    """A scalar in JSON's spelling."""
    if isinstance(piece, str):
        return piece
    if isinstance(piece, bool):
        return 'true' if piece else 'false'
    if isinstance(piece, int) or (isinstance(piece, float) and math.isfinite(piece)):
        return repr(piece)
    raise ActionError('bad_value', 'only text, numbers and booleans can stand inside text')
