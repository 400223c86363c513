"""Row 21: what handlers do with clients of other gateways."""

from gateway import call, disconnect, emit, join_room, leave_room, socketio


@socketio.event
def ask(sid):
    return call('question', 'who?', to=sid, timeout=10)


@socketio.event
async def ask_later(sid):
    return await call('question', 'who?', to=sid, timeout=10)


@socketio.event
def tell_me(sid):
    emit('question', 'who?', to=sid, callback=lambda *args: socketio.emit('told', args))


@socketio.event
def put(sid, room):
    join_room(room, sid=sid)


@socketio.event
def take(sid, room):
    leave_room(room, sid=sid)


@socketio.event
def kick(sid):
    disconnect(sid)
