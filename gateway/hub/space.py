"""The tables of one namespace: who is known, who receives, who is in which room."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from gateway.engine.session import Session
from gateway.hub.client import Client
from gateway.hub.target import Target

MAX_ROOM_NAME: Final = 256  # characters

Room = dict[str, Session]  # by sid
_EMPTY: Final[Room] = {}


def room_name(name: Any) -> str:
    """Text of 1 to 256 characters; an integer becomes its decimal text. Else ValueError."""
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not 0 < len(name) <= MAX_ROOM_NAME:
        raise ValueError(f'a room name is text of 1 to {MAX_ROOM_NAME} characters')
    if not name.isascii():
        name.encode()  # ValueError: a lone surrogate is no text that others could be told
    return name


class Namespace:
    """`clients`: whose sid is known; `members`: who receives; `others`: how many of these speak
    another serializer than most do. An empty room does not exist.
    """

    __slots__ = ('clients', 'members', 'others', 'rooms')

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        self.members: Room = {}
        self.others = 0
        self.rooms: dict[str, Room] = {}

    def put_in(self, room: str, sid: str, session: Session) -> None:
        self.rooms.setdefault(room, {})[sid] = session

    def take_out(self, room: str, sid: str) -> None:
        members = self.rooms.get(room)
        if members is not None:
            members.pop(sid, None)
            if not members:
                del self.rooms[room]

    def pending(self, sids: Iterable[str]) -> list[Client]:
        """Those of `sids` that will receive what is meant for them."""
        known = [self.clients[sid] for sid in sids if sid in self.clients]
        return [client for client in known if client.staged is not None]

    def reaches(self, to: Target) -> bool:
        """Whether anybody may be named by it; cheaper than to find out who."""
        if to.everyone:
            return bool(self.members)
        for room in to.rooms:
            if room in self.rooms:
                return True
        return any(sid in self.clients for sid in to.sids)

    def recipients(self, to: Target, skip: Target | None) -> Collection[Session]:
        """Whom `to` names and `skip` does not, once each; not a copy where none is needed."""
        rooms, members = self.rooms, self.members
        if to.everyone:
            chosen = members
        elif len(to.rooms) == 1 and not to.sids:
            chosen = rooms.get(to.rooms[0], _EMPTY)
        else:
            chosen = {sid: members[sid] for sid in to.sids if sid in members}
            for room in dict.fromkeys(to.rooms):
                chosen.update(rooms.get(room, _EMPTY))
        if skip is not None:
            chosen = {} if skip.everyone else chosen.copy()
            for sid in skip.sids:
                chosen.pop(sid, None)
            for room in dict.fromkeys(skip.rooms):
                for sid in rooms.get(room, _EMPTY):
                    chosen.pop(sid, None)
        return chosen.values()
