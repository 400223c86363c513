"""Handlers that are still running when the gateway is told to stop."""

import asyncio
import threading
import time

from gateway import call, emit, socketio


@socketio.on('sleeps')
def sleeps():
    emit('begun')
    threading.Event().wait()


@socketio.on('computes')
def computes():
    emit('begun')
    while True:
        pass


@socketio.on('emits')
def emits():
    emit('begun')
    while True:
        emit('more', volatile=True)


@socketio.on('calls')
def calls():
    emit('begun')
    call('question')


@socketio.on('awaits')
async def awaits():
    emit('begun')
    await asyncio.Event().wait()


@socketio.on('awaits a call')
async def awaits_a_call():
    emit('begun')
    await call('question')


@socketio.on('clings')
async def clings():
    emit('begun')
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            emit('still here')


@socketio.on('ticks')
def ticks():
    def tick():
        while True:
            socketio.emit('tick')
            time.sleep(0.001)

    socketio.start_background_task(tick)
    emit('begun')


@socketio.on('ticks on the loop')
async def ticks_on_the_loop():
    async def tick():
        while True:
            await socketio.emit('tick')
            await socketio.sleep(0.001)

    socketio.start_background_task(tick)
    emit('begun')


@socketio.on('connect', namespace='/holding')
def connect():
    socketio.emit('begun', namespace='/')
    threading.Event().wait()


@socketio.on('disconnect')
def slow_to_go():
    time.sleep(0.2)
    print('the disconnect handler has run to its end', flush=True)
