"""python-socketio on Tornado: python python_socketio_tornado.py PORT [defaults]

With `defaults` as its documentation's first example starts it. Otherwise at its best: on uvloop,
without permessage-deflate, without a log of each request, with a queue of connections that a crowd
fits into.
"""

import asyncio
import sys

import socketio
import uvloop
from python_socketio_events import server
from tornado.web import Application

port, best = int(sys.argv[1]), 'defaults' not in sys.argv
handler = socketio.get_tornado_handler(server('tornado'))
routes = [(r'/socket.io/', handler)]


async def as_documented() -> None:
    Application(routes).listen(port, '127.0.0.1')
    await asyncio.Event().wait()


async def at_its_best() -> None:
    handler.get_compression_options = lambda self: None
    app = Application(routes, log_function=lambda handler: None)
    app.listen(port, '127.0.0.1', backlog=4096)
    await asyncio.Event().wait()


if best:
    uvloop.run(at_its_best())
else:
    asyncio.run(as_documented())
