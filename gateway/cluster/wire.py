"""What gateways and other programs say to each other through the queue: python-socketio's messages.

Rules of this file:
- A message is a JSON object with a `method`. What python-socketio has no word for stands under
  `gateway`, or in a method that begins so: its own listeners ignore both.
- Ours begin with `host_id`, so that a node knows its own without reading them; those that are
  numbered end with their number, so that they are written once.
- What is no message is Malformed. Nothing is unpickled, ever.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import orjson

from gateway.errors import PeerError
from gateway.hub.target import Target
from gateway.wire import json_codec

BEAT: Final = 'gateway.beat'
RESEND: Final = 'gateway.resend'
GONE: Final = 'gateway.gone'
EMIT: Final = 'gateway.emit'  # one that `emit` can't say
MOVE: Final = 'gateway.move'
ASK: Final = 'gateway.ask'
ANSWERS: Final = 'gateway.answers'
PICKLED: Final = (b'\x80', b'(d')
MAX_TEXT: Final = 1_000  # characters of the name of a host


class Malformed(Exception):
    """`kind` is `pickle`, `json` or `form`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(slots=True)  # frozen, it would cost 2 µs more to make
class Emission:
    """An event for some clients. `callback` is what an answer is sent back with."""

    namespace: str
    event: str
    args: Sequence[Any]
    to: Target
    skip: Target | None = None
    volatile: bool = False
    callback: tuple[Any, ...] | None = None


def read(body: bytes) -> dict[str, Any]:
    """A message, its host and its method looked at; Malformed."""
    if body.startswith(PICKLED):
        raise Malformed('pickle')
    try:
        message = json_codec.loads(body)
    except PeerError:
        raise Malformed('json') from None
    if not isinstance(message, dict) or not isinstance(message.get('method'), str):
        raise Malformed('form')
    host = message.get('host_id')
    if host is not None and not is_host(host):
        raise Malformed('form')
    return message


def ours(message: Mapping[str, Any]) -> dict[str, Any]:
    """What stands under `gateway`; {} where another program has sent it."""
    found = message.get('gateway', {})
    if not isinstance(found, dict) or not is_host(found.get('from', '-')):
        raise Malformed('form')
    return found


def is_host(found: Any) -> bool:
    return isinstance(found, str) and 0 < len(found) <= MAX_TEXT


def number(body: Mapping[str, Any], key: str) -> int:
    """A number of messages; Malformed."""
    found = body.get(key)
    if type(found) is not int or not 0 <= found < 2**63:
        raise Malformed('form')
    return found


def text(body: Mapping[str, Any], key: str, default: str | None = None) -> str:
    found = body.get(key)
    if found is None and default is not None:
        return default
    if not isinstance(found, str):
        raise Malformed('form')
    return found


def args(message: Mapping[str, Any]) -> list[Any]:
    """The arguments of an event, bytes in their places; Malformed."""
    data = message.get('data')
    if message.get('binary'):
        if not isinstance(data, list) or not data:
            raise Malformed('form')
        data = restored(data[0], data[1:])
    if 'gateway' in message and isinstance(data, list):
        return data
    if isinstance(data, list) and len(data) != 1:
        return data
    only = data[0] if isinstance(data, list) else data
    return [] if only is None else [only]  # as python-socketio's own listeners do it


def acknowledged(message: Mapping[str, Any]) -> Any:
    """`args` of a callback, bytes in their places; Malformed."""
    data, attachments = message.get('args'), ours(message).get('attachments')
    return data if attachments is None else restored(data, attachments)


def restored(data: Any, texts: Any) -> Any:
    """With bytes in place of their placeholders; Malformed."""
    try:
        attachments = [base64.b64decode(one, validate=True) for one in texts]
        return json_codec.reconstruct(data, attachments)
    except (ValueError, TypeError, binascii.Error, PeerError):
        raise Malformed('form') from None


def target(found: Any) -> Target:
    """`[rooms, sids]`; Malformed."""
    if not (isinstance(found, list) and len(found) == 2):
        raise Malformed('form')
    rooms, sids = found
    if not (is_names(rooms) and is_names(sids)):
        raise Malformed('form')
    return Target(rooms=tuple(rooms), sids=tuple(sids))


def is_names(found: Any) -> TypeGuard[list[str]]:
    if not isinstance(found, list):
        return False
    for one in found:  # noqa: SIM110 - a generator costs more than all of it
        if not isinstance(one, str):
            return False
    return True


def whom(message: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Any, Any]:
    """`to` and `skip` of an event, whose part of ours is `body`; Malformed."""
    to = target(body['to']) if 'to' in body else named(message.get('room'))
    skip = target(body['except']) if 'except' in body else skipped(message.get('skip_sid'))
    return to, skip


