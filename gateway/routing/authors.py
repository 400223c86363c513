"""All that `from gateway import …` offers to the author of a handler."""

from socketio.exceptions import ConnectionRefusedError  # noqa: A004 - Flask-SocketIO's name

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
