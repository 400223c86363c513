"""What the admin listener tells of and commands: one gateway, as far as it is asked."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Protocol

from gateway.config.changes import Outcome
from gateway.config.model import Config
from gateway.hub.server import SocketServer
from gateway.routing.router import Router
from gateway.routing.runtime import Runtime
from gateway.service.pulse import Pulse

if TYPE_CHECKING:
    from gateway.backends.backends import Backends
    from gateway.cluster.manager import ClusterManager


class Reload(Protocol):
    """What reloads; `done` and `refused` have been so many."""

    done: int
    refused: int

    def __call__(self, *, dry: bool) -> Awaitable[Outcome]:
        """`dry`: only tell."""


class Subject(Protocol):
    """The gateway."""

    config: Config
    hub: SocketServer
    router: Router
    runtime: Runtime
    backends: 'Backends | None'
    cluster: 'ClusterManager | None'
    pulse: Pulse

    @property
    def reload(self) -> Reload:
        """Takes the configuration over."""

    def troubles(self) -> list[tuple[str, str]]:
        """Why it should get no clients now, each as a code and a sentence; [] where it should."""
