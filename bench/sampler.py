"""What a server uses, second by second.

Rules of this file:
- A thread wakes once a second and makes four short reads: it costs next to nothing.
- Only whole seconds are kept. Where there is no process to watch, or it has ended, there are none.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from time import monotonic

from bench.process import Watched


@dataclass(frozen=True)
class ServerSecond:
    second: int  # since the start
    user: float  # CPU seconds in user mode, to the nearest 10 ms
    system: float  # and in the kernel
    rss: int  # resident bytes at its end
    descriptors: int  # open at its end


class Sampler:
    def __init__(self, process: Watched | None, interval: float = 1.0) -> None:
        self.process, self.interval = process, interval
        self.latest: ServerSecond | None = None  # for a live view
        self._seconds: list[ServerSecond] = []
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """From now on. It may be started again after `stop`."""
        self._seconds, self.latest = [], None
        self._stopping.clear()
        if self.process:
            args = (self.process, self.process.user_system(), monotonic())
            self._thread = threading.Thread(target=self._sample, args=args, daemon=True)
            self._thread.start()

    def stop(self) -> tuple[ServerSecond, ...]:
        """All whole seconds since the start."""
        self._stopping.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        return tuple(self._seconds)

    def _sample(self, process: Watched, before: tuple[float, float], began: float) -> None:
        second = 0
        while not self._stopping.wait(began + (second + 1) * self.interval - monotonic()):
            try:
                now, rss, descriptors = process.user_system(), process.rss(), process.descriptors()
            except OSError:
                return
            user, system = (round(b - a, 2) for a, b in zip(before, now, strict=True))
            self.latest = ServerSecond(second, user, system, rss, descriptors)
            self._seconds.append(self.latest)
            before, second = now, second + 1
