"""Standard error, as a place that may be full, broken, or read by nobody: it holds up no one.

A line is written where it is taken at once. What is not, is dropped and counted; the next line that
gets through says how many were. (A pipe that is ready takes PIPE_BUF bytes at once: pipe(7). A
terminal that is stopped is not ready.)

What was begun is ended before anything else is written, so that every line stays one.
"""

import os
import select
from collections.abc import Callable
from time import monotonic
from typing import Final

PIECE: Final = select.PIPE_BUF  # bytes
SOON: Final = 0.005  # seconds that the first line may wait for its reader, before it is given up


class Outlet:
    """A file descriptor. `missing` is the line that tells how many were not taken."""

    def __init__(self, fileno: int, missing: Callable[[int], str]) -> None:
        self._fileno = fileno
        self._missing = missing
        self._poll = select.poll()
        self._poll.register(fileno, select.POLLOUT)
        self._begun = memoryview(b'')  # what is left of a line of which a part was taken
        self._untold = 0
        self.dropped = 0  # lines, since the start

    def write(self, line: str) -> None:
        patience = 0 if self._untold or self._begun else SOON
        if self._untold and self._put(self._missing(self._untold), 0):
            self._untold = 0
        if not self._put(line, patience):
            self._untold += 1
            self.dropped += 1

    def flush(self) -> None:
        """End what was begun, if that is taken now; nothing else is kept."""
        self._go_on(0)

    def _put(self, line: str, patience: float) -> bool:
        """Whether it was taken, or at least begun."""
        if not self._go_on(0):
            return False
        self._begun = whole = memoryview(line.encode(errors='backslashreplace'))
        done = self._go_on(patience)
        if len(self._begun) == len(whole):
            self._begun = memoryview(b'')
        return done or len(self._begun) > 0

    def _go_on(self, patience: float) -> bool:
        """Write what was begun; whether it came to its end within `patience` seconds."""
        until = monotonic() + patience
        try:
            while self._begun:
                if not self._is_ready(max(0.0, until - monotonic())):
                    return False
                taken = os.write(self._fileno, self._begun[:PIECE])
                self._begun = self._begun[taken:]
        except OSError:  # closed, a full disk, or one that must not wait and is full after all
            return False
        return True

    def _is_ready(self, patience: float) -> bool:
        found = self._poll.poll(patience * 1000)
        return bool(found and found[0][1] & select.POLLOUT)
