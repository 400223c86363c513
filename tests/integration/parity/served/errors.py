"""Row 16."""

from gateway import Namespace, emit, request, socketio


def secretive(*args):
    password = 'hunter2'  # noqa: F841 - a local that must not leave the process
    raise LookupError('the internals of /etc/gateway')


async def secretive_on_loop(*args):
    secretive()


for name in ('/own', '/default', '/failing'):
    socketio.on_event('fail', secretive, namespace=name)
    socketio.on_event('fail on the loop', secretive_on_loop, namespace=name)


@socketio.on('works', namespace='/own')
def works():
    return 'still here'


@socketio.on('answer', namespace='/own')
def fails_with_answer():
    raise ValueError('answer me')


@socketio.on('exit', namespace='/own')
def exits():
    raise SystemExit(3)


@socketio.on('unsendable', namespace='/own')
def unsendable():
    return object()


@socketio.on('emit unsendable', namespace='/own')
def emit_unsendable():
    emit('value', object())


@socketio.on('exactly one', namespace='/own')
def exactly_one(value):
    return value


@socketio.on_error('/own')
def own(error):
    emit('went wrong', {'handler': 'own', 'kind': type(error).__name__, 'sid': request.sid})
    return {'sorry': str(error)} if isinstance(error, ValueError) else None


@socketio.on('connect', namespace='/coming')
def failing_to_decide():
    raise ValueError('nobody knows who this is')


@socketio.on_error('/route')
@socketio.on_error('/coming')
def apologizing(error):
    return {'sorry': str(error)}


@socketio.on('disconnect', namespace='/going')
def failing_to_go(reason):
    raise LookupError(f'{reason} makes it fail')


@socketio.on_error_default
def default(error):
    emit('went wrong', {'handler': 'default', 'kind': type(error).__name__, 'sid': request.sid})


@socketio.on_error(namespace='/failing')
def failing(error):
    raise RuntimeError('the error handler fails too') from error


class Careful(Namespace):
    def on_fail(self):
        secretive()

    def error(self, error):
        self.emit('went wrong', {'handler': 'class', 'kind': type(error).__name__})
        return 'handled'
