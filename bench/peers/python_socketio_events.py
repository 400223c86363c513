"""What the python-socketio peers do, whatever serves them."""

from typing import Any

import socketio


def server(async_mode: str) -> socketio.AsyncServer:
    sio = socketio.AsyncServer(async_mode=async_mode)

    @sio.on('pub')
    async def pub(sid: str, *args: Any) -> None:
        await sio.emit('msg', args)

    @sio.on('echo')
    async def echo(sid: str, *args: Any) -> Any:
        return args

    @sio.on('enter')
    async def enter(sid: str, room: str) -> None:
        await sio.enter_room(sid, room)

    @sio.on('say')
    async def say(sid: str, room: str, payload: Any) -> None:
        await sio.emit('msg', payload, to=room)

    return sio
