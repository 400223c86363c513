"""What the expressions of a route see: one Scope for one event of one client."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from gateway.config.cel import Bound, bounded
from gateway.errors import ActionError
from gateway.hub.client import Client
from gateway.routing.hub import Hub

MEMBERS: Final = Bound(10_000, 200_000)  # what their `user` may hold together
MAX_MEMBERS: Final = 1_000  # that are listed: more would hold the loop for milliseconds


class Scope:
    """The roots of expressions are its attributes (`gateway.config.paths.Scope`)."""

    __slots__ = ('acked', 'args', 'client', 'error', 'event', 'hub', 'id', 'reason', 'result')

    def __init__(
        self, hub: Hub, client: Client, event: str, args: Sequence[Any], id: int | None = None
    ) -> None:
        self.hub = hub
        self.client = client
        self.event = event
        self.args = args
        self.id = id
        self.acked = False
        self.result: Any = None  # of the last function that was called
        self.reason = ''
        self.error: Mapping[str, str] = {}

    @property
    def sid(self) -> str:
        return self.client.sid

    @property
    def nsp(self) -> str:
        return self.client.namespace

    @property
    def rooms(self) -> list[str]:
        return sorted(self.client.rooms)

    @property
    def session(self) -> Mapping[str, Any]:
        return self.client.data

    @property
    def auth(self) -> Any:
        return self.client.auth

    @property
    def claims(self) -> Mapping[str, Any]:
        return self.client.claims

    @property
    def query(self) -> Mapping[str, str]:
        return self.client.request.query

    @property
    def headers(self) -> Mapping[str, str]:
        return self.client.request.headers

    @property
    def ip(self) -> str:
        return self.client.request.ip

    @property
    def time(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def in_room(self, name: str) -> bool:
        if not isinstance(name, str):  # an expression may ask anything
            raise TypeError
        return name in self.client.rooms

    def members(self, name: str) -> list[dict[str, Any]]:
        """Who is in a room: each one's sid, and the `user` of its session or null."""
        if self.headcount(name) > MAX_MEMBERS:
            what = f'a room of more than {MAX_MEMBERS:,} members is counted, not listed'
            raise ActionError('bad_value', what)
        found = self.hub.members(self.client.namespace, name)
        users = [client.data.get('user') for client in found]
        bounded(users, MEMBERS)
        return [
            {'sid': client.sid, 'user': user} for client, user in zip(found, users, strict=True)
        ]

    def headcount(self, name: str) -> int:
        """How many are in a room."""
        if not isinstance(name, str):
            raise TypeError
        return self.hub.headcount(self.client.namespace, name)


# What a verb does. It gives None, or what its route has to wait for: the result of a function.
Run: TypeAlias = Callable[[Scope], Awaitable[Any] | None]
