"""Rows 14 and 15."""

import time

from gateway import (
    ConnectionRefusedError,  # noqa: A004
    disconnect,
    emit,
    join_room,
    request,
    session,
    socketio,
)


@socketio.on('connect', namespace='/python')
def connect(auth):
    if auth['key'] != 'right':
        raise ConnectionRefusedError('wrong_key')
    session['name'] = auth['name']
    session['count'] = 0
    join_room(f'name:{auth["name"]}')
    emit('welcome', auth['name'])
    emit('came', auth['name'], broadcast=True, include_self=False)


@socketio.on('who', namespace='/python')
def who():
    return session['name'], session['count']


@socketio.on('count', namespace='/python')
def count():
    session['count'] += 1


@socketio.on('go', namespace='/python')
def go():
    disconnect()


@socketio.on('say', namespace='/python')
def say(name):
    emit('said', to=f'name:{name}')


@socketio.on('send away', namespace='/python')
def send_away(sid):
    disconnect(sid)


@socketio.on('session', namespace='/python')
def whole_session():
    return {
        'keys': sorted(session),
        'has name': 'name' in session,
        'has more': 'more' in session,
        'get': session.get('more', 'nothing'),
    }


@socketio.on('disconnect', namespace='/python')
def gone(reason):
    emit('left', [session['name'], reason], broadcast=True)


@socketio.on('connect', namespace='/async')
async def connect_on_loop(auth):
    if auth['key'] != 'right':
        raise ConnectionRefusedError('wrong_key')
    session['name'] = auth['name']
    session['count'] = 0
    join_room(f'name:{auth["name"]}')
    emit('welcome', auth['name'])
    emit('came', auth['name'], broadcast=True, include_self=False)


@socketio.on('who', namespace='/async')
async def who_on_loop():
    return session['name'], session['count']


@socketio.on('count', namespace='/async')
async def count_on_loop():
    session['count'] += 1


@socketio.on('go', namespace='/async')
async def go_on_loop():
    disconnect()


@socketio.on('say', namespace='/async')
async def say_on_loop(name):
    emit('said', to=f'name:{name}')


@socketio.on('disconnect', namespace='/async')
async def gone_on_loop(reason):
    emit('left', [session['name'], reason], broadcast=True)


@socketio.on('connect', namespace='/false')
def connect_false():
    return False


@socketio.on('connect', namespace='/refused')
async def connect_refused():
    raise ConnectionRefusedError


@socketio.on('connect', namespace='/refused with data')
def connect_refused_with_data():
    join_room('a room that it never was in')
    emit('never', broadcast=True)
    raise ConnectionRefusedError('not you', {'try': 'later'})


@socketio.on('connect', namespace='/broken')
def connect_broken():
    raise LookupError('a connect handler that fails')


left = []


@socketio.on('connect', namespace='/no arguments')
def connect_without_arguments():
    time.sleep(0.3)


@socketio.on('disconnect', namespace='/no arguments')
def gone_without_arguments():
    left.append(request.sid)


@socketio.on('left', namespace='/no arguments')
def who_left():
    return left


@socketio.on('request', namespace='/no arguments')
def what_it_sent():
    return {
        'query': request.args.get('colour') if hasattr(request.args, 'get') else None,
        'header': request.headers['x-colour'],
        'cookie': request.cookies['colour'],
        'address': request.remote_addr,
        'environ': request.environ['HTTP_X_COLOUR'],
        'sid': request.sid,
        'namespace': request.namespace,
    }
