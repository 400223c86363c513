"""A survey: one event to many, and what each of them acknowledges.

Rules of this file:
- All get the same packet, and so the same id: one that none of them has seen.
- It ends when everybody has answered or left, or when its time is up. Nothing of it is left behind.
- Who is not a member yet is not asked: nothing would reach it before its connect route is done.
- Bounded: the clients asked at once, over all surveys, and the bytes of the answers to one.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gateway.engine.turn import Turn
from gateway.errors import ActionError
from gateway.hub.client import Client, State
from gateway.hub.target import Target
from gateway.wire import codec
from gateway.wire.engineio import Packet

if TYPE_CHECKING:
    from gateway.hub.fanout import FanoutManager

MAX_ASKED: Final = 10_000  # clients, over all surveys
MAX_ANSWERS: Final = 16_000_000  # bytes of the answers to one survey

# The arguments, and the bytes of the message that held them.
Answer: TypeAlias = 'asyncio.Future[tuple[tuple[Any, ...], int]]'


@dataclass(slots=True)
class Survey:
    """`answers`: each client's sid and arguments; `missing`: its sid and why there are none.

    Why is `timeout`, `left`, or `too_big`: its answer came, and was more than could be kept.
    `silent`: how many other gateways were asked and have not told what their clients answer.
    """

    answers: list[tuple[str, list[Any]]] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    silent: int = 0


class Surveys:
    """All that are under way."""

    def __init__(self, manager: 'FanoutManager') -> None:
        self._manager = manager
        self.asked = 0  # clients of the surveys under way
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
        clients = self._recipients(namespace, to, skip)
        id = self._manager.reserve(clients)
        packets = {
            one.name: one.encode(codec.EVENT, namespace, [event, *args], id)
            for one in self._manager.codecs
        }
        self.asked += len(clients)
        asking = Asking(self._manager, id, packets)
        try:
            await asking.ask(clients, until)
            await asking.wait(until)
        finally:
            self.asked -= len(clients)
            asking.end()  # its caller may have cancelled it
        return asking.survey

    def _recipients(self, namespace: str, to: Target, skip: Target | None) -> list[Client]:
        space = self._manager.spaces.get(namespace)
        if space is None:
            return []
        sessions = space.recipients(to, skip)
        if self.asked + len(sessions) > MAX_ASKED:
            self.refused += 1
            raise ActionError('busy', f'more than {MAX_ASKED:,} clients would be asked at once')
        return [client for one in sessions if (client := one.clients[namespace]) is not None]


class Asking:
    """One survey under way: `packets` by the serializer's name, all of them with `id`."""

    def __init__(self, manager: 'FanoutManager', id: int, packets: Mapping[str, Packet]) -> None:
        self.survey = Survey()
        self._manager = manager
        self._id = id
        self._packets = packets
        self._open: dict[Client, Answer] = {}  # who has not answered
        self._bytes = 0
        self._is_asking = True
        self._done = asyncio.Event()

    async def ask(self, clients: Sequence[Client], until: float) -> None:
        """Send to each, in slices; after `until`, to no more."""
        turn = Turn()
        for client in clients:
            now = monotonic()
            if client.state is not State.MEMBER:
                self.survey.missing.append((client.sid, 'left'))
            elif now > until:
                self.survey.missing.append((client.sid, 'timeout'))
            else:
                self._ask(client)
            await turn.give()
        self._is_asking = False
        self._check()

    async def wait(self, until: float) -> None:
        """Until all have answered or left, or time is up; giving up is sliced as asking is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - monotonic())):
                await self._done.wait()
        turn = Turn()
        for client in list(self._open):
            self._give_up(client)
            await turn.give()

    def end(self) -> None:
        """Nobody is waited for any more."""
        for client in list(self._open):
            self._give_up(client)

    def _give_up(self, client: Client) -> None:
        answer = self._open.get(client)
        if answer is None:  # it has answered meanwhile
            return
        if answer.done():  # in this very pass of the loop
            self._settled(client, answer)
        else:
            self._close(client)
            self.survey.missing.append((client.sid, 'timeout'))

    def _ask(self, client: Client) -> None:
        answer: Answer = asyncio.get_running_loop().create_future()
        answer.add_done_callback(partial(self._settled, client))
        if client.calls is None:
            client.calls = set()
        client.calls.add(answer)  # who leaves ends it
        client.session.asks()
        self._open[client] = answer
        self._manager.expect(client, self._id, partial(self._answered, client))
        client.give(self._packets[client.session.codec.name])

    def _answered(self, client: Client, *args: Any) -> None:
        answer = self._open[client]
        if not answer.done():
            answer.set_result((args, client.session.taken))

    def _settled(self, client: Client, answer: Answer) -> None:
        if client not in self._open:  # told already
            return
        self._close(client)
        if answer.exception() is not None:
            self.survey.missing.append((client.sid, 'left'))
        else:
            args, size = answer.result()
            if self._bytes + size > MAX_ANSWERS:
                self.survey.missing.append((client.sid, 'too_big'))
            else:
                self._bytes += size
                self.survey.answers.append((client.sid, list(args)))
        self._check()

    def _close(self, client: Client) -> None:
        answer = self._open.pop(client)
        client.session.answered()
        if client.calls is not None:
            client.calls.discard(answer)
        if client.callbacks is not None:
            client.callbacks.pop(self._id, None)

    def _check(self) -> None:
        if not self._is_asking and not self._open:
            self._done.set()
