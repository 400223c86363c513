"""A standalone realtime gateway: Socket.IO on Tornado's loop, configured by YAML.

What the author of a handler imports. It is loaded when it is asked for: the gateway's own modules
live in this package too, and most starts need none of it.
"""

from typing import TYPE_CHECKING, Any

__version__ = '0.1.0'

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

if TYPE_CHECKING:
    from gateway.routing.authors import (
        ConnectionRefusedError,  # noqa: A004 - the name that Flask-SocketIO gives it
        Namespace,
        call,
        close_room,
        disconnect,
        emit,
        join_room,
        leave_room,
        request,
        rooms,
        send,
        session,
        socketio,
    )

if not TYPE_CHECKING:  # or every name would be one

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
        from gateway.routing import authors  # noqa: PLC0415

        return getattr(authors, name)
