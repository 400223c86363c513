"""Long work that was not written to be interrupted, on the loop, in slices.

Rules of this file:
- The work has a thread of its own, which runs only while the loop stands still for it: SLICE
  seconds, then the loop has a pass, then again. Side by side they would fight for the interpreter
  lock, and every write to a socket would wait for it.
- The work is stopped at a call or return of any function. It may hold a lock then that the loop
  wants; so it is stopped for PATIENCE at the most, and goes on by itself.
- Where it does not come to one, since a network's file hangs, the loop goes on without it.
"""

import asyncio
import sys
import threading
from collections.abc import Callable
from time import monotonic
from types import FrameType
from typing import Any, Final, Generic, TypeVar

SLICE: Final = 0.002  # seconds, as for the flusher
OVERDUE: Final = 0.01  # seconds without a pause
PATIENCE: Final = 0.1  # seconds

T = TypeVar('T')


class Slices(Generic[T]):
    """One piece of work; `await run()` gives its result, or raises what it raised."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._until = 0.0
        self._go = threading.Semaphore(0)
        self._pause = threading.Semaphore(0)
        self._ended = False
        self._result: T
        self._error: BaseException | None = None

    async def run(self) -> T:
        threading.Thread(target=self._run, daemon=True, name='slices').start()
        while not self._ended:
            self._go.release()
            if not self._pause.acquire(timeout=OVERDUE):
                while not self._pause.acquire(blocking=False):  # noqa: ASYNC110 - of a thread
                    await asyncio.sleep(OVERDUE)
            await asyncio.sleep(0)
        if self._error is not None:
            raise self._error
        return self._result

    def _run(self) -> None:
        self._wait()
        sys.setprofile(self._look)
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error
        finally:
            sys.setprofile(None)
            self._ended = True
            self._pause.release()

    def _look(self, frame: FrameType, event: str, argument: Any) -> None:
        if monotonic() >= self._until:
            self._pause.release()
            self._wait()

    def _wait(self) -> None:
        self._go.acquire(timeout=PATIENCE)
        self._until = monotonic() + SLICE
