"""Pool: the threads that plain functions run in.

- Threads are made on demand and are daemons. What a function returns comes through the inbox, so
  behind everything that it has put there.
- First in, first out; but an owner (a session) has no more than its share of the threads: what it
  asks for beyond that waits behind its own, and the others go on.
- Nothing sleeps, nothing polls, and no thread waits for a gateway that has stopped.
"""

import asyncio
import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable
from contextvars import Context, copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, Final, TypeAlias, TypeVar

from gateway.errors import ActionError
from gateway.routing.counters import Counters
from gateway.routing.threads import STOPPED, Inbox, Operation

log = logging.getLogger(__name__)

SHARE: Final = 4  # one owner has a fourth of the threads
QUIET: Final = 60.0  # seconds between two lines about the same

T = TypeVar('T')
Job: TypeAlias = tuple['asyncio.Future[Any]', Hashable, Context, Callable[[], Any]]


class Busy(ActionError):
    """The function was not started."""

    def __init__(self) -> None:
        super().__init__('busy', 'too many handlers are running')


class Pool:
    """At most `threads` threads; `waiting`: how many more functions may wait for one."""

    def __init__(self, inbox: Inbox, threads: int, waiting: int, counters: Counters) -> None:
        self._inbox = inbox
        self._counters = counters
        self.resize(threads, waiting)
        self._threads = 0
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._queued = 0  # what is in there, or has a thread
        self._futures: set[asyncio.Future[Any]] = set()  # of functions that have not ended
        self._taken: Counter[Hashable] = Counter()  # by owner, of its share
        self._behind: dict[Hashable, deque[Job]] = {}  # what is beyond it
        self._told: dict[str, float] = {}  # when, by line
        self.closed = False

    def resize(self, threads: int, waiting: int) -> None:
        """Other bounds; of threads that are too many, none is ended."""
        self.most = threads
        self._bound = threads + waiting
        self._share = max(1, threads // SHARE)

    @property
    def running(self) -> int:
        """Functions that have a thread, those whose caller has given up among them."""
        return min(self._queued, self._threads)

    @property
    def waiting(self) -> int:
        """Functions that have none yet."""
        return len(self._futures) - self.running

    def run(
        self, function: Callable[[], T], owner: Hashable = None, *, always: bool = False
    ) -> 'asyncio.Future[T]':
        """On the loop: `function` in a thread, in a copy of this context.

        Raises ActionError `busy` where too many wait already, unless it has to run `always`. A
        future that is cancelled before its function has begun keeps it from beginning; later it
        goes on, and nobody hears of it.
        """
        if self.closed:
            raise RuntimeError(STOPPED)
        is_full = len(self._futures) >= self._bound and not always
        if is_full or not self._grown():
            self._counters.handlers_busy += 1
            self._say('handlers are refused as busy (server.threads, server.thread_queue)')
            raise Busy
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._futures.add(future)
        job = (future, owner, copy_context(), function)
        if owner is None or self._taken[owner] < self._share:
            self._begin(job)
        else:
            self._behind.setdefault(owner, deque()).append(job)
        return future

    def close(self) -> None:
        """Nothing begins any more; who waits for an outcome gets CancelledError."""
        self.closed = True
        self._behind.clear()
        for _ in range(self._threads):
            self._jobs.put(None)
        for future in self._futures:
            future.cancel()

    def _begin(self, job: Job) -> None:
        if job[1] is not None:
            self._taken[job[1]] += 1
        self._queued += 1
        self._jobs.put(job)
        if self._queued > self.most:
            self._say('handlers wait (server.threads)')

    def _say(self, what: str) -> None:
        """Once in a while."""
        now = time.monotonic()
        if now > self._told.get(what, -QUIET) + QUIET:
            self._told[what] = now
            log.warning('all %d threads are taken: %s', self.most, what)

    def _grown(self) -> bool:
        """A thread more where all are taken; False if there is none at all."""
        if self._threads < self.most and self._queued >= self._threads:
            name = f'handler-{self._threads + 1}'
            try:
                threading.Thread(target=self._work, name=name, daemon=True).start()
            except RuntimeError:  # the system gives no more
                log.warning('only %d threads for handlers: the system gives no more', self._threads)
            else:
                self._threads += 1
        return self._threads > 0

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._inbox.put(self._outcome(*job))
            except RuntimeError:
                return  # nobody is left to be told
            del job  # what it holds is not kept until the next one comes

    def _outcome(
        self,
        future: 'asyncio.Future[Any]',
        owner: Hashable,
        context: Context,
        function: Callable[[], Any],
    ) -> Operation:
        """Run one function; what to do on the loop with its outcome."""
        if future.cancelled():
            return partial(self._settle, future, owner, None, None)
        try:
            return partial(self._settle, future, owner, context.run(function), None)
        except BaseException as error:  # sys.exit() too ends the handler only
            return partial(self._settle, future, owner, None, passable(error))

    def _settle(
        self, future: 'asyncio.Future[Any]', owner: Hashable, result: Any, error: Exception | None
    ) -> None:
        self._futures.discard(future)
        self._queued -= 1
        if owner is not None:
            self._release(owner)
        if future.cancelled():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def _release(self, owner: Hashable) -> None:
        """One of its share is free."""
        self._taken[owner] -= 1
        behind = self._behind.get(owner)
        if behind:
            self._begin(behind.popleft())
        if not behind:
            self._behind.pop(owner, None)
        if not self._taken[owner]:
            del self._taken[owner]


def passable(error: BaseException) -> Exception:
    """The exception as a future takes it: none that would end the loop or a generator."""
    if error.__traceback__ is not None:  # without our own frame, which holds the future
        error.__traceback__ = error.__traceback__.tb_next
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    passed = RuntimeError(f'{type(error).__name__} in a handler')
    passed.__cause__ = error
    return passed
