"""The values inside actions: names, recipients, arguments, each with its compiled expressions.

They are validated with a `Reading` as pydantic's context. Only where that has a compiler is
`${…}` an expression; in backends' replies and API bodies it is text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from keyword import iskeyword
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, ValidationInfo

from gateway.config.expressions import Compiler
from gateway.config.mistakes import MOST, Mistake, Mistakes, closest, kind, nearest, wrong
from gateway.config.paths import Value, constant
from gateway.config.patterns import is_pattern, matcher
from gateway.config.scalars import Spelled, scalar
from gateway.config.template import Code, parse

RESERVED = frozenset(
    'connect connect_error disconnect disconnecting newListener removeListener'.split()
)
CLOSE = 0.8  # how like each other two words are, where one is meant by the other
MAX_NAMES = 10_000  # in one list: others wait while it is read
TO = 'all, "room:NAME", "sid:SID", {room: NAME}, {sid: SID} or a list of them'

PREFIXED = re.compile(r'[\w.-]{1,40}:[\w.:-]{1,40}\Z', re.ASCII)  # as the names of rooms are
FUNCTION = re.compile(r'(?P<module>[\w.]+):(?P<name>[\w.]+)\Z')

T = TypeVar('T')


@dataclass(frozen=True, slots=True)
class Reading:
    """Where an action stands, and how its values are compiled."""

    kind: str  # connect, event, disconnect, error: routes and their replies; or api
    namespace: str
    namespaces: frozenset[str]
    compiler: Compiler | None = None  # none: `${…}` is text

    @property
    def is_file(self) -> bool:
        """Whether it is the YAML file that is read; else a reply, or a body of the API."""
        return self.compiler is not None

    def value(self, raw: Any) -> Value:
        return self.compiler.value(raw) if self.compiler else constant(raw)


class Verb(BaseModel):
    """A verb's body in its long form."""

    model_config = ConfigDict(
        frozen=True, extra='forbid', strict=True, arbitrary_types_allowed=True
    )


def reading(info: ValidationInfo) -> Reading:
    assert isinstance(info.context, Reading)
    return info.context


def each(raw: list[Any], read: Callable[[Any], T]) -> list[T]:
    """`read` of every item, with the mistakes of all of them."""
    found: list[Mistake] = []
    items = []
    for index, item in enumerate(raw):
        try:
            items.append(read(item))
        except Mistakes as mistakes:
            found += [mistake.below(index) for mistake in mistakes.found]
            if len(found) >= MOST:
                break
    if found:
        raise Mistakes(*found)
    return items


def named(value: Value) -> Value:
    """A name: text that is not empty; an integer becomes text. Known at load, checked at load."""
    if not value.constant:
        return value
    text = value.fold()
    if type(text) is not int and not isinstance(text, str):
        mend = 'put it in quotes' if isinstance(text, (int, float)) else 'write text'
        raise wrong(f'{kind(text)}, where a name is needed', mend)
    if text == '':
        raise wrong('an empty name', 'write one')
    return constant(str(text))


def name(raw: Any, info: ValidationInfo) -> Value:
    place = reading(info)
    if isinstance(raw, Spelled):
        return named(constant(raw))
    if not place.is_file:
        raw = counted(raw)
    return named(place.value(raw))


def counted(raw: Any) -> Any:
    """JSON has one kind of numbers: 7.0 is 7. Beyond 2**53 programs differ on which one it is."""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, int) and abs(raw) > 2**53:
        raise wrong('a number beyond 2**53', 'put it in quotes')
    return raw


def event(raw: Any, info: ValidationInfo) -> Value:
    value = name(raw, info)
    if value.constant and value.fold() in RESERVED:
        raise wrong('a reserved event name', 'give the event another name')
    return value


def names(raw: Any, info: ValidationInfo) -> tuple[Value, ...]:
    """A name or a list of names; an expression may give either."""
    if not isinstance(raw, list):
        return (name(raw, info),)
    if not raw:
        raise wrong('an empty list', 'name at least one')
    if len(raw) > MAX_NAMES:
        raise wrong(f'more than {MAX_NAMES:,} names', 'write several actions')
    return tuple(each(raw, lambda item: name(item, info)))


def value(raw: Any, info: ValidationInfo) -> Value:
    return reading(info).value(raw)


def arguments(raw: Any, info: ValidationInfo) -> Value:
    """A list, or one expression that gives a list."""
    place = reading(info)
    if isinstance(raw, list):
        return place.value(raw)
    if isinstance(raw, str) and place.compiler:
        parts = parse(raw)
        if len(parts) == 1 and isinstance(parts[0], Code):
            found = place.value(raw)
            if not found.constant or isinstance(found.fold(), list):
                return found
    raise wrong(f'{kind(raw)}, where a list is needed', 'write a list, or data: for one argument')


def flag(raw: Any, info: ValidationInfo) -> Any:
    """A boolean may come from the environment."""
    if isinstance(raw, str) and '${' in raw:
        found = reading(info).value(raw)
        if found.constant:
            return scalar(str(found.fold()))
    return raw


def fixed(raw: Any, info: ValidationInfo) -> Any:
    """A value that is known when the file is loaded; it may come from the environment."""
    found = reading(info).value(raw)
    if not found.constant:
        raise wrong(
            'is fixed when the file is loaded',
            'of all expressions, ${env.NAME} and ${credential.NAME} may stand here',
        )
    return found.fold()


