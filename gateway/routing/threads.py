"""Threads of Python handlers, and their way back to the loop.

- An Inbox takes operations from threads and does them on the loop: first in, first out, many for
  one wake-up, in slices of 2 ms.
- A Channel is one running handler's part of it, and bounded: a thread that emits faster than the
  loop sends has to wait.
- Nothing sleeps, nothing polls, and no thread waits for a gateway that has stopped.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Final, TypeAlias, TypeVar

from gateway.routing.counters import Counters

log = logging.getLogger(__name__)

SLICE: Final = 0.002  # seconds of the loop's time, as for the flusher
STOPPED: Final = 'the gateway has stopped'

T = TypeVar('T')
Operation: TypeAlias = Callable[[], object]


class Inbox:
    """Operations from threads, to be done on the loop. One for each gateway."""

    __slots__ = ('_context', '_loop', '_operations', '_thread', '_waiting', '_woken', 'closed')

    def __init__(self) -> None:
        self.closed = False
        self._operations: deque[Operation] = deque()
        self._woken = False
        self._waiting: set[threading.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._context = Context()  # else a drain would run in that of the thread that woke it

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """On the loop's thread, once; what was put before is done then."""
        self._thread = threading.get_ident()
        self._loop = loop
        if self._operations:
            self._wake(loop)

    def put(self, operation: Operation) -> None:
        """From any thread; never blocks. RuntimeError when the gateway has stopped."""
        if self.closed:
            raise RuntimeError(STOPPED)
        self._operations.append(operation)
        if not self._woken and self._loop is not None:
            self._wake(self._loop)

    def wait(self, event: threading.Event) -> None:
        """Block a thread until the loop has set `event`, or the gateway has stopped."""
        if threading.get_ident() == self._thread:
            raise RuntimeError('the event loop cannot wait for itself: call this from a thread')
        self._waiting.add(event)
        if not self.closed:  # else `close` may have been too early for this one
            event.wait()
        self._waiting.discard(event)

    def close(self) -> None:
        """Do what is left; from now on there is no loop for threads."""
        self.closed = True
        while self._operations:
            self.do(self._operations.popleft())
        self._release()

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        self._woken = True
        try:
            loop.call_soon_threadsafe(self._drain, context=self._context)
        except RuntimeError:  # somebody closed the loop and not the inbox
            self.closed = True
            self._operations.clear()
            self._release()
            raise RuntimeError(STOPPED) from None

    def _drain(self) -> None:
        # First of all: who puts an operation that this drain may not see has to wake the loop.
        self._woken = False
        operations, end = self._operations, time.monotonic() + SLICE
        while operations:
            self.do(operations.popleft())
            if time.monotonic() > end:
                break
        if operations and not self._woken and self._loop is not None:
            self._woken = True
            self._loop.call_soon(self._drain, context=self._context)

    def do(self, operation: Operation) -> None:
        """On the loop."""
        try:
            operation()
        except Exception:
            log.exception('an operation of a handler failed')

    def _release(self) -> None:
        for event in tuple(self._waiting):
            event.set()


class Channel:
    """The operations of one running handler. `limit`: how many of them may wait for the loop."""

    __slots__ = ('_blocked', '_counters', '_inbox', '_limit', '_operations')

    def __init__(self, inbox: Inbox, counters: Counters, limit: int = 1000) -> None:
        self._inbox = inbox
        self._counters = counters
        self._limit = limit
        self._operations: deque[Operation] = deque()
        self._blocked: deque[threading.Event] = deque()

    def put(self, operation: Operation) -> None:
        """From the handler's threads; waits where the loop is too far behind."""
        if len(self._operations) >= self._limit:
            self._block()
        self._operations.append(operation)
        self._inbox.put(self._next)

    def ask(self, question: Callable[[], T]) -> T:
        """What `question` gives, or raises, on the loop: behind everything that was put before."""
        answered = threading.Event()
        answers: list[T] = []
        errors: list[Exception] = []

        def answer() -> None:
            try:
                answers.append(question())
            except Exception as error:
                errors.append(error)
            answered.set()

        self.put(answer)
        self._inbox.wait(answered)
        if errors:
            raise errors.pop()
        if not answers:
            raise RuntimeError(STOPPED)
        return answers.pop()

    def catch_up(self) -> None:
        """On the loop: do what was put before, now."""
        while self._operations:
            self._inbox.do(self._next)

    def _next(self) -> None:
        if not self._operations:  # `catch_up` was quicker
            return
        operation = self._operations.popleft()
        try:
            operation()
        finally:
            if len(self._operations) <= self._limit // 2:
                while self._blocked:
                    self._blocked.popleft().set()

    def _block(self) -> None:
        self._counters.emits_blocked += 1
        room = threading.Event()
        self._blocked.append(room)
        # Had the loop made room before it could see this one, nobody would wake it again.
        if len(self._operations) > self._limit // 2:
            self._inbox.wait(room)
