"""`echo` as a handler on the loop."""

from typing import Any

from gateway import socketio


@socketio.on('echo')
async def echo(*args: Any) -> tuple[Any, ...]:
    return args
