"""What the hub asks of the routes; the routing layer above answers."""

from typing import Any, Protocol

from gateway.hub.client import Client


class Router(Protocol):
    """What the hub asks of the routes."""

    def knows(self, namespace: str) -> bool:
        """Whether the namespace exists."""

    def label(self, namespace: str) -> str:
        """The name under which it is counted; these are few."""

    def authenticate(self, client: Client) -> None:
        """Refused where its credentials don't let it in; nothing else is asked first."""

    def connect(self, client: Client) -> Any:
        """Run its connect route; Refused, or any other exception, refuses the client.

        What it returns may be awaitable; False refuses too.
        """

    def event(self, client: Client, event: str, args: list[Any], id: int | None) -> bool:
        """Run the event's route, acknowledgement included; False where there is none."""

    def disconnect(self, client: Client, reason: str) -> Any:
        """Run its disconnect route; what it returns may be awaitable."""


class NoRoutes:
    """A router without namespaces: Python handlers alone decide."""

    def knows(self, namespace: str) -> bool:
        return False

    def label(self, namespace: str) -> str:
        return '*'

    def authenticate(self, client: Client) -> None:
        """Nobody is asked."""

    def connect(self, client: Client) -> None:
        """Everybody is welcome."""

    def event(self, client: Client, event: str, args: list[Any], id: int | None) -> bool:
        return False

    def disconnect(self, client: Client, reason: str) -> None:
        """Nobody needs to know."""
