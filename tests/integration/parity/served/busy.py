"""What goes wrong when much happens at once, or at the wrong moment."""

import asyncio
import time

from gateway import call, emit, join_room, leave_room, request, rooms, session, socketio


def slow(number=0, seconds=0.5):
    time.sleep(seconds)
    return number


async def slow_on_loop(number=0, seconds=0.5):
    await asyncio.sleep(seconds)
    return number


socketio.on_event('slow', slow)
socketio.on_event('slow on the loop', slow_on_loop)
socketio.on_event('slow and alone', slow, sequential=True)
socketio.on_event('slow on the loop and alone', slow_on_loop, sequential=True)


@socketio.on('quick')
def quick(number):
    return number


@socketio.on('quick on the loop')
async def quick_on_loop(number):
    return number


@socketio.on('quick and alone', sequential=True)
async def quick_and_alone(number):
    return number


@socketio.on('numbers')
def numbers(count):
    for number in range(count):
        emit('number', number)
        if number % 10 == 0:
            time.sleep(0.001)


@socketio.on('ask')
def ask(number):
    return call('question', number, timeout=10)


@socketio.on('ask on the loop')
async def ask_on_loop(number):
    return await call('question', number, timeout=10)


@socketio.on('ask alone', sequential=True)
def ask_alone(number):
    return call('question', number, timeout=10)


@socketio.on('how many wait')
async def how_many_wait():
    return waiting


waiting = 0


@socketio.on('wait for me', namespace='/going')
def wait_for_me():
    """The client has gone when it wakes."""
    emit('waiting')
    time.sleep(0.5)
    after()


@socketio.on('wait for me on the loop', namespace='/going')
async def wait_for_me_on_the_loop():
    emit('waiting')
    await socketio.sleep(0.5)
    after()


def after():
    emit('too late')
    emit('too late', callback=print)
    join_room('room')
    leave_room('room')
    session['key'] = 'value'
    emit('after', [session['key'], rooms(), request.sid], broadcast=True)


@socketio.on('disconnect', namespace='/going')
def gone(reason):
    emit('too late')
    emit('gone', [reason, request.sid], broadcast=True)
    join_room('room')


@socketio.on('ask at length')
def ask_at_length():
    return call('question')
