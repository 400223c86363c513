"""(namespace, event) to what happens. Immutable: a reload builds another and swaps it whole.

Rules of this file:
- An exact namespace goes before a pattern, and what the YAML and Python say of one is put together:
  loading has seen to it that they say nothing twice.
- An exact event goes before `*`; what a namespace does not handle goes to Python's namespace `*`.
- A function that Python registered is a route of one step. Tokens come before everything else.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gateway.config.model import Config
from gateway.config.patterns import in_order, is_pattern, matcher
from gateway.config.routes import NamespaceRoutes, Route
from gateway.errors import ActionError, Refused
from gateway.hub.client import Client
from gateway.routing import actions, flow
from gateway.routing.actions import Outside, Rejection
from gateway.routing.authentication import authenticate
from gateway.routing.calls import Caller
from gateway.routing.flow import Flow, Handle
from gateway.routing.http import Asking, Backends
from gateway.routing.hub import Hub
from gateway.routing.registry import ERROR
from gateway.routing.scope import Scope
from gateway.routing.signatures import Function

if TYPE_CHECKING:
    from gateway.config.auth import Auth

NAMES_KEPT = 4_096  # names of namespaces whose pattern was found
NO_EVENTS = frozenset({'connect', 'disconnect', ERROR})  # registered like events, sent by nobody


class Space:
    """One namespace, or all that a pattern matches; `events` by name.

    `taken` counts them by name, and `asked` those of them that want an acknowledgement; `unknown`
    those that have no route.
    """

    __slots__ = ('asked', 'auth', 'connect', 'disconnect', 'events', 'taken', 'unknown')

    def __init__(
        self, auth: 'Auth | None', connect: Flow, disconnect: Flow, events: Mapping[str, Handle]
    ) -> None:
        self.auth = auth
        self.connect = connect
        self.disconnect = disconnect
        self.events = events
        self.taken = dict.fromkeys(events, 0)
        self.asked = dict.fromkeys(events, 0)
        self.unknown = 0

    def count_on(self, before: 'Space') -> None:
        """From where the same namespace stood before a reload."""
        for now, then in ((self.taken, before.taken), (self.asked, before.asked)):
            now.update({name: count for name, count in then.items() if name in now})
        self.unknown = before.unknown


class Router:
    """The routes of a configuration, and the functions of `caller`, compiled."""

    def __init__(
        self, config: Config, hub: Hub, caller: Caller, backends: Backends | None = None
    ) -> None:
        self._hub = hub
        self._caller = caller
        self._auth = config.auth
        self.former: Router | None = None  # the one before a reload, while its clients leave
        functions = caller.handlers.spaces
        unlisted = NamespaceRoutes(None, {}, None, None)
        names = {*config.namespaces, *functions, *caller.handlers.classes} - {'*'}
        self.known = frozenset(names | {'/*'} if '*' in functions else names)  # or patterns of them
        asking = Asking(hub, caller, backends, self.known)
        compiler = Compiler(hub, caller, functions.get('*', {}), asking.action)
        self._spaces = {
            name: compiler.space(
                config.namespaces.get(name, unlisted),
                functions.get(name, {}),
                config.auth_of(name),
            )
            for name in sorted(names)
        }
        self._exact = {name: space for name, space in self._spaces.items() if not is_pattern(name)}
        patterns = [(matcher(name), self._spaces[name]) for name in in_order(self._spaces)]
        self.spaces: Mapping[str, Space] = self._spaces  # by name, patterns and Python's `*` too
        if '*' in functions:
            rest = compiler.space(unlisted, {}, config.auth)
            patterns.append((lambda name: True, rest))
            self.spaces = {**self._spaces, '*': rest}

        @lru_cache(NAMES_KEPT)
        def matching(name: str) -> Space | None:
            return next((space for matches, space in patterns if matches(name)), None)

        self._matching: Callable[[str], Space | None] = matching if patterns else lambda name: None

    def _space(self, namespace: str) -> Space | None:
        return self._exact.get(namespace) or self._matching(namespace)

    def follow(self, former: 'Router') -> None:
        """Take over from the router before a reload: its counts, and who has to leave."""
        self.former = former
        for name, space in self.spaces.items():
            if name in former.spaces:
                space.count_on(former.spaces[name])

    def label(self, namespace: str) -> str:
        """The name under which a namespace is counted: its own, or the pattern it matches."""
        if namespace in self._exact:
            return namespace
        space = self._matching(namespace)
        return next((name for name, one in self._spaces.items() if one is space), '*')

    def knows(self, namespace: str) -> bool:
        """Whether clients may connect to this namespace."""
        return self._space(namespace) is not None

    def namespaces(self) -> Iterable[str]:
        """Names and patterns, without Python's `*`."""
        return self._spaces.keys()

    def events(self, namespace: str) -> Iterable[str]:
        return self._spaces[namespace].events.keys()

    def authenticate(self, client: Client) -> None:
        """Refused without a good token where one is needed; its claims become the client's."""
        space = self._space(client.namespace)
        auth = space.auth if space is not None else self._auth
        if auth is None:
            return
        try:
            verified = authenticate(auth.jwt, client)
        except Refused as refusal:
            self._caller.token_refused(str(refusal))
            raise
        client.claims = verified.claims
        if verified.expires is not None:
            self._hub.expire(client, max(0.0, verified.expires - time.time()))

    def connect(self, client: Client) -> Awaitable[None] | None:
        """Run the connect route; Refused or ActionError if the client may not come in."""
        space = self._space(client.namespace)
        if space is None or not space.connect.steps:
            return None
        scope = Scope(self._hub, client, '', ())
        if space.connect.waits:
            return self._connect_later(space.connect, scope)
        try:
            space.connect.run(scope)
        except Rejection as rejection:
            raise Refused(rejection.code) from None
        return None

    async def _connect_later(self, connect: Flow, scope: Scope) -> None:
        try:
            await connect.wait(scope)
        except Rejection as rejection:
            raise Refused(rejection.code) from None
        except TimeoutError:
            raise ActionError(flow.TIMED_OUT.code, flow.TIMED_OUT.message) from None

    def event(self, client: Client, event: str, args: Sequence[Any], id: int | None) -> bool:
        """Run the event's route; False if there is none. Raises nothing."""
        space = self._exact.get(client.namespace) or self._matching(client.namespace)
        if space is None:
            return False
        name = event if event in space.events else '*'
        handle = space.events.get(name)
        if handle is None:
            space.unknown += 1
            return False
        space.taken[name] += 1
        if id is not None:
            space.asked[name] += 1
        handle(client, event, args, id)
        return True

    def disconnect(self, client: Client, reason: str) -> Awaitable[None] | None:
        """Run the disconnect route. Raises nothing."""
        space = self._space(client.namespace)
        if space is None and self.former is not None:
            return self.former.disconnect(client, reason)
        if space is None or not space.disconnect.steps:
            return None
        scope = Scope(self._hub, client, '', ())
        scope.reason = reason
        if space.disconnect.waits:
            return space.disconnect.wait_logged(scope)
        space.disconnect.run_logged(scope)
        return None


