"""The client manager: who is in which namespace and room, and the way from one emit to many.

Rules of this file:
- Rooms map sids to sessions, so a broadcast walks sessions and nothing else.
- A client is nobody's recipient before it is admitted, and none after it is expelled; between
  the two its sid is known, so that its handlers can use it.
- A sid's own room is not a room: it exists in look-ups only, and no room may have its name.
- Each client knows its rooms: a disconnect costs what that client joined.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from socketio import exceptions

from gateway.engine.flusher import Flusher
from gateway.engine.session import Session
from gateway.hub.callbacks import Callbacks
from gateway.hub.client import Client, State
from gateway.hub.message import Message
from gateway.hub.serializer import CODECS
from gateway.hub.space import Namespace, Room, room_name
from gateway.hub.target import EVERYONE, Target
from gateway.wire import engineio
from gateway.wire.codec import Codec

log = logging.getLogger(__name__)

MAX_ROOMS: Final = 1_000  # of one client


class FanoutManager(Callbacks):
    """python-socketio's manager interface over the tables above."""

    server: Any
    flusher: Flusher

    def __init__(self) -> None:
        super().__init__()
        self.spaces: dict[str, Namespace] = {}
        self.codecs = CODECS['auto']

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        self.flusher = server.eio.flusher
        self.codecs = CODECS[server.eio.settings.serializer]

    # One emit path.

    def deliver(
        self, message: Message, to: Target, skip: Target | None = None, volatile: bool = False
    ) -> None:
        """Queue `message` for everyone whom `to` names and `skip` does not, once each.

        It is encoded before anything is queued, and at least once: an empty room is no reason to
        take what can't be sent.
        """
        space = self.spaces.get(message.namespace)
        if space is None:
            message.packet(self.codecs[0])
            return
        sessions = space.recipients(to, skip)
        if volatile:
            sessions = self.flusher.prompt(sessions)
        pending = space.pending(to.sids) if to.sids else ()
        later = [(one, message.packet(one.session.codec)) for one in pending]
        if 0 < space.others < len(space.members):
            for packet, recipients in self._shares(message, sessions):
                self._queue(packet, recipients, to)
        else:
            self._queue(message.packet(self.codecs[space.others > 0]), sessions, to)
        for client, packet in later:
            client.do(partial(client.give, packet))

    def _queue(self, packet: engineio.Packet, sessions: Collection[Session], to: Target) -> None:
        if to.everyone or to.rooms:
            self.flusher.broadcast(sessions, packet)
        else:
            for session in sessions:
                session.send(packet)

    def _shares(
        self, message: Message, sessions: Collection[Session]
    ) -> list[tuple[engineio.Packet, Collection[Session]]]:
        """A packet for each serializer that is spoken, and who of `sessions` gets it."""
        parts = [
            (spoken, [session for session in sessions if session.codec is spoken])
            for spoken in self.codecs
        ]
        return [
            (message.packet(spoken), part)
            for spoken, part in [pair for pair in parts if pair[1]] or parts[:1]
        ]

    def spoken(self, namespace: str) -> Sequence[Codec]:
        """The serializers of the clients of a namespace; without any, the usual one."""
        space = self.spaces.get(namespace)
        if space is None or not space.others:
            return self.codecs[:1]
        return self.codecs[1:] if space.others == len(space.members) else self.codecs

    def target(self, namespace: str, to: Any) -> Target:
        """python-socketio's `to`: None, a sid, a room's name, or a list of them."""
        if to is None:
            return EVERYONE
        space = self.spaces.get(namespace)
        names = [room_name(to)] if isinstance(to, (str, int)) else [room_name(name) for name in to]
        sids = tuple(name for name in names if space is not None and name in space.clients)
        return Target(sids=sids, rooms=tuple(name for name in names if name not in sids))

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callable[..., Any] | None = None,
        to: Any = None,
        **kwargs: Any,
    ) -> None:
        args = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        target = self.target(namespace, to or room)
        skip = None
        if skip_sid is not None:
            skip = Target(sids=(skip_sid,) if isinstance(skip_sid, str) else tuple(skip_sid))
        if callback is None:
            self.deliver(Message(namespace, [event, *args]), target, skip)
            return
        space = self.spaces.get(namespace, Namespace())
        clients = space.pending(target.sids)
        clients += [session.clients[namespace] for session in space.recipients(target, skip)]
        Message(namespace, [event, *args]).encode({one.session.codec for one in clients})
        for client in clients:  # whom nothing refuses any more
            self.ask(client, [event, *args], callback)

    # Clients.

    def add(self, client: Client) -> None:
        """A pending client: its sid is known, nothing reaches it."""
        self.spaces.setdefault(client.namespace, Namespace()).clients[client.sid] = client

    def admit(self, client: Client) -> None:
        """From now on messages reach it."""
        client.state = State.MEMBER
        space = self.spaces[client.namespace]
        space.members[client.sid] = client.session
        space.others += client.session.codec is not self.codecs[0]

    def expel(self, client: Client) -> None:
        """From now on nothing reaches it; it still knows its rooms."""
        client.state = State.LEAVING
        client.callbacks = None
        for call in client.calls or ():  # nobody will answer it
            if not call.done():
                call.set_exception(exceptions.TimeoutError())
        space = self.spaces[client.namespace]
        space.members.pop(client.sid, None)
        space.others -= client.session.codec is not self.codecs[0]
        for name in client.rooms:
            space.take_out(name, client.sid)

    def remove(self, client: Client) -> None:
        """Forget it."""
        if client.state is not State.PENDING:  # else what its route still does is done never
            client.staged = None
        client.state = State.GONE
        space = self.spaces.get(client.namespace)
        if space is not None:
            space.clients.pop(client.sid, None)
            if not space.clients:
                del self.spaces[client.namespace]

    def members(self, namespace: str, room: str) -> list[Client]:
        """Who is in a room."""
        space = self.spaces.get(namespace)
        return [space.clients[sid] for sid in space.rooms.get(room, ())] if space else []

    def headcount(self, namespace: str, room: str) -> int:
        """How many are."""
        return len(self._room(namespace, room))

    def _room(self, namespace: str, room: str) -> Room:
        space = self.spaces.get(namespace)
        return space.rooms.get(room, {}) if space is not None else {}

    def join(self, client: Client, name: str) -> None:
        """ValueError where the name is unfit or another client's sid, or it is in too many rooms.

        A client knows at once where it is.
        """
        name = room_name(name)
        space = self.spaces.get(client.namespace)
        if name == client.sid or client.state not in (State.PENDING, State.MEMBER):
            return
        if space is not None and name in space.clients:
            raise ValueError("a client's sid is no room to join")
        if len(client.rooms) >= MAX_ROOMS and name not in client.rooms:
            raise ValueError(f'a client is in {MAX_ROOMS} rooms at the most')
        if not client.rooms:
            client.rooms = set()
        client.rooms.add(name)
        client.do(partial(self._put_in, client, name))

    def _put_in(self, client: Client, name: str) -> None:
        if client.state is State.MEMBER and name in client.rooms:
            self.spaces[client.namespace].put_in(name, client.sid, client.session)

    def leave(self, client: Client, name: str) -> None:
        """Nothing happens where it is not in that room."""
        name = room_name(name)
        space = self.spaces.get(client.namespace)
        if name in client.rooms and space is not None:
            client.rooms.discard(name)
            space.take_out(name, client.sid)

    # python-socketio's names for these.

    def is_connected(self, sid: str, namespace: str) -> bool:
        client = self.client(sid, namespace)
        return client is not None and client.state is State.MEMBER

    def is_pre_connected(self, sid: str, namespace: str) -> bool:
        client = self.client(sid, namespace)
        return client is not None and client.state is State.PENDING

    def is_sid_room(self, namespace: str, room: str) -> bool:
        return self.client(room, namespace) is not None

    def get_namespaces(self) -> Iterable[str]:
        return self.spaces.keys()

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        space = self.spaces.get(namespace, Namespace())
        for session in list(space.recipients(self.target(namespace, room), None)):
            yield session.clients[namespace].sid, session.sid

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        session = self.server.eio.sockets.get(eio_sid)
        client = session.clients.get(namespace) if session is not None else None
        return client.sid if client is not None else None

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        client = self.client(sid, namespace)
        return client.session.sid if client is not None else None

    def basic_enter_room(
        self, sid: str, namespace: str, room: Any, eio_sid: str | None = None
    ) -> None:
        client = self.client(sid, namespace)
        if client is None:
            raise ValueError('sid is not connected to requested namespace')
        self.join(client, room)

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        client = self.client(sid, namespace)
        if client is not None:
            self.leave(client, room)

    def basic_close_room(self, room: Any, namespace: str) -> None:
        name, space = room_name(room), self.spaces.get(namespace)
        if space is None:
            return
        if name in space.clients:
            raise ValueError('cannot close a sid room')
        for sid in space.rooms.pop(name, ()):
            space.clients[sid].rooms.discard(name)

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        client = self.client(sid, namespace)
        return [client.sid, *client.rooms] if client is not None else []
