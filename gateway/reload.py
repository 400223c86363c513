"""Reload: a complete new configuration is loaded and checked beside the one that runs, and then
taken over whole, or not at all.

Rules of this file:
- Python code is imported by a start only. What has changed of it, or would be new, needs a restart,
  as some keys do (`config/changes.py`). One of these, and nothing is taken over.
- The loading is done in slices: nobody waits for it.
- One at a time; the next begins when the one before has ended. What has begun is ended, also where
  who asked for it has left. A gateway that stops takes nothing over any more.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.config.changes import Change, Outcome, changes
from gateway.config.load import load
from gateway.config.model import Config
from gateway.errors import ConfigError, Problem
from gateway.hub.server import SocketServer
from gateway.routing.calls import Caller
from gateway.routing.facade import socketio
from gateway.routing.loading import Handlers, load_handlers
from gateway.routing.router import Router
from gateway.routing.runtime import Runtime
from gateway.routing.sources import Sources
from gateway.routing.unused import named
from gateway.service.slices import Slices

if TYPE_CHECKING:
    from gateway.backends.backends import Backends

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Renewal:
    """All that a gateway needs to take a configuration over."""

    config: Config
    handlers: Handlers
    caller: Caller
    backends: 'Backends | None'
    router: Router


class Reloadable(Protocol):
    """A gateway, as far as a reload asks it."""

    config: Config
    leaving: bool
    handlers: Handlers
    sources: Sources
    hub: SocketServer
    runtime: Runtime
    router: Router

    def backends_for(self, config: Config) -> 'Backends | None':
        """Those that a configuration needs."""

    def renew(self, new: Renewal) -> None:
        """Take all of it over."""


class Reload:
    """Of one gateway; `await reload(dry=True)` only says what would be."""

    def __init__(self, gateway: Reloadable) -> None:
        self._gateway = gateway
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[Outcome] | None = None  # the one that goes on
        self.begun: Callable[[], None] = nothing  # somebody may want to know
        self.ended: Callable[[Outcome], None] = nothing
        self.done = 0
        self.refused = 0

    async def __call__(self, *, dry: bool = False) -> Outcome:
        await self._turn.acquire()
        self._task = asyncio.create_task(self._reload(dry=True) if dry else self._told())
        self._task.add_done_callback(lambda _: self._turn.release())
        return await asyncio.shield(self._task)

    async def _told(self) -> Outcome:
        if not self._gateway.leaving:
            self.begun()
        outcome = Outcome(done=False)
        try:
            outcome = await self._reload(dry=False)
        finally:
            self.done += outcome.done
            self.refused += not outcome.done
            self.ended(outcome)
            tell(outcome)
        return outcome

    async def _reload(self, *, dry: bool) -> Outcome:
        try:
            found, renewal = await Slices(self._prepare).run()
        except ConfigError as error:
            return Outcome(done=False, problems=error.problems)
        if renewal is None or dry:
            return Outcome(done=False, changes=found)
        gateway = self._gateway
        if gateway.leaving:
            return Outcome(done=False, changes=found, stopping=True)
        classes = gateway.handlers.classes.keys() - renewal.handlers.classes.keys()
        gateway.renew(renewal)
        disconnected = await gateway.hub.vacate(classes)
        gateway.router.former = None
        return Outcome(done=True, changes=found, disconnected=disconnected)

    def _prepare(self) -> tuple[tuple[Change, ...], Renewal | None]:
        """What differs, and what can be taken over, if all of it can. ConfigError."""
        gateway = self._gateway
        path = gateway.config.path
        if path.is_fifo():  # nobody may ever write there, and the next reload waits for this one
            raise ConfigError([Problem(str(path), 1, 1, '', 'cannot be read', 'it is a pipe')])
        config = load(path)
        found = (*changes(gateway.config, config), *self._code(config))
        if any(change.restart for change in found):
            return found, None
        handlers = load_handlers(config, socketio, gateway.handlers)
        caller = Caller(gateway.runtime, handlers)
        backends = gateway.backends_for(config)
        router = Router(config, gateway.hub, caller, backends)
        return found, Renewal(config, handlers, caller, backends, router)

    def _code(self, config: Config) -> Iterator[Change]:
        """What differs of the Python code."""
        gateway = self._gateway
        for file in gateway.sources.changed():
            yield Change(str(file), '', 'another text than at the start', restart=True)
        names = {name for name, _ in named(config)}
        for name in sorted(names - gateway.handlers.modules.keys()):
            yield Change(f'module {name}', 'not imported', 'named', restart=True)


def nothing(*_: object) -> None:
    """Nobody is told."""


def tell(outcome: Outcome) -> None:
    """In the log."""
    for problem in outcome.problems:
        log.error('reload refused: %s', problem)
    for change in outcome.restart:
        log.error('reload refused: %s', change)
    if outcome.stopping:
        log.warning('reload refused: the gateway stops')
    if not outcome.done:
        return
    for change in outcome.changes:
        log.info('%s', change)
    if outcome.disconnected:
        log.info('clients disconnected with their namespace: %d', outcome.disconnected)
    log.info('reloaded' if outcome.changes else 'reloaded: the file says the same as before')
