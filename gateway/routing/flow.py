"""How a route runs: its steps in order, and exactly one answer for an event that asks for one.

Rules of this file:
- The first `ack` answers at once. Without one the answer is the result of the last function that
  was called, else nothing; after an error it is `{"error": {"code", "message"}}`.
- A route without functions runs to its end synchronously. One with a function is a coroutine,
  whose first step runs at once too.
- A route ends at its first error. The namespace's `error` route runs after that answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

from gateway.config.actions import Ack, Call
from gateway.config.backends import Http
from gateway.config.routes import Route
from gateway.errors import ActionError
from gateway.hub.client import Client
from gateway.hub.handlers import returned
from gateway.routing.actions import Rejection
from gateway.routing.calls import Apology, Caller
from gateway.routing.hub import Hub
from gateway.routing.scope import Run, Scope

log = logging.getLogger('gateway.routing')

TIMED_OUT: Final = ActionError('timeout', 'the route took too long')
INTERNAL: Final = ActionError('internal', 'internal error')

Handle: TypeAlias = Callable[[Client, str, Sequence[Any], int | None], None]


class Flow:
    """The steps of a route, compiled; `name` is what the log calls it."""

    __slots__ = ('name', 'places', 'sequential', 'steps', 'timeout', 'waits')

    def __init__(
        self,
        name: str,
        steps: Sequence[Run] = (),
        places: Sequence[str] = (),
        *,
        waits: bool = False,
        sequential: bool = False,
        timeout: float | None = None,
    ) -> None:
        self.name = name
        self.steps = tuple(steps)
        self.places = tuple(places)
        self.waits = waits
        self.sequential = sequential
        self.timeout = timeout

    def run(self, scope: Scope) -> None:
        """To its end; ActionError, or whatever is our fault."""
        for step in self.steps:
            step(scope)

    def wait(self, scope: Scope) -> Awaitable[None]:
        """The same where functions are called. TimeoutError."""
        return self._wait(scope) if self.timeout is None else self._wait_at_most(scope)

    async def _wait(self, scope: Scope) -> None:
        for step in self.steps:
            waiting = step(scope)
            if waiting is not None:
                scope.result = await waiting

    async def _wait_at_most(self, scope: Scope) -> None:
        async with asyncio.timeout(self.timeout):
            await self._wait(scope)

    def run_logged(self, scope: Scope) -> None:
        """For routes with nobody to answer."""
        step: Run | None = None
        try:
            for step in self.steps:
                step(scope)
        except ActionError as error:
            told = scope.client.told(scope.event, error.code)
            log.warning('%s: %s: %s', self.place(step), error.code, error.message, extra=told)
        except Exception:
            told = scope.client.told(scope.event)
            log.exception('%s: failed', self.place(step), extra=told)

    async def wait_logged(self, scope: Scope) -> None:
        told = scope.client.told(scope.event)
        try:
            await self.wait(scope)
        except TimeoutError:
            log.warning('%s: took too long', self.name, extra=told)
        except ActionError as error:
            if error.code != 'handler_failed':  # its traceback is in the log
                told['reason'] = error.code
                log.warning('%s: %s: %s', self.name, error.code, error.message, extra=told)
        except Exception:
            log.exception('%s: failed', self.name, extra=told)

    def place(self, step: Run | None) -> str:
        """The `file:line:column` of a step."""
        return self.places[self.steps.index(step)] if step else ''


def handle(flow: Flow, on_error: Flow, hub: Hub, caller: Caller) -> Handle:
    """An event's route as one function, which raises nothing."""
    return later(flow, on_error, hub, caller) if flow.waits else now(flow, on_error, hub)


def now(flow: Flow, on_error: Flow, hub: Hub) -> Handle:
    """A route without functions."""
    steps, ack = flow.steps, hub.ack

    def run(client: Client, event: str, args: Sequence[Any], id: int | None) -> None:
        scope = Scope(hub, client, event, args, id)
        step: Run | None = None
        try:
            for step in steps:
                step(scope)
            if not scope.acked:
                ack(client, id, [])
        except ActionError as error:
            if log.isEnabledFor(logging.DEBUG) and not isinstance(error, Rejection):
                log.debug('%s: %s: %s', flow.place(step), error.code, error.message)
            fail(scope, error, on_error)
        except Exception:
            log.exception('%s: failed', flow.place(step), extra=client.told(event))
            fail(scope, INTERNAL, on_error)

    return run


def later(flow: Flow, on_error: Flow, hub: Hub, caller: Caller) -> Handle:
    """A route that calls functions."""

    async def run(scope: Scope) -> None:
        try:
            try:
                await flow.wait(scope)
            except Apology as apology:
                scope.result = apology.result
            answer(scope, flow.name, caller)
        except TimeoutError:
            caller.timed_out()
            fail(scope, TIMED_OUT, on_error)
        except ActionError as error:
            if log.isEnabledFor(logging.DEBUG) and not isinstance(error, Rejection):
                log.debug('%s: %s: %s', flow.name, error.code, error.message)
            fail(scope, error, on_error)
        except Exception:
            log.exception('%s: failed', flow.name, extra=scope.client.told(scope.event))
            fail(scope, INTERNAL, on_error)
        finally:
            if flow.sequential:
                hub.proceed(scope.client)

    def begin(client: Client, event: str, args: Sequence[Any], id: int | None) -> None:
        if flow.sequential:
            hub.hold(client)
        hub.run(client, run(Scope(hub, client, event, args, id)), flow.name)

    return begin


def answer(scope: Scope, name: str, caller: Caller) -> None:
    """The acknowledgement, if none was sent: what the last function returned."""
    if scope.acked:
        return
    try:
        scope.hub.ack(scope.client, scope.id, returned(scope.result))
    except ValueError:
        caller.unsendable(scope.client, scope.event, name)
        raise ActionError('handler_failed', 'the handler failed') from None
    scope.acked = True


def fail(scope: Scope, error: ActionError, on_error: Flow) -> None:
    """The error acknowledgement, then the namespace's `error` route."""
    if not scope.acked:
        scope.acked = True
        scope.hub.ack(scope.client, scope.id, [error.payload()])
    if on_error.steps and not isinstance(error, Rejection):
        scope.error = {'code': error.code, 'message': error.message}
        if on_error.waits:
            scope.hub.run(scope.client, on_error.wait_logged(scope), on_error.name)
        else:
            on_error.run_logged(scope)


def echo(hub: Hub, run: Handle) -> Handle:
    """`ack: "${args}"` alone, which needs no scope."""
    ack = hub.ack

    def back(client: Client, event: str, args: Sequence[Any], id: int | None) -> None:
        try:
            ack(client, id, args)
        except ValueError:
            run(client, event, args, id)

    return back


def is_echo(route: Route) -> bool:
    """Whether a route is `ack: "${args}"` alone."""
    if len(route.actions) != 1 or route.actions[0].guard is not None:
        return False
    action = route.actions[0].action
    return isinstance(action, Ack) and action.value.is_args


def waits(route: Route, kind: str) -> bool:
    """Whether a route calls a function, or waits for what a backend replies."""
    waiting = Call if kind == 'disconnect' else Call | Http
    return any(isinstance(step.action, waiting) for step in route.actions)
