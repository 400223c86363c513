"""python-socketio on aiohttp: python python_socketio_aiohttp.py PORT [defaults]

With `defaults` as its documentation's first example starts it. Otherwise at its best: on uvloop,
without permessage-deflate, without a log of each request, with a queue of connections that a crowd
fits into.
"""

import sys
from functools import partial

import uvloop
from aiohttp import web
from engineio.async_drivers import aiohttp as driver
from python_socketio_events import server

port, best = int(sys.argv[1]), 'defaults' not in sys.argv
app = web.Application()
server('aiohttp').attach(app)

if best:
    driver.WebSocketResponse = partial(web.WebSocketResponse, compress=False)
    loop = uvloop.new_event_loop()
    web.run_app(app, host='127.0.0.1', port=port, loop=loop, access_log=None, backlog=4096)
else:
    web.run_app(app, host='127.0.0.1', port=port)
