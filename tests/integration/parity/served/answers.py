"""Rows 8 and 11."""

import threading

from socketio.exceptions import TimeoutError as NoAnswer

from gateway import call, emit, request, socketio

ANSWERS = {
    'nothing': None,
    'one': 'one',
    'two': ('one', 2),
    'a list': ['one', 2],
    'false': False,
    'zero': 0,
    'empty': '',
    'empty list': [],
    'empty tuple': (),
    'one of them': ({'one': 1},),
}


def answering(value):
    def answer():
        return value

    async def answer_on_loop():
        return value

    return answer, answer_on_loop


for name, value in ANSWERS.items():
    answer, answer_on_loop = answering(value)
    socketio.on_event(name, answer, namespace='/def')
    socketio.on_event(name, answer_on_loop, namespace='/async')


@socketio.on('bytes', namespace='/def')
def with_bytes(data):
    return data, {'inside': data}


@socketio.on('bytes', namespace='/async')
async def with_bytes_on_loop(data):
    return data, {'inside': data}


def two():
    return 'one', 2


def called_back(*args):
    """It knows the client that answers, as a handler does."""
    emit('called back', (*args, request.sid))


@socketio.on('ask me', namespace='/def')
def ask_me(*args):
    emit('question', args, callback=called_back)


async def called_back_on_loop(*args):
    emit('called back', (*args, request.sid))


@socketio.on('ask me', namespace='/async')
async def ask_me_on_loop(*args):
    emit('question', args, callback=called_back_on_loop)


@socketio.on('ask other', namespace='/def')
def ask_other(sid):
    emit('question', to=sid, callback=called_back)


@socketio.on('ask all', namespace='/def')
def ask_all():
    emit('question', broadcast=True, callback=called_back)


@socketio.on('ask twice', namespace='/def')
def ask_twice():
    emit('question', 1, callback=called_back)
    emit('question', 2, callback=called_back)


def raises(*args):
    raise LookupError('a callback that fails')


@socketio.on('ask and fail', namespace='/def')
def ask_and_fail():
    emit('question', callback=raises)


@socketio.on('call me', namespace='/def')
def call_me(*args):
    return {'answer': call('question', args)}


@socketio.on('call me', namespace='/async')
async def call_me_on_loop(*args):
    return {'answer': await call('question', args)}


@socketio.on('call other', namespace='/def')
def call_other(sid):
    return {'answer': call('question', to=sid)}


@socketio.on('call in vain', namespace='/def')
def call_in_vain():
    try:
        call('question', timeout=0.3)
    except NoAnswer:
        return 'no answer'


@socketio.on('call in vain', namespace='/async')
async def call_in_vain_on_loop():
    try:
        await call('question', timeout=0.3)
    except NoAnswer:
        return 'no answer'


@socketio.on('which thread', namespace='/def')
def which_thread():
    return threading.current_thread() is threading.main_thread()


@socketio.on('which thread', namespace='/async')
async def which_thread_on_loop():
    return threading.current_thread() is threading.main_thread()
