"""Flask-SocketIO on gevent, on eventlet, or in threads.

    python flask_socketio_server.py PORT gevent|eventlet|threading [defaults]

With `defaults` it is started as its documentation's first example does it. Otherwise at its best:
gevent with gevent-websocket instead of simple-websocket, no limit on connections, no log of each
request, a queue of connections that a crowd fits into where the server lets one choose it.
"""

import logging
import sys
from typing import Any

from flask import Flask
from flask_socketio import SocketIO, emit, join_room

port, mode, best = int(sys.argv[1]), sys.argv[2], 'defaults' not in sys.argv
options: dict[str, Any] = {}

if mode == 'gevent':
    if best:
        options = {'backlog': 4096}
    else:  # whoever follows the first example has not installed it
        sys.modules['geventwebsocket'] = None  # type: ignore[assignment]
elif mode == 'eventlet' and best:
    options = {'max_size': 65_536}  # 1024 connections are its default
elif mode == 'threading':
    options = {'allow_unsafe_werkzeug': True}  # it is asked for where there is no terminal
    if best:
        logging.getLogger('werkzeug').setLevel(logging.ERROR)

app = Flask(__name__)
socketio = SocketIO(app, async_mode=mode)


@socketio.on('pub')
def pub(*args: Any) -> None:
    emit('msg', *args, broadcast=True)


@socketio.on('echo')
def echo(*args: Any) -> Any:
    return args


@socketio.on('enter')
def enter(room: str) -> None:
    join_room(room)


@socketio.on('say')
def say(room: str, payload: Any) -> None:
    emit('msg', payload, to=room)


socketio.run(app, port=port, **options)
