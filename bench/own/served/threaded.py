"""`echo` as a handler in a thread."""

from typing import Any

from gateway import socketio


@socketio.on('echo')
def echo(*args: Any) -> tuple[Any, ...]:
    return args
