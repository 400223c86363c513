"""Standard error, as a place that may be full, broken, or read by nobody: it holds up no one.

A line is written where it is taken at once. What is not, is dropped and counted; the next line that
gets through says how many were. (A pipe that is ready takes PIPE_BUF bytes at once: pipe(7). A
terminal that is stopped is not ready.)
"""

import os
import select
from collections.abc import Callable
from typing import Final

PIECE: Final = select.PIPE_BUF  # bytes
SOON: Final = 5  # milliseconds that the first line may wait for its reader, before it is given up


class Outlet:
    """A file descriptor. `missing` is the line that tells how many were not taken."""

    def __init__(self, fileno: int, missing: Callable[[int], str]) -> None:
        self._fileno = fileno
        self._missing = missing
        self._poll = select.poll()
        self._poll.register(fileno, select.POLLOUT)
        self._untold = 0
        self.dropped = 0  # lines, since the start

    def write(self, line: str) -> None:
        if self._untold and self._put(self._missing(self._untold)):
            self._untold = 0
        if not self._put(line):
            self._untold += 1
            self.dropped += 1

    def _put(self, line: str) -> bool:
        data = line.encode(errors='backslashreplace')
        try:
            for start in range(0, len(data), PIECE):
                if not self._is_ready():
                    return False
                os.write(self._fileno, data[start : start + PIECE])
        except OSError:  # closed, or a full disk
            return False
        return True

    def _is_ready(self) -> bool:
        found = self._poll.poll(0 if self._untold else SOON)
        return bool(found and found[0][1] & select.POLLOUT)

    def flush(self) -> None:
        """Nothing is kept."""
