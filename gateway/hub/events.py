"""Events and acknowledgements: from a member's packet to its handler, and back to its callback.

Rules of this file:
- Who handles an event: an exact `sio.on` handler, then the namespace's class, then the router,
  then python-socketio's catch-alls.
- A handler that is no coroutine costs no Task; a coroutine's first step runs at once.
- While a client is held, its events wait; the session is told, so that it stops reading in time.
"""

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from gateway.errors import ActionError, PeerError
from gateway.hub import handlers
from gateway.hub.api import Api
from gateway.hub.client import Client, State
from gateway.hub.tasks import Job, is_cancelled, start

log = logging.getLogger(__name__)

# Of one client, while it is read on for the answer that somebody waits for; else it is not read
# beyond MAX_IN_FLIGHT.
MAX_EVENTS: Final = 1_000
BUSY: Final = ActionError('busy', 'too many events of this client are under way')


class Events(Api):
    """The part of SocketServer that knows members only."""

    def _handle_event(self, client: Client, id: int | None, data: list[Any]) -> None:
        session = client.session
        if session.in_flight >= MAX_EVENTS or (session.asked and session.holds_much):
            self.events_refused += 1
            self.ack(client, id, [BUSY.payload()])
            return
        if client.waiting is not None:
            client.waiting.append((id, data, session.began()))
            return
        event = data[0]
        handler = handlers.find(self, client.namespace, event)
        if handler is not None:
            self.events_direct += 1
            self._run(handler, client, id, (client.sid, *data[1:]))
        elif not self.router.event(client, event, data[1:], id):
            self._handle_unrouted(client, id, data)

    def _handle_unrouted(self, client: Client, id: int | None, data: list[Any]) -> None:
        handler, args = handlers.catch_all(self, client.namespace, (client.sid, *data[1:]), data[0])
        if handler is not None:
            self._run(handler, client, id, args)
        elif self.router.knows(client.namespace):
            self.ack(client, id, [handlers.UNKNOWN_EVENT.payload()])

    def _run(
        self, handler: Callable[..., Any], client: Client, id: int | None, args: Sequence[Any]
    ) -> None:
        try:
            result = handler(*args)
            if inspect.isawaitable(result):
                self.run(client, self._await_event(client, id, result), 'a handler')
            else:
                self._acknowledge(client, id, result)
        except (Exception, SystemExit) as error:
            self._failed(client, id, error)

    async def _await_event(self, client: Client, id: int | None, result: Awaitable[Any]) -> None:
        try:
            self._acknowledge(client, id, await result)
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            if is_cancelled():
                raise
            self._failed(client, id, error)

    def _acknowledge(self, client: Client, id: int | None, result: Any) -> None:
        self.ack(client, id, handlers.returned(result))

    def _failed(self, client: Client, id: int | None, error: BaseException) -> None:
        log.error('%s: a handler failed', client.sid, exc_info=error, extra=client.told())
        self.ack(client, id, [handlers.HANDLER_FAILED.payload()])

    def _handle_ack(self, client: Client, id: int | None, data: list[Any]) -> None:
        if id is None:
            raise PeerError('acknowledgement without id')
        try:
            result = self.manager.acknowledged(client, id, data)
        except Exception:
            log.exception('%s: a callback failed', client.sid, extra=client.told())
            return
        if inspect.isawaitable(result):
            self.run(client, self._await_event(client, None, result), 'a callback')

    # What goes on after the packet has been taken.

    def run(self, client: Client, job: Job, name: str) -> None:
        """Start a coroutine for a client; while it waits it counts as in flight.

        `job` handles its own errors; `name` is what the log calls it.
        """
        task = start(job, name)
        if task is not None:
            held = client.session.began()
            self._tasks[task] = client.session
            task.add_done_callback(lambda done: self._tasks.pop(done).finished(held))

    def hold(self, client: Client) -> None:
        """Its next events wait until `proceed`."""
        client.waiting = deque()

    def proceed(self, client: Client) -> None:
        """Take the events that have waited, in a later pass of the loop."""
        asyncio.get_running_loop().call_soon(self._proceed, client)

    def _proceed(self, client: Client) -> None:
        waiting, client.waiting = client.waiting, None
        while waiting and client.waiting is None:
            id, data, held = waiting.popleft()
            client.session.taken = held
            client.session.finished(held)
            if client.state is State.MEMBER:
                self._handle_event(client, id, data)
            else:
                self.events_abandoned += 1
        if waiting:
            client.waiting = waiting
