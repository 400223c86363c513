"""Client: one client of one namespace. A session carries one for each namespace it has joined.

Its life: pending (its connect handler decides; what is meant for it is staged), member (staged
things have been done, everything reaches it), leaving (its disconnect handler runs; nothing
reaches it any more), gone.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, cast

from gateway.engine.request import Request
from gateway.engine.session import Session
from gateway.wire.engineio import Packet

_NO_ROOMS: Final = cast(set[str], frozenset())  # shared by all clients that are in no room
_NO_CLAIMS: Final[Mapping[str, Any]] = MappingProxyType({})


class State(Enum):
    PENDING = 'pending'
    MEMBER = 'member'
    LEAVING = 'leaving'
    GONE = 'gone'


class Client:
    """`rooms` is without its own sid; `callbacks` are those of emits that it may acknowledge.

    `claims` are those of its token; `waiting` are events behind one that has to end first.
    """

    __slots__ = (
        '_data',
        'asked',
        'auth',
        'callbacks',
        'calls',
        'claims',
        'last_id',
        'namespace',
        'rooms',
        'session',
        'sid',
        'staged',
        'state',
        'waiting',
    )

    def __init__(self, sid: str, namespace: str, session: Session, auth: Any) -> None:
        self.sid = sid
        self.namespace = namespace
        self.session = session
        self.auth = auth
        self.rooms = _NO_ROOMS
        self.state = State.PENDING
        self.staged: list[Callable[[], None]] | None = []
        self.callbacks: dict[int, Callable[..., Any]] | None = None
        self.calls: set[asyncio.Future[Any]] | None = None
        self.last_id = 0
        self.claims = _NO_CLAIMS
        self.waiting: deque[tuple[int | None, list[Any], int]] | None = None
        self.asked: asyncio.Future[Any] | None = None  # what its connect route waits for
        self._data: dict[Any, Any] | None = None

    @property
    def request(self) -> Request:
        """The request that opened its session."""
        return self.session.request

    @property
    def data(self) -> dict[Any, Any]:
        """What the application keeps for this client: python-socketio's user session."""
        if self._data is None:
            self._data = {}
        return self._data

    @data.setter
    def data(self, data: dict[Any, Any]) -> None:
        self._data = data

    def told(self, event: str = '', reason: str = '') -> dict[str, str]:
        """The fields of a line of the log about it: its `extra`."""
        found = {'sid': self.sid, 'namespace': self.namespace, 'event': event, 'reason': reason}
        return {name: value for name, value in found.items() if value}

    def encode(self, kind: int, data: Any = None, id: int | None = None) -> Packet:
        """A packet of its namespace in its serializer; ValueError where that can't hold `data`."""
        packet: Packet = self.session.codec.encode(kind, self.namespace, data, id)
        return packet

    def send(self, kind: int, data: Any = None, id: int | None = None) -> None:
        """Queue a packet for it; ValueError as for `encode`."""
        self.session.send(self.encode(kind, data, id))

    def give(self, packet: Packet) -> None:
        """Queue a packet that was encoded before; meanwhile somebody may have disconnected it."""
        if self.state is State.MEMBER:
            self.session.send(packet)

    def do(self, operation: Callable[[], None]) -> None:
        """Now, or right after the CONNECT reply while it is pending."""
        if self.staged is None:
            operation()
        else:
            self.staged.append(operation)
