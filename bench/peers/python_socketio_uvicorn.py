"""python-socketio on uvicorn: python python_socketio_uvicorn.py PORT [defaults]

With `defaults` as its documentation's first example starts it, with what uvicorn calls its standard
extras. Otherwise at its best: these by name, so that none is missing unseen, without
permessage-deflate, without a log of each request, and with one heartbeat (Engine.IO's), not two.
"""

import sys

import uvicorn
from python_socketio_events import server
from socketio import ASGIApp

port, best = int(sys.argv[1]), 'defaults' not in sys.argv
app = ASGIApp(server('asgi'))

if best:
    uvicorn.run(
        app,
        port=port,
        loop='uvloop',
        http='httptools',
        ws='websockets-sansio',
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        access_log=False,
        log_level='warning',
        backlog=4096,
    )
else:
    uvicorn.run(app, port=port)
