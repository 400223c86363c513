"""Daemon threads beside the loop, and their way to it.

Rules of this file:
- Nobody waits for a thread longer than CLOSING: one that is stuck is left behind.
- Where THREADS of them live, no other is started.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, Final

from gateway.cluster.buses.bus import CLOSING, Lost

THREADS: Final = 4


class Threads:
    """Those of one direction: one that works, and maybe some that were left behind."""

    def __init__(self) -> None:
        self._alive: list[Thread] = []

    def start(self, run: Callable[[], None]) -> None:
        self._alive = [thread for thread in self._alive if thread.is_alive()]
        if len(self._alive) >= THREADS:
            raise Lost(f'is stuck in {len(self._alive)} threads')
        thread = Thread(target=run, name='kombu', daemon=True)
        thread.start()
        self._alive.append(thread)


class Post:
    """From a thread to the loop that has made it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def call(self, function: Callable[..., None], *args: Any) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(function, *args)


class End:
    """Of a thread."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._post = Post()

    def reached(self) -> None:
        """In the thread."""
        self._post.call(self._event.set)

    async def wait(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), CLOSING * 0.9)
