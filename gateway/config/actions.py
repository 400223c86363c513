"""The verbs: one frozen class each, the same for YAML routes, backends' replies and the API."""

from collections.abc import Container, Mapping
from typing import Any, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from gateway.config.fields import (
    AnyValue,
    Arguments,
    Data,
    Event,
    Flag,
    Function,
    Name,
    Names,
    Namespace,
    Reason,
    To,
    Values,
    reading,
)
from gateway.config.mistakes import kind, wrong


class Verb(BaseModel):
    """A verb's body in its long form."""

    model_config = ConfigDict(
        frozen=True, extra='forbid', strict=True, arbitrary_types_allowed=True
    )


class Emit(Verb):
    """An event to some clients. Without `event` the incoming event's name, without `args` or
    `data` what came in, without `to` the sender."""

    event: Event = None
    args: Arguments = None
    data: Data = None  # one argument
    to: To = None
    skip: To = Field(None, alias='except')
    namespace: Namespace = None
    volatile: Flag = False

    @model_validator(mode='after')
    def check(self, info: ValidationInfo) -> Self:
        place = reading(info)
        if self.args is not None and self.data is not None:
            raise wrong('both data and args', 'data: X is short for args: [X]')
        if self.event is None and place.kind in {'connect', 'disconnect'}:
            raise wrong(f'no event to repeat in {place.kind}', 'add event: NAME')
        if self.skip is not None and self.skip.everyone:
            raise wrong('except: all leaves nobody', 'name rooms, or sender')
        to_sender = self.to is None or self.to.sender
        if to_sender and place.kind == 'disconnect':
            raise wrong('the sender is gone in disconnect', 'add to: all or to: "room:NAME"')
        elsewhere = self.namespace not in {None, place.namespace}
        if elsewhere and (to_sender or (self.skip is not None and self.skip.sender)):
            raise wrong(
                'the sender has another sid in another namespace', 'write to: all or a room'
            )
        return self


class Join(Verb):
    """Rooms that the client enters."""

    room: Names


class Leave(Verb):
    """Rooms that the client leaves."""

    room: Names


class CloseRoom(Verb):
    """Rooms that everyone leaves."""

    room: Names


class Ack(Verb):
    """What the client's callback gets."""

    value: AnyValue
    several: bool  # a literal list, or exactly ${args}


class Call(Verb):
    """A Python function, `module:function`; what it gives is the acknowledgement without `ack`."""

    function: Function


class Set(Verb):
    """Keys of the session and what they become."""

    values: Values


class Reject(Verb):
    """The end of the route: the acknowledgement, or the CONNECT_ERROR, is this code."""

    code: Name


class Disconnect(Verb):
    """The end of this client's stay in the namespace."""

    reason: Reason = None


Action: TypeAlias = Emit | Join | Leave | CloseRoom | Ack | Call | Set | Reject | Disconnect


def read(verb: str, body: Any, context: Any) -> Action:
    """The action of one verb; raises pydantic's ValidationError or Mistakes."""
    model, long = VERBS[verb]
    return model.model_validate(long(body), context=context)


def emit(body: Any) -> Any:
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise wrong(f'{kind(body)}, where a mapping is needed', 'write {event: NAME, to: all}')
    return body


def send(body: Any) -> Any:
    if isinstance(body, dict) and 'event' in body:
        raise wrong('send has no event: it is always message', 'use emit')
    if body is not None and not isinstance(body, dict):
        raise wrong(f'{kind(body)}, where a mapping is needed', 'write {to: all, data: TEXT}')
    return {**(body or {}), 'event': 'message'}


def room(body: Any) -> Any:
    if isinstance(body, dict) and 'sid' in body:
        raise wrong('another client cannot be moved from here', 'remove sid')
    return body if isinstance(body, dict) else {'room': body}


def ack(body: Any) -> Any:
    return {'value': body, 'several': isinstance(body, list)}


def call(body: Any) -> Any:
    return {'function': body}


def set_(body: Any) -> Any:
    return {'values': body}


def reject(body: Any) -> Any:
    return {'code': body}


def disconnect(body: Any) -> Any:
    if body is True:
        return {}
    if (isinstance(body, str) and body.startswith('sid:')) or (
        isinstance(body, dict) and not OTHERS.isdisjoint(body)
    ):
        raise wrong("disconnect is for the event's own client", 'others: disconnect(sid) in Python')
    if isinstance(body, dict):
        return body
    raise wrong(f'{kind(body)}, where true is needed', 'write true or {reason: TEXT}')


VERBS: Mapping[str, tuple[type[Action], Any]] = {
    'emit': (Emit, emit),
    'send': (Emit, send),
    'join': (Join, room),
    'leave': (Leave, room),
    'close_room': (CloseRoom, room),
    'ack': (Ack, ack),
    'call': (Call, call),
    'set': (Set, set_),
    'reject': (Reject, reject),
    'disconnect': (Disconnect, disconnect),
}
MEANT: Mapping[str, str] = {'kick': 'use disconnect'}
OTHERS = frozenset({'sid', 'to', 'room'})  # who else might be meant
SHORT = frozenset({'ack', 'call', 'set', 'reject'})  # bodies that are a value, whatever they are
LATER = frozenset({'http'})
KINDS: Mapping[str, frozenset[str]] = {
    'connect': frozenset(VERBS) - {'ack', 'disconnect'},
    'event': frozenset(VERBS),
    'disconnect': frozenset({'emit', 'send', 'close_room', 'call'}),
    'error': frozenset(VERBS) - {'ack', 'reject'},
}


def owner(key: str, verbs: Container[str]) -> str | None:
    """The verb in whose body a key belongs, first of all one of those at hand."""
    if key in VERBS:
        return None
    having = [
        verb
        for verb, (model, _) in VERBS.items()
        if verb not in SHORT
        and any(key == (field.alias or name) for name, field in model.model_fields.items())
    ]
    return next((verb for verb in having if verb in verbs), next(iter(having), None))
