"""Long work on the loop gives it back after SLICE seconds, and goes on in the next pass."""

import asyncio
from time import monotonic
from typing import Final

SLICE: Final = 0.002  # seconds, as for the flusher


class Turn:
    """Of one piece of work, from now on; `await turn.give()` between two steps of it."""

    __slots__ = ('_until',)

    def __init__(self) -> None:
        self._until = monotonic() + SLICE

    async def give(self) -> None:
        """Let others have the loop, if this turn has been long enough."""
        if monotonic() > self._until:
            await asyncio.sleep(0)
            self._until = monotonic() + SLICE
