"""Handlers for the tests of the test client. For `handlers:` alone: imported by a test they would
count in every gateway of the process.
"""

import asyncio

from gateway import ConnectionRefusedError as Refused
from gateway import call, disconnect, emit, join_room, request, send, session, socketio
from tests.support.shared import HERE, gate, variable


@socketio.on('connect', namespace=HERE)
def connect(auth):
    session['name'] = (auth or {}).get('name')
    if session['name'] == 'eve':
        raise Refused('not you', {'why': 'a list'})
    join_room('everybody')


@socketio.on('disconnect', namespace=HERE)
def disconnected(reason):
    emit('left', {'name': session['name'], 'reason': reason}, broadcast=True)


@socketio.on('echo', namespace=HERE)
def echo(*args):
    return args


@socketio.on('slow', namespace=HERE)
def slow():
    emit('started')
    gate.wait(10)
    emit('ended')
    return 'done'


@socketio.on('coroutine', namespace=HERE)
async def coroutine():
    await asyncio.sleep(0.01)
    emit('after', broadcast=True)


@socketio.on('fail', namespace=HERE)
def fail():
    raise ValueError('inside')


@socketio.on('leave me', namespace=HERE)
def leave_me():
    emit('goodbye')
    disconnect()


@socketio.on('ask', namespace=HERE)
def ask(sid):
    return call('question', 20, 1, to=sid)


@socketio.on('call back', namespace=HERE)
async def call_back():
    emit('question', 1, 2, callback=lambda *args: emit('answered', *args))


@socketio.on('tick', namespace=HERE)
def tick():
    def later():
        gate.wait(10)
        socketio.emit('ticked', namespace=HERE)

    socketio.start_background_task(later)


@socketio.on('who', namespace=HERE)
def who():
    return request.headers['x-token'], request.query['room'], request.remote_addr


@socketio.on('unnamed', namespace=HERE)
def unnamed():
    send('text')
    send({'a': 1}, json=True)


@socketio.on('variable', namespace=HERE)
def tell_variable():
    return variable.get()


@socketio.on('hold', namespace=HERE)
async def hold():
    gate.wait(10)  # which no coroutine should do
