"""What both serializers share: the packets of Socket.IO protocol 5, and what a client may send.

Rules of this file:
- A serializer is a `Codec`: packets to values and back. JSON (json_codec.py) and msgpack
  (msgpack_codec.py) are the two; both check what a client sent here, so nobody behind needs to.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

import orjson

from gateway.errors import PeerError
from gateway.wire import engineio

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = range(7)

# Names that Socket.IO clients and servers use for themselves; never an event on the wire.
RESERVED: Final = frozenset(
    ('connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener')
)
MAX_ID_DIGITS: Final = 16  # beyond 2**53 a JavaScript client can't count
MAX_NAMESPACE: Final = 256
MAX_DEPTH: Final = 256  # of lists and maps in each other; what is taken can be sent on

# One decoded packet: kind, namespace, id, data, and how many binary messages must follow.
Received = tuple[int, str, int | None, Any, int]


class Encode(Protocol):
    """Raises ValueError where the serializer can't hold `data`."""

    def __call__(
        self, kind: int, namespace: str, data: Any = None, id: int | None = None
    ) -> engineio.Packet: ...


class Codec(NamedTuple):
    """A serializer. `is_binary`: whether its packets are binary messages.

    `decode` takes a message as Engine.IO hands it over (text still has its type digit '4') and
    raises PeerError where it breaks the protocol.
    """

    name: str
    is_binary: bool
    encode: Encode
    decode: Callable[[bytes], Received]


def namespace(name: str) -> str:
    """A namespace as a client names it: what follows a `?` is no part of it."""
    return name.partition('?')[0]


def _null(value: Any) -> None:
    """What JSON has no form for nests nothing."""


def check_depth(data: Any) -> None:
    """PeerError where `data` nests deeper than MAX_DEPTH."""
    try:
        orjson.dumps(data, default=_null)  # which goes no deeper, and costs a tenth of what follows
    except TypeError:
        pass
    else:
        return
    level: list[Any] = [[data]]
    for _ in range(MAX_DEPTH + 1):
        level = [
            item
            for container in level
            for item in (container.values() if isinstance(container, dict) else container)
            if isinstance(item, (dict, list))
        ]
        if not level:
            return
    raise PeerError('nested too deeply')


def refuse(what: str) -> Any:
    raise PeerError(what)


def event(data: Any) -> Any:
    """`[name, argument, …]`; a number as name is taken as its text, as Node does."""
    if type(data) is not list or not data:
        raise PeerError('event is not a list with a name')
    name = data[0]
    if type(name) is int:
        data[0] = str(name)
    elif type(name) is not str or name in RESERVED:
        raise PeerError('event name is reserved or not text')
    return data


def _auth(data: Any) -> Any:
    if data is None:
        return {}
    return data if isinstance(data, dict) else refuse('auth is not an object')


def _ack(data: Any) -> Any:
    return data if isinstance(data, list) else refuse('acknowledgement is not a list')


# What the data of a packet must be, by its kind.
CHECKS: Final[dict[int, Callable[[Any], Any]]] = {
    CONNECT: _auth,
    DISCONNECT: lambda data: None if data is None else refuse('DISCONNECT has data'),
    EVENT: event,
    ACK: _ack,
    CONNECT_ERROR: lambda data: refuse('CONNECT_ERROR from a client'),
    BINARY_EVENT: event,
    BINARY_ACK: _ack,
}
