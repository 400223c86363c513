"""Routes as they are when the file has been read: frozen, and in the order in which they run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.config.actions import Action
from gateway.config.paths import Value
from gateway.config.source import Path

if TYPE_CHECKING:
    from gateway.config.auth import Auth


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a route, with its guard, its `file:line:column` and its place in the tree."""

    action: Action
    guard: Value | None
    place: str
    path: Path = ()


@dataclass(frozen=True, slots=True)
class Route:
    """What happens, in order; `timeout` is in seconds."""

    actions: tuple[Step, ...]
    sequential: bool = False
    timeout: float | None = None
    path: Path = ()


@dataclass(frozen=True, slots=True)
class NamespaceRoutes:
    """The routes of one namespace, or of all that a pattern matches."""

    connect: Route | None
    events: Mapping[str, Route]
    disconnect: Route | None
    error: Route | None
    class_: str | None = None  # module:Class
    auth: 'Auth | None' = None  # its own, else the one for all

    def all(self) -> Iterator[Route]:
        """Each route, whatever it is for."""
        every = (self.connect, *self.events.values(), self.disconnect, self.error)
        return (route for route in every if route is not None)

    def steps(self) -> Iterator[Step]:
        for route in self.all():
            yield from route.actions
