"""The pulse of the event loop: how late it is for its own timer."""

import asyncio
from typing import Final

from gateway.engine.histogram import Histogram

BEAT: Final = 0.25  # seconds


class Pulse:
    """`lag`: how much later than due each beat came."""

    def __init__(self) -> None:
        self.lag = Histogram()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """On the running loop."""
        self._wait(asyncio.get_running_loop())

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(BEAT, self._beat, loop, loop.time() + BEAT)

    def _beat(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self.lag.add(max(0.0, loop.time() - due))
        self._wait(loop)
