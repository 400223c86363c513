"""Rows 9 and 10."""

import threading

from gateway import emit, join_room, send, socketio


@socketio.on('connect', namespace='/python')
def connect(auth):
    for room in auth['rooms']:
        join_room(room)


@socketio.on('connect')
def connect_to_default(auth):
    for room in auth['rooms']:
        join_room(room)


@socketio.on('to sender', namespace='/python')
def to_sender():
    emit('news')


@socketio.on('to all', namespace='/python')
def to_all():
    emit('news', broadcast=True)


@socketio.on('to others', namespace='/python')
def to_others():
    emit('news', broadcast=True, include_self=False)


@socketio.on('to room', namespace='/python')
def to_room(room):
    emit('news', to=room)


@socketio.on('to room by its older name', namespace='/python')
def to_room_by_its_older_name(room):
    emit('news', room=room)


@socketio.on('to others in room', namespace='/python')
def to_others_in_room(room):
    emit('news', to=room, include_self=False)


@socketio.on('to sid', namespace='/python')
async def to_sid(sid):
    emit('news', to=sid)


@socketio.on('to rooms', namespace='/python')
async def to_rooms(rooms):
    emit('news', to=rooms)


@socketio.on('to all but', namespace='/python')
async def to_all_but(sids):
    emit('news', broadcast=True, skip_sid=sids)


@socketio.on('to room but', namespace='/python')
def to_room_but(room, sids):
    emit('news', to=room, skip_sid=sids)


@socketio.on('elsewhere', namespace='/python')
def elsewhere():
    emit('news', namespace='/', broadcast=True)


@socketio.on('to my other socket', namespace='/python')
def to_my_other_socket():
    emit('news', namespace='/')


@socketio.on('by the object', namespace='/python')
def by_the_object():
    socketio.emit('news', namespace='/python')


@socketio.on('by the object without a namespace', namespace='/python')
def by_the_object_without_a_namespace():
    socketio.emit('news')


@socketio.on('by the object to', namespace='/python')
def by_the_object_to(whom):
    socketio.emit('news', namespace='/python', to=whom)


@socketio.on('by the object without me', namespace='/python')
def by_the_object_without_me():
    socketio.emit('news', namespace='/python', include_self=False)


@socketio.on('send by the object', namespace='/python')
def send_by_the_object(data):
    socketio.send(data, namespace='/python')


@socketio.on('send to all', namespace='/python')
def send_to_all(data):
    send(data, broadcast=True)


@socketio.on('from a thread', namespace='/python')
def from_a_thread():
    def run():
        socketio.emit('news', namespace='/python')

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@socketio.on('from a background task', namespace='/python')
def from_a_background_task():
    socketio.start_background_task(socketio.emit, 'news', namespace='/python')


@socketio.on('privately from a thread', namespace='/python')
def privately_from_a_thread():
    failures = []

    def run():
        for function in (emit, send):
            try:
                function('news')
            except RuntimeError as error:
                failures.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return failures
