"""Row 12."""

import time

from gateway import emit, socketio


@socketio.on('work')
def work(seconds=1):
    emit('response', {'code': '200', 'msg': 'start'})
    time.sleep(seconds)
    emit('response', {'code': '200', 'msg': 'processed'})


@socketio.on('work on the loop')
async def work_on_the_loop(seconds=1):
    emit('response', {'code': '200', 'msg': 'start'})
    await socketio.sleep(seconds)
    emit('response', {'code': '200', 'msg': 'processed'})


@socketio.on('many')
def many(count):
    for number in range(count):
        emit('number', number)
    return 'done'


@socketio.on('changed afterwards')
def changed_afterwards():
    value = {'list': [1]}
    emit('value', value)
    value['list'].append(2)
    emit('value', value)
    value.clear()
