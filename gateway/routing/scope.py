"""What the expressions of a route see: one Scope for one event of one client."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.hub.client import Client


class Scope:
    """The roots of expressions are its attributes (`gateway.config.paths.Scope`)."""

    __slots__ = ('acked', 'args', 'client', 'error', 'event', 'id', 'reason')

    def __init__(
        self, client: Client, event: str, args: Sequence[Any], id: int | None = None
    ) -> None:
        self.client = client
        self.event = event
        self.args = args
        self.id = id
        self.acked = False
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
