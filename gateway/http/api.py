"""The publish API: programs speak to clients, and ask who is there.

Rules of this file:
- What is wrong with a body is told with its place, all of it, and then nothing is done.
- Answers are objects, errors `{"error": {"code", "message"}}`.
"""

import asyncio
from collections.abc import Awaitable
from time import monotonic
from typing import Any, Final

from gateway.config.mistakes import Mistakes
from gateway.http import openapi, survey
from gateway.http.admin import Admin
from gateway.http.counters import Counters
from gateway.http.lists import Lists
from gateway.http.message import Request, Response, refusal
from gateway.http.problems import Problems, malformed
from gateway.http.work import SLICE, Work
from gateway.hub.server import SocketServer
from gateway.routing.commands import Commands, Emission
from gateway.routing.router import Router
from gateway.wire import http_json

SHORT: Final = 10_000  # bytes of a body that is always taken at once
DONE: Final = Response(200, b'{"done":1}')
STOPPING: Final = refusal(503, 'stopping', 'the gateway stops: its clients are leaving')


def stopped(done: int) -> Response:
    """To who has sent a list: the gateway has stopped on the way."""
    return refusal(503, 'stopping', f'the gateway stops: {done:,} of these actions were done')


class Api:
    """What stands below /api/v1 and commands."""

    def __init__(self, hub: SocketServer, router: Router, counters: Counters) -> None:
        self._hub = hub
        self._router = router
        self._counters = counters
        self._commands = Commands(hub, router.known)
        self._turn = asyncio.Lock()  # of requests that take long
        self._tasks: set[asyncio.Task[Response]] = set()
        self._rest = 0.0  # until when no other of these begins

    def install(self, admin: Admin) -> None:
        admin.add('POST', '/api/v1/do', self.do)
        admin.add('POST', '/api/v1/emit', self.emit)
        lists = Lists(self._hub, self._router)
        admin.add('GET', '/api/v1/namespaces', lists.namespaces)
        admin.add('GET', '/api/v1/rooms', lists.rooms)
        admin.add('GET', '/api/v1/clients', lists.clients)
        admin.add('GET', '/api/v1/clients/{sid}', lists.client)
        admin.add('GET', '/api/v1/openapi.json', openapi.endpoint(self._router.known))

    def do(self, request: Request) -> Response | Awaitable[Response]:
        """An action, or a list of them."""
        if self._hub.eio.draining:
            return STOPPING
        try:
            body = http_json.loads(request.body)
        except ValueError as error:
            return malformed(str(error))
        work = Work(self._commands, body)
        is_long = len(request.body) > SHORT
        if is_long and (self._turn.locked() or monotonic() < self._rest):
            return self._later(work)
        if work.begin():
            return self._done(work)
        self._rest = monotonic() + SLICE
        return self._later(work)

    def emit(self, request: Request) -> Response | Awaitable[Response]:
        """The short form of one emit; with `ack`, what the clients answer."""
        if self._hub.eio.draining:
            return STOPPING
        try:
            body = http_json.loads(request.body)
        except ValueError as error:
            return malformed(str(error))
        try:
            if isinstance(body, dict) and 'ack' in body:
                return self._survey(*survey.read(self._commands, body))
            publish, _ = self._commands.emit(self._commands.emission(body))
        except Mistakes as mistakes:
            return Problems(mistakes).response()
        publish()
        self._counters.actions += 1
        return DONE

    async def _later(self, work: Work) -> Response:
        """Long requests take turns: together they hold the loop no longer than one.

        What has begun is finished, also where its caller has left meanwhile.
        """
        task = asyncio.ensure_future(self._finished(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _finished(self, work: Work) -> Response:
        if await work.go_on(self._turn, lambda: self._hub.eio.draining):
            return self._done(work)
        self._counters.actions += work.done
        return stopped(work.done)

    def _done(self, work: Work) -> Response:
        if work.problems:
            return work.problems.response()
        self._counters.actions += work.done
        if work.done == 1 and not work.failed:
            return DONE
        answer: dict[str, Any] = {'done': work.done}
        if work.failed:
            answer['failed'] = work.failed
        return Response(200, http_json.dumps(answer))

    async def _survey(self, emission: Emission, timeout: float) -> Response:
        answer = await survey.run(self._hub, emission, timeout)
        self._counters.actions += answer.status == 200
        return answer
