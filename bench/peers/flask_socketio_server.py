"""Flask-SocketIO on gevent, on eventlet, or in threads.

    python flask_socketio_server.py PORT gevent|eventlet|threading [defaults]

With `defaults` it is started as its documentation's first example does it. Otherwise at its best:
gevent with gevent-websocket instead of simple-websocket, no limit on connections, no log of each
request, a queue of connections that a crowd fits into where the server lets one choose it, and no
permessage-deflate. Neither eventlet nor simple-websocket can be told to refuse that, so the offer
is taken out of the request.
"""

import logging
import sys
from collections.abc import Callable, Iterable
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


def without_offer(serve: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """As if no client had offered an extension."""

    def served(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.pop('HTTP_SEC_WEBSOCKET_EXTENSIONS', None)
        return serve(environ, start_response)

    return served


if best:
    app.wsgi_app = without_offer(app.wsgi_app)  # type: ignore[method-assign]
if best and mode == 'eventlet':  # the same as run() does, which takes no backlog
    import eventlet.wsgi

    crowd = 65_536  # 1024 connections are its default
    listening = eventlet.listen(('127.0.0.1', port), backlog=4096)
    eventlet.wsgi.server(listening, app, max_size=crowd, log_output=False)
else:
    socketio.run(app, port=port, **options)
