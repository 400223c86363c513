"""A job that takes its time, one that asks back, and one that fails."""

import time

from gateway import emit, request, session, socketio


@socketio.on('connect')
def connect():
    session['since'] = time.monotonic()


@socketio.on('job')
def job(name):
    """Two emits with a pause between them: the first arrives at once, and nobody else waits."""
    emit('progress', {'name': name, 'state': 'started'})
    time.sleep(3)
    emit('progress', {'name': name, 'state': 'finished'})
    return 'ok', round(time.monotonic() - session['since'])  # the page's callback gets both


@socketio.on('greet')
def greet():
    """An emit with a callback: it runs when the page has answered."""

    def answered(name):
        emit('progress', {'name': 'greeting', 'state': f'{name} has answered'})

    emit('who are you', callback=answered)


@socketio.on('divide')
def divide(a, b):
    return a / b


@socketio.on_error_default
def failed(error):
    """What a handler raises ends up here; what this returns is the acknowledgement."""
    emit('progress', {'name': request.event, 'state': f'failed: {type(error).__name__}'})
    return 'failed'
