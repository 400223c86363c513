"""Row 19."""

import threading

from gateway import emit, socketio


def tick(namespace):
    number = 0
    while True:
        socketio.emit('tick', number, namespace=namespace)
        number += 1
        socketio.sleep(0.05)


async def tick_on_loop(namespace):
    number = 0
    while True:
        await socketio.emit('tick', number, namespace=namespace)
        number += 1
        await socketio.sleep(0.05)


socketio.start_background_task(tick, '/ticker')
socketio.start_background_task(tick_on_loop, namespace='/loop ticker')


def count_down(start, *, name):
    for number in range(start, 0, -1):
        socketio.emit('count', (name, number))
        socketio.sleep(0.02)
    socketio.emit('started', name)


async def count_down_on_loop(start, *, name):
    for number in range(start, 0, -1):
        await socketio.emit('count', (name, number))
        await socketio.sleep(0.02)
    await socketio.emit('started', name)


@socketio.on('start')
def start(name):
    socketio.start_background_task(count_down, 3, name=name)


@socketio.on('start on the loop')
async def start_on_the_loop(name):
    socketio.start_background_task(count_down_on_loop, 3, name=name)


@socketio.on('start the other kind')
def start_the_other_kind(name):
    socketio.start_background_task(count_down_on_loop, 3, name=name)


@socketio.on('start the other kind on the loop')
async def start_the_other_kind_on_the_loop(name):
    socketio.start_background_task(count_down, 3, name=name)


@socketio.on('fail')
def fail():
    def failing():
        raise LookupError('a background task that fails')

    task = socketio.start_background_task(failing)
    task.join()


@socketio.on('alone')
def alone():
    """A background task has no client."""
    said = []

    def run():
        try:
            emit('private')
        except RuntimeError as error:
            said.append(str(error))

    socketio.start_background_task(run).join()
    return said


@socketio.on('for me')
def for_me(sid):
    def run():
        emit('for you', to=sid)

    socketio.start_background_task(run).join()


@socketio.on('threads')
def threads():
    return sum(thread.name == 'background' for thread in threading.enumerate())
