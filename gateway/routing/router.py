"""(namespace, event) to its route. Immutable: a reload builds another and swaps it whole.

An event that asks for an acknowledgement gets exactly one: the first `ack` at once, else `[]` at
the route's end, after an error `[{"error": {"code", "message"}}]`. Event `*` is the fallback of
its namespace.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from gateway.config.actions import Ack
from gateway.config.routes import NamespaceRoutes, Route
from gateway.errors import ActionError, Refused
from gateway.hub.client import Client
from gateway.routing.actions import Hub, Rejection, Run, step
from gateway.routing.scope import Scope

log = logging.getLogger('gateway.routing')

Handle: TypeAlias = Callable[[Client, str, Sequence[Any], int | None], None]


class Router:
    """The routes of all namespaces, compiled."""

    __slots__ = ('_connects', '_disconnects', '_events', '_hub')

    def __init__(self, namespaces: Mapping[str, NamespaceRoutes], hub: Hub) -> None:
        self._hub = hub
        self._connects = {
            name: Compiled(routes.connect, hub, 'connect') for name, routes in namespaces.items()
        }
        self._disconnects = {
            name: Compiled(routes.disconnect, hub, 'disconnect')
            for name, routes in namespaces.items()
        }
        self._events: dict[str, dict[str, Handle]] = {}
        for name, routes in namespaces.items():
            on_error = Compiled(routes.error, hub, 'error')
            self._events[name] = {
                event: handle(route, on_error, hub) for event, route in routes.events.items()
            }

    def knows(self, namespace: str) -> bool:
        """Whether clients may connect to this namespace."""
        return namespace in self._events

    def namespaces(self) -> Iterable[str]:
        return self._events.keys()

    def events(self, namespace: str) -> Iterable[str]:
        return self._events[namespace].keys()

    def connect(self, client: Client) -> None:
        """Run the connect route; Refused or ActionError if the client may not come in."""
        route = self._connects.get(client.namespace)
        if route is None or not route.steps:
            return
        try:
            route.run(Scope(client, '', ()))
        except Rejection as rejection:
            raise Refused(rejection.code) from None

    def event(self, client: Client, event: str, args: Sequence[Any], id: int | None) -> bool:
        """Run the event's route; False if there is none. Raises nothing."""
        routes = self._events.get(client.namespace)
        if routes is None:
            return False
        handle = routes.get(event) or routes.get('*')
        if handle is None:
            return False
        handle(client, event, args, id)
        return True

    def disconnect(self, client: Client, reason: str) -> None:
        """Run the disconnect route. Raises nothing."""
        route = self._disconnects.get(client.namespace)
        if route is None or not route.steps:
            return
        scope = Scope(client, '', ())
        scope.reason = reason
        route.run_logged(scope)


class Compiled:
    """The steps of a route."""

    __slots__ = ('places', 'steps')

    def __init__(self, route: Route | None, hub: Hub, kind: str) -> None:
        actions = route.actions if route else ()
        self.steps: tuple[Run, ...] = tuple(step(action, hub, kind) for action in actions)
        self.places = tuple(action.place for action in actions)

    def run(self, scope: Scope) -> None:
        """Raises ActionError, or whatever is our fault."""
        for run in self.steps:
            run(scope)

    def run_logged(self, scope: Scope) -> None:
        """For routes with nobody to answer."""
        step: Run | None = None
        try:
            for step in self.steps:
                step(scope)
        except ActionError as error:
            log.warning('%s: %s: %s', self.place(step), error.code, error.message)
        except Exception:
            log.exception('%s: failed', self.place(step))

    def place(self, step: Run | None) -> str:
        """The `file:line:column` of a step."""
        return self.places[self.steps.index(step)] if step else ''


def handle(route: Route, on_error: Compiled, hub: Hub) -> Handle:
    """An event's route as one function."""
    compiled = Compiled(route, hub, 'event')
    steps = compiled.steps
    ack = hub.ack

    def run(client: Client, event: str, args: Sequence[Any], id: int | None) -> None:
        scope = Scope(client, event, args, id)
        step: Run | None = None
        try:
            for step in steps:
                step(scope)
            if not scope.acked:
                ack(client, id, [])
        except ActionError as error:
            if log.isEnabledFor(logging.DEBUG):
                log.debug('%s: %s: %s', compiled.place(step), error.code, error.message)
            fail(scope, error, on_error, hub)
        except Exception:
            log.exception('%s: failed', compiled.place(step))
            fail(scope, ActionError('internal', 'internal error'), on_error, hub)

    if not is_echo(route):
        return run

    def echo(client: Client, event: str, args: Sequence[Any], id: int | None) -> None:
        try:
            ack(client, id, args)
        except ValueError:
            run(client, event, args, id)

    return echo


def fail(scope: Scope, error: ActionError, on_error: Compiled, hub: Hub) -> None:
    """The error acknowledgement, then the namespace's `error` route."""
    if not scope.acked:
        scope.acked = True
        hub.ack(scope.client, scope.id, [error.payload()])
    if on_error.steps and not isinstance(error, Rejection):
        scope.error = {'code': error.code, 'message': error.message}
        on_error.run_logged(scope)


def is_echo(route: Route) -> bool:
    """Whether a route is `ack: "${args}"` alone, which needs no scope."""
    if len(route.actions) != 1 or route.actions[0].guard is not None:
        return False
    action = route.actions[0].action
    return isinstance(action, Ack) and action.value.is_args
