"""The gateway's routes of the benchmarks as Python handlers."""

from typing import Any

from gateway import emit, join_room, socketio


@socketio.on('pub')
async def pub(*args: Any) -> None:
    emit('msg', *args, broadcast=True)


@socketio.on('echo')
async def echo(*args: Any) -> tuple[Any, ...]:
    return args


@socketio.on('enter')
async def enter(room: str) -> None:
    join_room(room)


@socketio.on('say')
async def say(room: str, payload: Any) -> None:
    emit('msg', payload, to=room)
