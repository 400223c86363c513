"""The actions of one request: read all of them, then do them.

Rules of this file:
- Nothing is done before everything is read, checked and encoded.
- In order; those of another request may come between two actions.
- The loop is held for SLICE at a time. Who ends within the first needs no Task.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from time import monotonic
from typing import Any, Final, TypeAlias

from gateway.config.mistakes import Mistakes
from gateway.errors import ActionError
from gateway.http.problems import Problems, pointer
from gateway.routing.commands import Commands, Ready

SLICE: Final = 0.002  # seconds

Place: TypeAlias = tuple[int, ...]


class Work:
    """`body` is an action or a list of them. Call `begin`, and where that is not the end `go_on`.

    Afterwards there are `problems` and nothing was done, or `done` actions were. `failed` are those
    that were right and could not be done, each with its place.
    """

    def __init__(self, commands: Commands, body: Any) -> None:
        self.problems = Problems()
        self.failed: list[dict[str, str]] = []
        self.done = 0
        self._commands = commands
        self._unread = places(body)
        self._ready: deque[tuple[Place, Ready]] = deque()

    def begin(self) -> bool:
        """Do what can be done at once; whether that was all."""
        until = monotonic() + SLICE
        return self._read(until) and (bool(self.problems) or self._do(until))

    async def go_on(self, turn: asyncio.Lock, stopping: Callable[[], bool]) -> bool:
        """Do the rest, or all of it, a slice at each `turn`; False where the gateway stops."""
        while not stopping():
            async with turn:
                is_done = await self._step(monotonic() + SLICE)
            if is_done:
                return True
            await asyncio.sleep(0)
        return False

    async def _step(self, until: float) -> bool:
        """Whether that was the last."""
        if not self._read(until):
            return False
        while not self.problems and not self._do(until):
            place, (run, waits) = self._ready[0]
            if waits:
                self._ready.popleft()
                await self._await(place, run)  # which may take no time at all
            if monotonic() > until:
                return False
        return True

    def _read(self, until: float) -> bool:
        """Whether that was the last."""
        for place, raw in self._unread:
            try:
                self._ready.append((place, self._commands.ready(raw)))
            except Mistakes as mistakes:
                self.problems.add(mistakes, *place)
            if monotonic() > until:
                return False
        return True

    def _do(self, until: float) -> bool:
        """Up to one that has to be awaited. Whether that was the last."""
        ready = self._ready
        while ready:
            place, (run, waits) = ready[0]
            if waits:
                break
            ready.popleft()
            try:
                run()
            except ActionError as error:
                self.failed.append({'at': pointer(place), 'what': error.message})
            else:
                self.done += 1
            if monotonic() > until:
                break
        return not ready

    async def _await(self, place: Place, run: Callable[[], Awaitable[None] | None]) -> None:
        waiting = run()
        assert waiting is not None
        try:
            await waiting
        except ActionError as error:
            self.failed.append({'at': pointer(place), 'what': error.message})
        else:
            self.done += 1


def places(body: Any) -> Iterator[tuple[Place, Any]]:
    """Each action with its place."""
    if isinstance(body, list):
        return (((number,), item) for number, item in enumerate(body))
    return iter((((), body),))
