"""Row 13."""

from gateway import close_room, emit, join_room, leave_room, request, rooms, socketio


@socketio.on('join', namespace='/python')
def join(room):
    join_room(room)


@socketio.on('leave', namespace='/python')
def leave(room):
    leave_room(room)


@socketio.on('close', namespace='/python')
def close(room):
    close_room(room)


@socketio.on('rooms', namespace='/python')
def own_rooms():
    return {'rooms': sorted(room for room in rooms() if room != request.sid)}


@socketio.on('all rooms', namespace='/python')
def all_rooms():
    return sorted(rooms())


@socketio.on('join and look', namespace='/python')
def join_and_look(room):
    join_room(room)
    first = room in rooms()
    emit('said', 'to the newcomer', to=room)
    leave_room(room)
    return first, room in rooms()


@socketio.on('say', namespace='/python')
def say(room, text):
    emit('said', text, to=room)


@socketio.on('tell', namespace='/python')
def tell(sid, text):
    emit('said', text, to=sid)


@socketio.on('put', namespace='/python')
def put(sid, room):
    join_room(room, sid=sid)


@socketio.on('take', namespace='/python')
def take(sid, room):
    leave_room(room, sid=sid)


@socketio.on('rooms of', namespace='/python')
def rooms_of(sid):
    return sorted(rooms(sid=sid))


@socketio.on('try', namespace='/python')
def try_to_join(room):
    try:
        join_room(room)
    except ValueError as error:
        return str(error)


@socketio.on('join', namespace='/async')
async def join_on_loop(room):
    join_room(room)


@socketio.on('leave', namespace='/async')
async def leave_on_loop(room):
    leave_room(room)


@socketio.on('close', namespace='/async')
async def close_on_loop(room):
    close_room(room)


@socketio.on('rooms', namespace='/async')
async def own_rooms_on_loop():
    return {'rooms': sorted(room for room in rooms() if room != request.sid)}


@socketio.on('say', namespace='/async')
async def say_on_loop(room, text):
    emit('said', text, to=room)


@socketio.on('tell', namespace='/async')
async def tell_on_loop(sid, text):
    emit('said', text, to=sid)
