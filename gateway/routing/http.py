"""The verb `http`: an event goes to a backend, and what it replies is done.

Rules of this file:
- A reply is read whole before anything of it is done, by the grammar of routes (`config/replies`).
  What is wrong with it is in the log, with places and without values; the client gets `bad_reply`.
- An event waits for its reply. `disconnect` does not: its hook is sent at least once, and the reply
  is done when it comes.
- Nothing that a client sent has a part in an address.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final, Protocol

from gateway.backends.call import Call
from gateway.config.actions import Action
from gateway.config.backends import FIELD, Http
from gateway.config.fields import Reading
from gateway.config.mistakes import Mistakes
from gateway.config.replies import reply
from gateway.engine.turn import Turn
from gateway.errors import ActionError
from gateway.hub.tasks import is_cancelled
from gateway.routing import actions
from gateway.routing.calls import Caller
from gateway.routing.hub import Hub
from gateway.routing.scope import Run, Scope
from gateway.wire import http_json

SHOWN: Final = 3  # mistakes of a reply that a line of the log tells
STRANGE: Final = re.compile(r'[^ -~]')
BODILESS: Final = frozenset({'GET', 'DELETE'})  # unless there is a `body`


class BadReply(ActionError):
    """It can't be done; why is in the log."""

    def __init__(self) -> None:
        super().__init__('bad_reply', 'the backend replied what cannot be used')


class Left(ActionError):
    """The newcomer has gone, and its route with it."""

    def __init__(self) -> None:
        super().__init__('left', 'the client has left')


class Backends(Protocol):
    """What routes need of `gateway.backends`."""

    name: str

    def number(self) -> int: ...
    def sequence(self, url: str) -> int: ...
    async def ask(self, call: Call) -> bytes: ...
    def tell(self, call: Call, replied: Callable[[bytes], None]) -> bool: ...
    def lose(self, url: str, about: str, why: str) -> None: ...
    def complain(self, url: str, about: str, why: str) -> None: ...


class Asking:
    """Compiles `http` actions. `names` are those of the namespaces that replies may name."""

    def __init__(
        self, hub: Hub, caller: Caller, backends: Backends | None, names: frozenset[str]
    ) -> None:
        self._hub = hub
        self._caller = caller
        self._backends = backends
        self._names = names

    def action(self, action: Http, kind: str) -> Run:
        """One `http`, for a route of this kind."""
        assert self._backends is not None
        request = Request(action, kind, self._backends)
        instead = None
        if action.on_error is not None:
            instead = [self._compile(one, kind) for one in action.on_error]

        async def ask(scope: Scope) -> None:
            call = request.call(scope)  # what a client made unsendable is no failure of a backend
            try:
                runs = self._runs(await request.send(call, scope), request, scope)
            except ActionError as error:
                if instead is None or isinstance(error, Left):
                    raise
                runs = instead
            await do(runs, scope)

        def tell(scope: Scope) -> None:
            def replied(body: bytes) -> None:
                self._caller.runtime.spawn(self._late(body, request, scope))

            request.tell(scope, replied)

        return tell if kind == 'disconnect' else ask

    async def _late(self, body: bytes, request: 'Request', scope: Scope) -> None:
        """What a hook was answered with; the client has left."""
        try:
            await do(self._runs(body, request, scope), scope)
        except BadReply:
            pass
        except ActionError as error:
            request.complain(scope, f'a reply failed: {error.code}: {error.message}')

    def _runs(self, body: bytes, request: 'Request', scope: Scope) -> Sequence[Run]:
        """What a reply asks for, compiled; BadReply."""
        if not body:
            return ()
        place = Reading(request.kind, scope.client.namespace, self._names)
        try:
            found = reply(http_json.loads(body), place, request.action.allow)
        except Mistakes as mistakes:
            why = '; '.join(told(mistakes))
        except ValueError as error:
            why = f'{error}, but HTML' if body.lstrip()[:1] == b'<' else str(error)
        else:
            return [self._compile(one, request.kind) for one in found]
        self._caller.runtime.counters.replies_refused += 1
        request.complain(scope, f'a bad reply: {why}')
        raise BadReply

    def _compile(self, action: Action, kind: str) -> Run:
        return actions.verb(action, self._hub, kind, self._caller, self.action)


async def do(runs: Sequence[Run], scope: Scope) -> None:
    """In order; a long reply leaves the loop its turn."""
    turn = Turn()
    for run in runs:
        waiting: Awaitable[Any] | None = run(scope)
        if waiting is not None:
            await waiting
        await turn.give()


