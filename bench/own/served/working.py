"""`work` emits before its sleep and after it."""

import time

from gateway import emit, socketio


@socketio.on('work')
def work(seconds: float) -> None:
    emit('response', 'start')
    time.sleep(seconds)
    emit('response', 'processed')
