"""python-socketio on Tornado as shipped, without permessage-deflate, which it would grant to every
browser and which no other target uses: python python_socketio_tornado.py PORT"""

import asyncio
import sys
from typing import Any

import socketio
import tornado.web

sio = socketio.AsyncServer(async_mode='tornado')


@sio.on('pub')
async def pub(sid: str, *args: Any) -> None:
    await sio.emit('msg', args)


@sio.on('echo')
async def echo(sid: str, *args: Any) -> Any:
    return args


class Handler(socketio.get_tornado_handler(sio)):
    def get_compression_options(self) -> None:
        return None


async def main() -> None:
    app = tornado.web.Application([(r'/socket.io/', Handler)], log_function=lambda handler: None)
    app.listen(int(sys.argv[1]), '127.0.0.1', backlog=4096)
    await asyncio.Event().wait()


asyncio.run(main())