def told(mistakes: Mistakes) -> Iterator[str]:
    """Places and what is wrong there; keys are a backend's, so they are shown in ASCII."""
    for mistake in mistakes.found[:SHOWN]:
        place = '/'.join(printable(str(step)) for step in mistake.at)
        what = f'{mistake.what} ({mistake.mend})' if mistake.mend else mistake.what
        yield f'{place}: {what}' if place else what
    if len(mistakes.found) > SHOWN:
        yield f'and {len(mistakes.found) - SHOWN} more'


def about(kind: str, scope: Scope) -> str:
    """An event for the log: its name is a client's word where a route is for all of them."""
    return f'{printable(name(kind, scope))} in {printable(scope.client.namespace)}'


def name(kind: str, scope: Scope) -> str:
    return scope.event if kind in {'event', 'error'} else kind


def printable(text: str) -> str:
    return STRANGE.sub('?', text[:40])


class Request:
    """What one `http` of a route of this `kind` sends, and what is said of it in the log."""

    def __init__(self, action: Http, kind: str, backends: Backends) -> None:
        self.action = action
        self.kind = kind
        self._backends = backends
        self._body = action.body.get if action.body is not None else None
        self._headers = [(name, value.get) for name, value in action.headers]

    async def send(self, call: Call, scope: Scope) -> bytes:
        """The body of the reply; ActionError. A newcomer that leaves is asked about no longer."""
        if self.kind != 'connect':
            return await self._backends.ask(call)
        scope.client.asked = asking = asyncio.ensure_future(self._backends.ask(call))
        try:
            body: bytes = await asking
            return body
        except asyncio.CancelledError:
            if is_cancelled():
                raise
            raise Left from None
        finally:
            asking.cancel()

    def tell(self, scope: Scope, replied: Callable[[bytes], None]) -> None:
        """Send it as a hook; ActionError where it can't be sent, and then it is counted."""
        try:
            call = self.call(scope)
        except ActionError:
            self._backends.lose(self.action.url, self._about(scope), 'unsendable')
            raise
        self._backends.tell(call, replied)

    def complain(self, scope: Scope, why: str) -> None:
        self._backends.complain(self.action.url, self._about(scope), why)

    def call(self, scope: Scope) -> Call:
        """ActionError `bad_value` where a value can't be sent."""
        action, backends = self.action, self._backends
        id = f'{backends.name}-{backends.number()}'
        return Call(
            id,
            action.url,
            self._bytes(scope, id),
            action.method,
            [(name, text(get(scope))) for name, get in self._headers],
            action.timeout,
            action.retries,
            action.secret,
            self._about(scope),
        )

    def _about(self, scope: Scope) -> str:
        return about(self.kind, scope)

    def _bytes(self, scope: Scope, id: str) -> bytes:
        if self._body is not None:
            value = self._body(scope)
        elif self.action.method in BODILESS:
            return b''
        else:
            value = self._event(scope, id)
        try:
            return http_json.dumps(value)
        except ValueError:
            raise ActionError('bad_value', 'a value that JSON cannot hold') from None

    def _event(self, scope: Scope, id: str) -> dict[str, Any]:
        """The default body."""
        client, kind = scope.client, self.kind
        found: dict[str, Any] = {
            'id': id,
            'namespace': client.namespace,
            'event': name(kind, scope),
            'args': scope.args,
            'sid': client.sid,
            'rooms': scope.rooms,
            'session': client.data,
            'claims': dict(client.claims),
            'ip': scope.ip,
            'time': scope.time,
        }
        if kind == 'connect':
            found |= {
                'auth': client.auth,
                'query': dict(scope.query),
                'gateway': self._backends.name,
            }
        elif kind == 'disconnect':
            found |= {
                'reason': scope.reason,
                'gateway': self._backends.name,
                'sequence': self._backends.sequence(self.action.url),
            }
        elif kind == 'error':
            found['error'] = scope.error
        return found


def text(value: Any) -> str:
    """What stands in a header (RFC 9110, section 5.5)."""
    found = ('true' if value else 'false') if isinstance(value, bool) else value
    if isinstance(found, (int, float)):
        found = str(found)
    if not isinstance(found, str) or not FIELD.match(found):
        raise ActionError('bad_value', 'a value that a header cannot hold')
    return found
