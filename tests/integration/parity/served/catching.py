"""Row 17."""

from gateway import request, socketio


@socketio.on('*', namespace='/python')
def anything(event, *args):
    return {'event': event, 'args': list(args)}


@socketio.on('known', namespace='/python')
def known():
    return 'known'


@socketio.on('known', namespace='*')
def known_anywhere(*args):
    return request.namespace


@socketio.on('*', namespace='*')
def anything_anywhere(event, *args):
    return {'event': event, 'args': list(args), 'namespace': request.namespace}


@socketio.on('connect', namespace='*')
def connect():
    return request.namespace != '/closed'
