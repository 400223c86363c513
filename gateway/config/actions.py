"""The verbs: one frozen class each, the same for YAML routes, backends' replies and the API.

Where a `Reading` has no compiler (replies, the API), `${…}` is text, and others than the event's
own client may be meant: by `sid`, or as the `members` of a room.
"""

from collections.abc import Container, Mapping
from typing import Any, Self, TypeAlias

from pydantic import Field, ValidationInfo, model_validator

from gateway.config.backends import Http
from gateway.config.fields import (
    AnyValue,
    Arguments,
    Data,
    Event,
    Flag,
    Function,
    MaybeName,
    Name,
    Names,
    Namespace,
    Reading,
    Reason,
    To,
    Values,
    Verb,
    reading,
)
from gateway.config.mistakes import Mistake, Mistakes, kind, wrong


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
        if self.event is None and place.kind in {'connect', 'disconnect', 'api'}:
            where = 'here' if place.kind == 'api' else f'in {place.kind}'
            raise wrong(f'no event to repeat {where}', 'add event: NAME')
        if self.skip is not None and self.skip.everyone:
            raise wrong('except: all leaves nobody', 'name rooms, or sender')
        to_sender = self.to is None or self.to.sender
        from_sender = self.skip is not None and self.skip.sender
        if place.kind == 'api' and (to_sender or from_sender):
            what = 'to is missing' if self.to is None else 'there is no sender here'
            raise wrong(what, 'write to: all, "room:NAME" or "sid:SID"')
        if to_sender and place.kind == 'disconnect':
            raise wrong('the sender is gone in disconnect', 'add to: all or to: "room:NAME"')
        elsewhere = self.namespace not in {None, place.namespace}
        if elsewhere and (to_sender or from_sender):
            raise wrong(
                'the sender has another sid in another namespace', 'write to: all or a room'
            )
        return self


class Whom(Verb):
    """The event's client, or another one, or everyone in a room."""

    sid: MaybeName = None
    members: MaybeName = None
    namespace: Namespace = None

    @model_validator(mode='after')
    def whom(self, info: ValidationInfo) -> Self:
        place, own = reading(info), self.sid is None and self.members is None
        if self.sid is not None and self.members is not None:
            raise wrong('both sid and members', 'name one of them')
        if own and self.namespace is not None and place.kind != 'api':
            raise wrong('namespace without sid or members', 'remove it, or say whose')
        if own and (place.kind in {'api', 'disconnect'} or not self.may_be_own(place)):
            what = 'nobody is named' if place.kind == 'api' else 'the client is not in here'
            raise wrong(what, 'add sid: SID, or members: ROOM')
        return self

    def may_be_own(self, place: Reading) -> bool:
        """Whether the event's own client can be meant there."""
        return True


class Join(Whom):
    """Rooms that the client enters."""

    room: Names


class Leave(Whom):
    """Rooms that the client leaves."""

    room: Names


class CloseRoom(Verb):
    """Rooms that everyone leaves."""

    room: Names
    namespace: Namespace = None


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


class Claim(Verb):
    """What a backend says of a newcomer, in place of a token's claims; no verb of its own."""

    values: Values


class Reject(Verb):
    """The end of the route: the acknowledgement, or the CONNECT_ERROR, is this code."""

    code: Name


class Disconnect(Whom):
    """The end of the client's stay in the namespace."""

    reason: Reason = None

    def may_be_own(self, place: Reading) -> bool:
        return place.kind != 'connect'  # it is not in yet


Action: TypeAlias = (
    Emit | Join | Leave | CloseRoom | Ack | Call | Http | Set | Claim | Reject | Disconnect
)


def read(verb: str, body: Any, place: Reading) -> Action:
    """The action of one verb; raises pydantic's ValidationError or Mistakes."""
    model, long = VERBS[verb]
    return model.model_validate(long(body, place), context=place)


def emit(body: Any, place: Reading) -> Any:
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise wrong(f'{kind(body)}, where a mapping is needed', 'write {event: NAME, to: all}')
    return body


def send(body: Any, place: Reading) -> Any:
    if isinstance(body, dict) and 'event' in body:
        raise wrong('send has no event: it is always message', 'use emit')
    if body is not None and not isinstance(body, dict):
        raise wrong(f'{kind(body)}, where a mapping is needed', 'write {to: all, data: TEXT}')
    return {**(body or {}), 'event': 'message'}


def room(body: Any, place: Reading) -> Any:
    if isinstance(body, dict) and place.is_file:
        if 'sid' in body:
            raise wrong('another client cannot be moved from here', 'remove sid')
        others = sorted(OTHERS & body.keys())
        if others:
            what = "{} stands in backends' replies and the API only"
            raise Mistakes(
                *[Mistake(what.format(key), 'remove it', (key,), key=True) for key in others]
            )
    return body if isinstance(body, dict) else {'room': body}


def ack(body: Any, place: Reading) -> Any:
    return {'value': body, 'several': isinstance(body, list)}


def call(body: Any, place: Reading) -> Any:
    return {'function': body}


def http(body: Any, place: Reading) -> Any:
    return body if isinstance(body, dict) else {'url': body}


def set_(body: Any, place: Reading) -> Any:
    return {'values': body}


def reject(body: Any, place: Reading) -> Any:
    return {'code': body}


def disconnect(body: Any, place: Reading) -> Any:
    if body is True:
        return {}
    named = isinstance(body, dict) and not (OTHERS | {'to', 'room'}).isdisjoint(body)
    if place.is_file and (named or (isinstance(body, str) and body.startswith('sid:'))):
        raise wrong("disconnect is for the event's own client", 'others: disconnect(sid) in Python')
    if isinstance(body, dict):
        return body
    if place.kind == 'api':
        raise wrong(f'{kind(body)}, where a mapping is needed', 'write {sid: SID}')
    raise wrong(f'{kind(body)}, where true is needed', 'write true or {reason: TEXT}')


VERBS: Mapping[str, tuple[type[Action], Any]] = {
    'emit': (Emit, emit),
    'send': (Emit, send),
    'join': (Join, room),
    'leave': (Leave, room),
    'close_room': (CloseRoom, room),
    'ack': (Ack, ack),
    'call': (Call, call),
    'http': (Http, http),
    'set': (Set, set_),
    'reject': (Reject, reject),
    'disconnect': (Disconnect, disconnect),
}
MEANT: Mapping[str, str] = {'kick': 'use disconnect'}
OTHERS = frozenset({'sid', 'members', 'namespace'})  # keys of bodies that mean somebody else
SHORT = frozenset({'ack', 'call', 'set', 'reject'})  # bodies that are a value, whatever they are
MOVES = frozenset({'join', 'leave', 'disconnect'})
KINDS: Mapping[str, frozenset[str]] = {
    'connect': frozenset(VERBS) - {'ack', 'disconnect'},
    'event': frozenset(VERBS),
    'disconnect': frozenset({'emit', 'send', 'close_room', 'call', 'http'}),
    'error': frozenset(VERBS) - {'ack', 'reject'},
}
# What replies and the API may hold, by the kind of the route; `ack` and the like stand beside `do`.
SPOKEN: Mapping[str, frozenset[str]] = {
    **{kind: (verbs | MOVES) - {'call', 'http'} for kind, verbs in KINDS.items()},
    'api': MOVES | {'emit', 'send', 'close_room'},
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
        and (key not in OTHERS or model is Emit)
    ]
    return next((verb for verb in having if verb in verbs), next(iter(having), None))
