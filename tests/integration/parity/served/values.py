"""Rows 3, 4 and 5."""

from functools import partial

from gateway import emit, send, socketio

NAMES = [
    'my event',
    'événement ☃ 日本 👋',
    '\'quoted\' "twice" \\ {x}',
    'on',
    '404',
    '1e3',
    ' ',
]


def back(name, *args):
    emit(name, args)


for name in NAMES:
    socketio.on_event(name, partial(back, name), namespace='/python')


@socketio.on('message', namespace='/python')
def message(data):
    send(data)


@socketio.on('json', namespace='/python')
def json(data):
    send(data, json=True)


@socketio.on('say', namespace='/python')
async def say(data):
    send(data)


@socketio.on('say json', namespace='/python')
async def say_json(data):
    send(data, json=True)


@socketio.on('several', namespace='/python')
def several(*args):
    return args


@socketio.on('some of them', namespace='/python')
def some_of_them(first, second, third):
    return third, first


@socketio.on('as one', namespace='/python')
def as_one(*args):
    return {'list': list(args)}


@socketio.on('a tuple', namespace='/python')
def a_tuple(first, second):
    emit('emitted', (first, second))


@socketio.on('a list', namespace='/python')
def a_list(first, second):
    emit('emitted', [first, second])


@socketio.on('both', namespace='/python')
def both(first, second):
    emit('emitted', ([first], second))
    send((first, second))