def skipped(found: Any) -> Any:
    """python-socketio's `skip_sid`: None, a sid, or a list of them; Malformed."""
    if not (found is None or isinstance(found, str) or is_names(found)):
        raise Malformed('form')
    return found


def callback(message: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """What an answer is sent back with: python-socketio's room, namespace and id; Malformed."""
    found = message.get('callback')
    if found is None:
        return None
    if not (isinstance(found, list) and len(found) == 3):
        raise Malformed('form')
    return tuple(found)


def event(message: Mapping[str, Any]) -> list[Any]:
    """Its name and its arguments; Malformed."""
    return [text(message, 'event'), *args(message)]


def named(found: Any) -> Any:
    """python-socketio's `room`: None, a name, or a list of names; Malformed."""
    items = found if isinstance(found, list) else [found]
    if found is not None and not all(type(one) in (str, int) for one in items):
        raise Malformed('form')
    return found


class Writer:
    """Writes the messages of one node. What it gives with `open` is to be ended by `numbered`."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.mark = b'{"host_id":"%b",' % host.encode()  # what all of its messages begin with

    def said(self, method: str, **body: Any) -> bytes:
        """A message without a number; `body` stands under `gateway`."""
        return self.mark + orjson.dumps({'method': method, 'gateway': body})[1:]

    def asked(self, method: str, body: Mapping[str, Any] | None = None, **fields: Any) -> bytes:
        """The same, for one with a number."""
        head = self.mark + json_codec.dumps({'method': method, **fields}, refuse, [])[1:-1]
        return head + b',"gateway":' + json_codec.dumps(dict(body or {}), refuse, [])[:-1]

    def callback(self, host: str, is_ours: bool, fields: Mapping[str, Any]) -> bytes:
        """What a client acknowledges, for `numbered`: `host_id` is there who has asked. Bytes are
        for our own kind only: python-socketio has no words for them there."""
        attachments: list[bytes] = []
        replace = placeholder if is_ours else refuse
        message = {'method': 'callback', 'host_id': host, **fields}
        text = json_codec.dumps(message, replace, attachments)
        ending = b'%b,"gateway":{"from":"%b"' % (text[:-1], self.host.encode())
        return ending + b',"attachments":%b' % listed(attachments) if attachments else ending

    def emission(self, found: Emission, method: str = '', **more: Any) -> bytes:
        """An event for Targets, for `numbered`. ValueError where JSON can't hold it."""
        attachments: list[bytes] = []
        try:
            data = orjson.dumps(found.args)
        except TypeError:
            data = json_codec.dumps(list(found.args), placeholder, attachments)
        if attachments:
            data = b'[%b,%b' % (data, listed(attachments)[1:])
        skip = found.skip
        plain = skip is None or not skip.rooms
        body = dict(more)
        if not (found.to.everyone or found.to.loose):
            body['to'] = [found.to.rooms, found.to.sids]
        if skip is not None:
            body['except'] = [skip.rooms, skip.sids]
        if found.volatile:
            body['volatile'] = True
        rest = {
            'event': found.event,
            'namespace': found.namespace,
            'binary': bool(attachments),
            'room': room(found.to),
            'skip_sid': list(skip.sids) if skip is not None and plain else None,
            'callback': found.callback,
        }
        head = dumps({'method': method or ('emit' if plain else EMIT), **rest})[1:-1]
        ending = dumps(body)[:-1]
        return b'%b%b,"data":%b,"gateway":%b' % (self.mark, head, data, ending)


def dumps(value: Any) -> bytes:
    """JSON; ValueError where it holds bytes."""
    try:
        return orjson.dumps(value)
    except TypeError:  # lone surrogates
        return json_codec.dumps(value, refuse, [])


def listed(attachments: Sequence[bytes]) -> bytes:
    return b'[%b]' % b','.join(b'"%b"' % base64.b64encode(one) for one in attachments)


def is_beat(body: bytes) -> bool:
    """Whether one of our own messages is a heartbeat."""
    return b'"method":"gateway.beat"' in body[:100]


def numbered(opened: bytes, number: int) -> bytes:
    """The end of a message."""
    comma = b'' if opened.endswith(b'{') else b','
    return b'%b%b"seq":%d}}' % (opened, comma, number)


def room(to: Target) -> Any:
    """`room` as python-socketio has it."""
    names = [*to.sids, *to.rooms]
    return None if to.everyone else names[0] if len(names) == 1 else names


def placeholder(value: bytes, attachments: list[bytes]) -> Any:
    attachments.append(value)
    return {'_placeholder': True, 'num': len(attachments) - 1}


def refuse(value: bytes, attachments: list[bytes]) -> Any:
    raise ValueError('bytes where there are none')
