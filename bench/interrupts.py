"""Ctrl-C, and SIGTERM: the measurement that runs is ended and kept.

Rules of this file:
- Fleets that measure are told to stop; what else is under way gets a KeyboardInterrupt.
- A second signal is meant: it interrupts whatever runs.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from bench.load.fleet import Fleet


class Interrupts:
    """`asked`: whether there was one."""

    def __init__(self) -> None:
        self.asked = False
        self._fleets: tuple[Fleet, ...] = ()

    @contextmanager
    def handled(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(kind, self._interrupt) for kind in kinds]
        try:
            yield
        finally:
            for kind, handler in zip(kinds, before, strict=True):
                signal.signal(kind, handler)

    @contextmanager
    def stoppable(self, fleets: Sequence[Fleet]) -> Iterator[None]:
        self._fleets = tuple(fleets)
        try:
            yield
        finally:
            self._fleets = ()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.asked or not self._fleets:
            self.asked = True
            raise KeyboardInterrupt
        self.asked = True
        for fleet in self._fleets:
            fleet.stop()
