"""A Flask-SocketIO server with clients of its own: `flask_server.py QUEUE`. It prints its port."""

import sys

from flask import Flask
from flask_socketio import SocketIO
from werkzeug.serving import make_server

app = Flask(__name__)
socketio = SocketIO(app, message_queue=sys.argv[1], async_mode='threading')


@socketio.event
def to_all(*args):
    socketio.emit('note', args)


@socketio.event
def fence():
    pass


@socketio.event
def ask(sid):
    return socketio.call('question', 'who?', to=sid, timeout=10)


@socketio.event
def kick(sid):
    socketio.server.disconnect(sid)


server = make_server('127.0.0.1', 0, app, threaded=True)
print(server.port, flush=True)
server.serve_forever()
