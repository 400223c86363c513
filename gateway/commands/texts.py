"""What is odd about the texts of a route: expressions that were not written as such, or that
always fail. Each is a path below the step, what is odd, and how to mend it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.config.paths import Path, read_path
from gateway.config.source import Path as Place
from gateway.config.template import Code, parse

LISTS = frozenset({'rooms', 'args'})
MAPPINGS = frozenset({'session', 'claims', 'query', 'headers', 'error'})
SINGLE = frozenset({'sid', 'nsp', 'event', 'ip', 'time', 'id', 'reason'})
SIZES = frozenset({'size', 'length', 'count'})
NAMES = frozenset({'event', 'reject', 'call', 'namespace', 'reason'})  # data.x is a fine name

ROOTS = '(?:data|args|auth|session|claims|query|headers)'
STEPS = r'(?:\.[A-Za-z_]\w*|\[\d+\])+'
BARE = re.compile(rf'(?:room:|sid:)?({ROOTS}{STEPS})')
WRAPPED = re.compile(rf'(?:\$\(?|\{{\{{? ?)({ROOTS}{STEPS})')  # $(data.x), {{data.x}}

Oddity = tuple[Place, str, str]


def odd(step: Mapping[str, Any]) -> Iterator[Oddity]:
    """Everything about the texts of a step as it was written."""
    for place, text in texts(step, ()):
        yield from literal(place, text)
        yield from failing(place, text)


def texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text in a value, with its place below it."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, (*place, index))


def literal(place: Place, text: str) -> Iterator[Oddity]:
    """Text that was probably meant to be an expression."""
    bare = BARE.fullmatch(text) if NAMES.isdisjoint(place) else None
    parts = [part for part in parse(text) if isinstance(part, str)] if '$${' not in text else []
    found = bare or next((match for part in parts if (match := WRAPPED.search(part))), None)
    if found:
        mend = 'write ' + (f'"${{{found[1]}}}"' if found is bare else f'${{{found[1]}}}')
        if place in {('http',), ('http', 'url')}:
            mend = 'an address is fixed: put it into body or headers'
        yield place, f'{found[1]} is plain text here', mend


def failing(place: Place, text: str) -> Iterator[Oddity]:
    """Expressions that fail whatever a client sends."""
    parts = parse(text)
    for part in parts:
        if not isinstance(part, Code):
            continue
        for path in paths(part):
            if mends := stepless(path):
                yield place, *mends
        whole = Path(part.source) if part.source in LISTS | MAPPINGS else None
        if whole and len(parts) > 1:
            kind = 'list' if whole.root in LISTS else 'mapping'
            what = f'always fails: {whole} is a {kind}, which cannot stand inside text'
            mend = f'write one item of it, or "${{{whole}}}" alone'
            yield place, what, mend if kind == 'list' else 'name one of its keys'


def stepless(path: Path) -> tuple[str, str] | None:
    """What is wrong with a step below what has none."""
    root, first = path.root, path.steps[0] if path.steps else None
    if root in LISTS and isinstance(first, str):
        mend = f'write size({root})' if first in SIZES else f'write {root}[0]'
        return f'always fails: {root} is a list and has no {first}', mend
    if root in SINGLE and first is not None:
        return f'always fails: {root} has nothing below it', f'write {root}'
    return None


def paths(code: Code) -> Iterator[Path]:
    """The paths that an expression names."""
    tokens, at = code.tokens, 0
    while at < len(tokens):
        if tokens[at].kind == 'name' and (at == 0 or tokens[at - 1].text != '.'):
            path, at = read_path(tokens, at)
            yield path
        else:
            at += 1


def possible(room: str) -> str:
    """The names that a text with expressions may become, as a regular expression."""
    return ''.join('(?s:.*)' if isinstance(part, Code) else re.escape(part) for part in parse(room))


def listed(value: Any) -> Sequence[Any]:
    """One or several."""
    return value if isinstance(value, list) else [value]