class Compiler:
    """Routes and functions to flows; `rest` are the functions of Python's namespace `*`."""

    def __init__(
        self, hub: Hub, caller: Caller, rest: Mapping[str, Function], outside: Outside
    ) -> None:
        self._hub = hub
        self._caller = caller
        self._rest = rest
        self._outside = outside

    def space(
        self, routes: NamespaceRoutes, own: Mapping[str, Function], auth: 'Auth | None'
    ) -> Space:
        """What the YAML and Python say of one namespace."""
        on_error = self.route(routes.error, 'error')
        has_fallback = '*' in own or '*' in routes.events
        functions = {**self._rest, **own} if not has_fallback else own
        events = {
            name: self.handle(self.function(function, 'event', named=name == '*'), on_error)
            for name, function in functions.items()
            if name not in NO_EVENTS
        }
        for name, route in routes.events.items():
            run = self.handle(self.route(route, 'event'), on_error)
            events[name] = flow.echo(self._hub, run) if flow.is_echo(route) else run
        connect, disconnect = (
            self.function(function, kind) if route is None and function else self.route(route, kind)
            for route, kind in ((routes.connect, 'connect'), (routes.disconnect, 'disconnect'))
            for function in [own.get(kind) or self._rest.get(kind)]
        )
        return Space(auth, connect, disconnect, events)

    def route(self, route: Route | None, kind: str) -> Flow:
        if route is None:
            return Flow('')
        places = [step.place for step in route.actions]
        return Flow(
            places[0] if places else '',
            [
                actions.step(step, self._hub, kind, self._caller, self._outside)
                for step in route.actions
            ],
            places,
            waits=flow.waits(route, kind),
            sequential=route.sequential,
            timeout=route.timeout,
        )

    def function(self, function: Function, kind: str, *, named: bool = False) -> Flow:
        run = actions.call(self._caller, function, kind, named=named)
        sequential = function.sequential
        return Flow(function.name, [run], [function.place], waits=True, sequential=sequential)

    def handle(self, compiled: Flow, on_error: Flow) -> Handle:
        return flow.handle(compiled, on_error, self._hub, self._caller)
