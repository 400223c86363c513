"""Rows 1, 2, 6 and 7."""

from gateway import Namespace, emit, request, socketio


@socketio.on('where')
def where_in_default():
    return '/'


@socketio.on('where', namespace='/python')
def where_in_python():
    return request.namespace


@socketio.on('say', namespace='/python')
def say():
    emit('said', request.namespace)


@socketio.on('where', namespace='/python/other')
async def where_in_other():
    return request.namespace


@socketio.on('say', namespace='/python/other')
async def say_in_other():
    emit('said', request.namespace)


@socketio.on('only here', namespace='/python/other')
def only_here():
    emit('said', 'here')


@socketio.on('by decorator', namespace='/python')
def decorated():
    return 'decorated'


@socketio.event(namespace='/python')
def by_name():
    return 'named'


def called():
    return 'called'


socketio.on_event('by call', called, namespace='/python')
socketio.on_event('again', called, namespace='/python')


class Methods(Namespace):
    def on_by_class(self):
        return 'a method'


socketio.on_namespace(Methods('/python'))


class Named(Namespace):
    def on_by_class(self):
        return 'a method of a class that YAML names'
