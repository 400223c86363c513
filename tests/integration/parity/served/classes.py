"""Row 18."""

import socketio as python_socketio

from gateway import (
    Namespace,
    close_room,
    disconnect,
    emit,
    join_room,
    leave_room,
    request,
    rooms,
    socketio,
)


class Chat(Namespace):
    def on_connect(self, auth):
        if auth == {'key': 'wrong'}:
            raise python_socketio.exceptions.ConnectionRefusedError('wrong_key')

    def on_disconnect(self, reason):
        self.emit('left', reason, broadcast=True)

    def on_add(self, one, other):
        return one + other

    async def on_add_on_loop(self, one, other):
        return one + other

    def on_reply(self):
        emit('news', request.namespace)
        return 'done'

    def on_reply_by_self(self):
        self.emit('news', self.namespace)
        self.send('text')

    def on_all(self):
        emit('news', broadcast=True)

    def on_all_by_self(self):
        self.emit('news', broadcast=True)

    def on_enter(self, room):
        join_room(room)
        return sorted(rooms())

    def on_exit(self, room):
        leave_room(room)

    def on_close(self, room):
        close_room(room)

    def on_close_by_self(self, room):
        self.close_room(room)

    def on_room(self, room):
        emit('news', to=room)

    def on_room_by_self(self, room):
        self.emit('news', room=room)

    def on_room_without_me(self, room):
        self.emit('news', room=room, include_self=False)

    def on_away(self):
        disconnect()

    def on_elsewhere(self):
        self.emit('news', namespace='/', broadcast=True)

    def on_in_the_background(self):
        socketio.start_background_task(self.later)

    def later(self):
        self.emit('news', broadcast=True)

    def helper(self):
        raise AssertionError('no event')


class Asking(Chat):
    """More methods on top of those that it inherits."""

    def on_ask(self):
        return self.call('question')

    def on_ask_back(self):
        self.emit('question', callback=self.called_back)

    def called_back(self, *args):
        self.emit('called back', args)


socketio.on_namespace(Asking('/registered'))


class Theirs(python_socketio.AsyncNamespace):
    """python-socketio's own: sid first."""

    async def on_reply(self, sid, value):
        await self.emit('news', value, to=sid)
        return value, sid

    async def on_enter(self, sid, room):
        await self.enter_room(sid, room)
        await self.emit('news', room=room)
