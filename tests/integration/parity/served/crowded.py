"""Few threads and a short queue."""

import time

from gateway import socketio

gone = []


@socketio.on('sleep')
def sleep(seconds):
    time.sleep(seconds)


@socketio.on('connect')
def connect():
    """A thread more."""


@socketio.on('disconnect')
def disconnect():
    gone.append(1)


@socketio.on('how many have gone')
async def how_many_have_gone():
    return len(gone)
