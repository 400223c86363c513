"""Who is in which namespace and room: the tables of a node, and who changes them.

Rules of this file:
- Rooms map sids to sessions, so a broadcast walks sessions and nothing else.
- A client is nobody's recipient before it is admitted, and none after it is expelled; between
  the two its sid is known, so that its handlers can use it.
- A sid's own room is not a room: it exists in look-ups only, and no room may have its name.
- Each client knows its rooms: a disconnect costs what that client joined.
"""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from socketio import exceptions

from gateway.hub.callbacks import Callbacks
from gateway.hub.client import Client, State
from gateway.hub.serializer import CODECS
from gateway.hub.space import Namespace, Room, room_name
from gateway.wire.codec import Codec

SID: Final = re.compile(r'\.[A-Za-z0-9_-]{20}\Z')  # of a client in a cluster
MAX_ROOMS: Final = 1_000  # of one client


class Membership(Callbacks):
    """python-socketio's manager interface, as far as it is about clients and rooms."""

    server: Any
    codecs: tuple[Codec, ...]
    mark = ''  # what sids begin with; no room may look so, where other gateways have sids, too

    def __init__(self) -> None:
        super().__init__()
        self.spaces: dict[str, Namespace] = {}
        self.codecs = CODECS['auto']

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
        elif client.asked is not None:
            client.asked.cancel()
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
        if (space is not None and name in space.clients) or (self.mark and SID.match(name)):
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

    def drop(self, room: str, namespace: str) -> None:
        """Take everybody out of a room."""
        self.basic_close_room(room, namespace)

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
