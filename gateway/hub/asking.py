"""A survey: one event to many, and what each of them acknowledges.

Rules of this file:
- It ends when everybody has answered or left, or when its time is up. Nothing of it is left behind.
- Each client's packet has an id of its own, so asking costs more than a broadcast: it is sliced.
- Bounded: the clients asked at once, over all surveys, and the bytes of the answers to one.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gateway.errors import ActionError
from gateway.hub.client import Client, State
from gateway.hub.message import Message
from gateway.hub.target import Target

if TYPE_CHECKING:
    from gateway.hub.fanout import FanoutManager

MAX_ASKED: Final = 10_000  # clients, over all surveys
MAX_ANSWERS: Final = 16_000_000  # bytes of the answers to one survey
SLICE: Final = 0.002  # seconds that the loop is held

BUSY: Final = ActionError('busy', f'more than {MAX_ASKED:,} clients would be asked at once')


# The arguments, and the bytes of the message that held them.
Answer: TypeAlias = 'asyncio.Future[tuple[tuple[Any, ...], int]]'


@dataclass(slots=True)
class Survey:
    """`answers`: each client's sid and arguments; `missing`: its sid and why there are none.

    Why is `timeout`, `left`, or `too_big`: its answer came, and was more than could be kept.
    """

    answers: list[tuple[str, list[Any]]] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)


class Surveys:
    """All that are under way."""

    def __init__(self, manager: 'FanoutManager') -> None:
        self._manager = manager
        self.asked = 0  # clients that have not answered
        self.refused = 0  # surveys, for want of room

    async def run(
        self,
        namespace: str,
        event: str,
        args: Sequence[Any],
        to: Target,
        skip: Target | None,
        timeout: float,
    ) -> Survey:
        """ValueError where a value can't be encoded; ActionError `busy` above MAX_ASKED."""
        until = monotonic() + timeout
        space = self._manager.spaces.get(namespace)
        Message(namespace, [event, *args]).encode(self._manager.codecs)
        sessions = space.recipients(to, skip) if space is not None else ()
        if self.asked + len(sessions) > MAX_ASKED:
            self.refused += 1
            raise BUSY
        clients = [client for one in sessions if (client := one.clients[namespace]) is not None]
        self.asked += len(clients)
        asking = Asking(self._manager, clients)
        try:
            await asking.ask([event, *args], until)
            await asking.wait(until)
        finally:
            self.asked -= len(clients)
            asking.end()
        return asking.survey


class Asking:
    """One survey under way."""

    def __init__(self, manager: 'FanoutManager', clients: list[Client]) -> None:
        self.survey = Survey()
        self._manager = manager
        self._clients = clients
        self._open: dict[Client, tuple[Answer, Callable[..., None]]] = {}  # who has not answered
        self._bytes = 0
        self._asking = True
        self._done = asyncio.Event()

    async def ask(self, data: list[Any], until: float) -> None:
        """Emit to each, in slices."""
        rest = monotonic() + SLICE
        for client in self._clients:
            if client.state is not State.MEMBER:
                self.survey.missing.append((client.sid, 'left'))
            elif monotonic() > until:
                self.survey.missing.append((client.sid, 'timeout'))
            else:
                self._ask(client, data)
            if monotonic() > rest:
                await asyncio.sleep(0)
                rest = monotonic() + SLICE
        self._asking = False
        self._check()

    async def wait(self, until: float) -> None:
        """Until all have answered or left, or time is up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._done.wait(), max(0.0, until - monotonic()))

    def end(self) -> None:
        """Nobody is waited for any more."""
        for client in list(self._open):
            self._close(client)
            self.survey.missing.append((client.sid, 'timeout'))

    def _ask(self, client: Client, data: list[Any]) -> None:
        answer: Answer = asyncio.get_running_loop().create_future()

        def answered(*args: Any) -> None:
            if not answer.done():
                answer.set_result((args, client.session.taken))

        answer.add_done_callback(partial(self._settled, client))
        if client.calls is None:
            client.calls = set()
        client.calls.add(answer)  # who leaves ends it
        client.session.asks()
        self._open[client] = answer, answered
        self._manager.ask(client, data, answered)

    def _settled(self, client: Client, answer: Answer) -> None:
        if client not in self._open:  # too late
            return
        self._close(client)
        if answer.exception() is not None:
            self.survey.missing.append((client.sid, 'left'))
        else:
            args, size = answer.result()
            self._bytes += size
            if self._bytes > MAX_ANSWERS:
                self.survey.missing.append((client.sid, 'too_big'))
            else:
                self.survey.answers.append((client.sid, list(args)))
        self._check()

    def _close(self, client: Client) -> None:
        answer, callback = self._open.pop(client)
        client.session.answered()
        if client.calls is not None:
            client.calls.discard(answer)
        self._manager.cancel_callback(client.sid, client.namespace, callback)

    def _check(self) -> None:
        if not self._asking and not self._open:
            self._done.set()
