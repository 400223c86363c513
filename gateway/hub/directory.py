"""Who is where: what the API tells of namespaces, rooms and clients.

Rules of this file:
- Pages are sorted by name, and go on after the last name of the page before: what comes and goes
  between two pages moves nothing else.
- A walk over many names is sliced; each slice sorts what it has seen and keeps one page.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.hub.client import Client, State
from gateway.hub.space import Namespace

if TYPE_CHECKING:
    from gateway.hub.fanout import FanoutManager

PIECE: Final = 2_000  # names that are looked at while the loop waits


class Page(NamedTuple):
    """Names with their counts or places, and whether there are more behind the last one."""

    items: list[tuple[str, int]]
    more: bool


class Directory:
    """Reads the tables of the manager."""

    def __init__(self, manager: 'FanoutManager') -> None:
        self._manager = manager

    def namespaces(self) -> list[tuple[str, int, int]]:
        """Those that have clients: name, members, rooms."""
        spaces = self._manager.spaces.items()
        return sorted((name, len(space.members), len(space.rooms)) for name, space in spaces)

    async def rooms(self, namespace: str, prefix: str, after: str, limit: int) -> Page:
        """Rooms of a namespace with how many are in each."""
        space = self._manager.spaces.get(namespace, Namespace())
        names, more = await page(list(space.rooms), prefix, after, limit)
        return Page([(name, len(space.rooms.get(name, ()))) for name in names], more)

    async def members(self, namespace: str, room: str | None, after: str, limit: int) -> Page:
        """Sids of a room, or of the whole namespace, with how many rooms each is in."""
        space = self._manager.spaces.get(namespace, Namespace())
        found = space.members if room is None else space.rooms.get(room, {})
        sids, more = await page(list(found), '', after, limit)
        clients = [(sid, self._manager.client(sid, namespace)) for sid in sids]
        return Page([(sid, len(one.rooms) if one else 0) for sid, one in clients], more)

    def member(self, sid: str, namespace: str) -> Client | None:
        """One client of a namespace."""
        return self._manager.client(sid, namespace)

    def client(self, sid: str) -> Client | None:
        """Whatever its namespace: sids are the gateway's own."""
        for space in self._manager.spaces.values():
            client = space.clients.get(sid)
            if client is not None and client.state is State.MEMBER:
                return client
        return None


async def page(names: Sequence[str], prefix: str, after: str, limit: int) -> tuple[list[str], bool]:
    """The first `limit` names behind `after`, and whether there are more."""
    best: list[str] = []
    for start in range(0, len(names), PIECE):
        piece = names[start : start + PIECE]
        best += [name for name in piece if name > after and name.startswith(prefix)]
        best = sorted(best)[: limit + 1]
        if start:
            await asyncio.sleep(0)
    return best[:limit], len(best) > limit
