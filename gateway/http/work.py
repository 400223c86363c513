"""The actions of one request: read all of them, then do them.

Rules of this file:
- Nothing is done before everything is read, checked and encoded.
- In order; those of another request may come between two actions.
- The loop is held for SLICE at a time. Who ends within the first needs no Task.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterator
from time import monotonic
from typing import Any, Final

from gateway.config.mistakes import Mistakes
from gateway.errors import ActionError
from gateway.http.problems import Problems, pointer
from gateway.routing.commands import Commands, Ready

SLICE: Final = 0.002  # seconds


class Work:
    """`body` is an action or a list of them. Call `begin`; what it gives is to be awaited.

    Afterwards there are `problems` and nothing was done, or `done` actions were. `failed` are those
    that were right and could not be done, each with its place.
    """

    def __init__(self, commands: Commands, body: Any) -> None:
        self.problems = Problems()
        self.failed: list[dict[str, str]] = []
        self.done = 0
        self._commands = commands
        self._unread = places(body)
        self._ready: deque[tuple[tuple[int, ...], Ready]] = deque()

    def begin(self) -> Awaitable[None] | None:
        """Do all of it now, or what can be; the rest is to be awaited."""
        until = monotonic() + SLICE
        if not self._read(until):
            return self._go_on(None)
        if self.problems:
            return None
        waiting = self._do(until)
        return self._go_on(waiting) if waiting is not None or self._ready else None

    async def _go_on(self, waiting: Awaitable[None] | None) -> None:
        if waiting is not None:
            await waiting
        else:
            await asyncio.sleep(0)
        while not self._read(monotonic() + SLICE):
            await asyncio.sleep(0)
        if self.problems:
            return
        while self._ready:
            waiting = self._do(monotonic() + SLICE)
            await (waiting if waiting is not None else asyncio.sleep(0))

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

    def _do(self, until: float) -> Awaitable[None] | None:
        """As much as there is time for, or up to one that has to be waited for."""
        ready = self._ready
        while ready:
            place, run = ready.popleft()
            waiting = run()
            if waiting is not None:
                return self._end(place, waiting)
            self.done += 1
            if monotonic() > until:
                break
        return None

    async def _end(self, place: tuple[int, ...], waiting: Awaitable[None]) -> None:
        try:
            await waiting
        except ActionError as error:
            self.failed.append({'at': pointer(place), 'what': error.message})
        else:
            self.done += 1


def places(body: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Each action with its place."""
    if isinstance(body, list):
        return (((number,), item) for number, item in enumerate(body))
    return iter((((), body),))