def namespace(raw: Any, info: ValidationInfo) -> str:
    place = reading(info)
    found = place.value(raw)
    text = found.fold() if found.constant else None
    if not isinstance(text, str):
        what = f'{kind(text)}, where a namespace is needed'
        fixed = 'a namespace is fixed when the file is loaded'
        raise wrong(what if found.constant else fixed, 'write its name')
    patterns = [name for name in place.namespaces if is_pattern(name)]
    if text in patterns:
        raise wrong('a pattern is not a namespace', 'write the name of one')
    if text not in place.namespaces and not any(matcher(name)(text) for name in patterns):
        mend = nearest(text, place.namespaces.difference(patterns))
        raise wrong('an unknown namespace', mend or 'list it under namespaces')
    return text


def dotted(text: str) -> bool:
    """Whether a text is a name of Python, or several with dots between them."""
    return all(part.isidentifier() and not iskeyword(part) for part in text.split('.'))


def function(raw: Any) -> str:
    """`package.module:name` or `module:Class.name`, of a function or of a class."""
    mend = 'write "MODULE:NAME"'
    if not isinstance(raw, str):
        raise wrong(f'{kind(raw)}, where a module and a name in it are needed', mend)
    match = FUNCTION.match(raw)
    if match is None or not dotted(match['module']) or not dotted(match['name']):
        raise wrong('not a module and a name in it', mend)
    return raw


def values(raw: Any, info: ValidationInfo) -> Value:
    """Keys with their values: what `set` puts into the session. A program may have none."""
    if not isinstance(raw, dict) or (not raw and reading(info).is_file):
        found = 'an empty mapping' if raw == {} else kind(raw)
        raise wrong(f'{found}, where keys are needed', 'write {KEY: VALUE}')
    return reading(info).value(raw)


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom an event goes to, by kind; the kind is fixed when the file is loaded."""

    everyone: bool = False
    sender: bool = False
    rooms: tuple[Value, ...] = ()
    sids: tuple[Value, ...] = ()


def to(info: ValidationInfo) -> str:
    """What may be written; the API knows no sender."""
    return f'write {TO}' if reading(info).kind == 'api' else f'write sender, {TO}'


def recipients(raw: Any, info: ValidationInfo) -> Recipients:
    if not isinstance(raw, list):
        return recipient(raw, info)
    if not raw:
        raise wrong('an empty list', to(info))
    if len(raw) > MAX_NAMES:
        raise wrong(f'more than {MAX_NAMES:,} recipients', 'write several actions')
    found = each(raw, lambda item: recipient(item, info))
    return Recipients(
        any(one.everyone for one in found),
        any(one.sender for one in found),
        tuple(room for one in found for room in one.rooms),
        tuple(sid for one in found for sid in one.sids),
    )


def recipient(raw: Any, info: ValidationInfo) -> Recipients:
    if isinstance(raw, dict):
        return by_key(raw, info)
    if not isinstance(raw, str):
        raise wrong(f'{kind(raw)}, where a recipient is needed', to(info))
    place = reading(info)
    whole = place.value(raw)
    text = whole.fold() if whole.constant else raw
    if text == 'all':
        return Recipients(everyone=True)
    if text == 'sender':
        return Recipients(sender=True)
    prefix, colon, rest = str(text).partition(':')
    if colon and prefix in {'room', 'sid'}:
        found = (named(constant(rest) if whole.constant else place.value(rest)),)
        return Recipients(rooms=found) if prefix == 'room' else Recipients(sids=found)
    if not whole.constant:
        raise wrong(
            'the kind of recipient is fixed when the file is loaded',
            'write "room:${…}" or {room: "${…}"}',
        )
    meant = ''
    if PREFIXED.match(str(text)):
        close = closest(prefix, ('room', 'sid'), CLOSE)
        meant = f'did you mean {close}:{rest}? ' if close else f'did you mean room:{text}? '
        meant += 'Else '
    raise wrong('an unknown recipient', meant + to(info))


def by_key(raw: dict[str, Any], info: ValidationInfo) -> Recipients:
    if len(raw) != 1 or not raw.keys() <= {'room', 'sid'}:
        raise wrong('neither {room: NAME} nor {sid: SID}', to(info))
    [(key, body)] = raw.items()
    try:
        found = names(body, info)
    except Mistakes as mistakes:
        raise Mistakes(*[mistake.below(key) for mistake in mistakes.found]) from None
    return Recipients(rooms=found) if key == 'room' else Recipients(sids=found)


# A key that is absent is None; a key that is empty is validated like any other.
AnyValue = Annotated[Value, PlainValidator(value)]
Arguments = Annotated[Value | None, PlainValidator(arguments)]
Data = Annotated[Value | None, PlainValidator(value)]
Event = Annotated[Value | None, PlainValidator(event)]
Flag = Annotated[bool, BeforeValidator(flag)]
Function = Annotated[str, PlainValidator(function)]
MaybeName = Annotated[Value | None, PlainValidator(name)]
Name = Annotated[Value, PlainValidator(name)]
Names = Annotated[tuple[Value, ...], PlainValidator(names)]
Namespace = Annotated[str | None, PlainValidator(namespace)]
Reason = Annotated[Value | None, PlainValidator(name)]
To = Annotated[Recipients | None, PlainValidator(recipients)]
Values = Annotated[Value, PlainValidator(values)]
