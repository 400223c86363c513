"""Drain: all sessions are told to go, over a time, in an order that nobody could foresee.

Rules of this file:
- A crowd is spread, so that those who come back elsewhere do not come all at once.
- Who has a handler under way is told when it has its answer, and who goes over to WebSocket when
  it has arrived there; all of them at the latest when half of the time is over.
- `hurry` ends every wait.
"""

import asyncio
import random
from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.engine.turn import Turn

if TYPE_CHECKING:
    from gateway.engine.session import Session

    Sessions: TypeAlias = list[Session]
    Tell: TypeAlias = Callable[[Session], None]

CROWD: Final = 1_000  # sessions; fewer are spread over proportionally less
TICK: Final = 0.02  # seconds between two looks


class Drain:
    """It begins when it is made; `timeout` and `spread` in seconds."""

    def __init__(
        self, timeout: float, spread: float = 0, hurry: asyncio.Event | None = None
    ) -> None:
        self._hurry = hurry or asyncio.Event()
        self._begun = monotonic()
        self._until = self._begun + timeout
        self._patience = self._begun + timeout / 2
        self._spread = min(spread, timeout / 2)

    async def run(self, sessions: 'Sessions', tell: 'Tell') -> None:
        """Call `tell` for each of `sessions`, which becomes empty."""
        random.shuffle(sessions)
        total = len(sessions)
        span = self._spread * min(1.0, total / CROWD)
        busy: Sessions = []
        while sessions or busy:
            left = total - ceil(total * self._share(span))
            busy += sessions[left:]
            del sessions[left:]
            busy = await self._tell(busy, tell)
            if sessions or busy:
                await asyncio.sleep(TICK)

    async def _tell(self, due: 'Sessions', tell: 'Tell') -> 'Sessions':
        """Those that are busy, which have to be told later."""
        busy: Sessions = []
        turn = Turn()
        for session in due:
            if is_busy(session) and monotonic() < self._patience and not self._hurry.is_set():
                busy.append(session)
            else:
                tell(session)
                await turn.give()
        return busy

    def _share(self, span: float) -> float:
        """Of the sessions, what should have been told by now."""
        over = monotonic() - self._begun
        return 1.0 if over >= span or self._hurry.is_set() else over / span

    async def rest(self, goes_on: Callable[[], bool]) -> None:
        """Wait until nothing goes on, for what is left of the time."""
        while goes_on() and monotonic() < self._until and not self._hurry.is_set():  # noqa: ASYNC110
            await asyncio.sleep(TICK)


def is_busy(session: 'Session') -> bool:
    """Whether it would lose something by going now."""
    return not session.closed and (session.in_flight > 0 or session.probe is not None)
