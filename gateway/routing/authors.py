"""All that `from gateway import …` offers to the author of a handler."""

from typing import Any

from socketio import exceptions

from gateway.routing.context import request, session
from gateway.routing.emitting import (
    call,
    close_room,
    disconnect,
    emit,
    join_room,
    leave_room,
    rooms,
    send,
)
from gateway.routing.facade import socketio
from gateway.routing.namespace import Namespace

__all__ = [
    'ConnectionRefusedError',
    'Namespace',
    'call',
    'close_room',
    'disconnect',
    'emit',
    'join_room',
    'leave_room',
    'request',
    'rooms',
    'send',
    'session',
    'socketio',
]


class ConnectionRefusedError(exceptions.ConnectionRefusedError):  # noqa: A001 - Flask-SocketIO's name
    """Raised while a client connects, it refuses: `connect_error` has the message and the data."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)  # type: ignore[no-untyped-call]
