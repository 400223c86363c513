"""Hooks of one backend: calls that are sent at least once, whatever the backend does meanwhile.

Rules of this file:
- The oldest goes first; IN_FLIGHT at a time, beside the connections of events: it is the workers of
  the backend that are spared.
- A hook that failed waits for its next try by itself: it keeps nobody from being sent.
- A hook is done with a reply of 2xx, or one that means that it will never be taken (most of 4xx).
  What an operator can mend (401, 403, 404, 405) and what says later (429) is tried again.
- Bounded: in number, in bytes, in age. What is given up is counted by its reason, and logged.
"""

import asyncio
import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Final

from gateway.backends.backend import Backend, BackendError
from gateway.backends.call import Call

if TYPE_CHECKING:
    from gateway.engine.drain import Drain

IN_FLIGHT: Final = 8
BACKOFF: Final = 0.5  # seconds before the second try; twice as many before each further one
MAX_BACKOFF: Final = 30.0
LEAST: Final = 0.001  # seconds between two looks
MAX_BYTES: Final = 32_000_000  # of the bodies that wait


LOST: Final = {
    'full': 'since too many wait (backends.hooks)',
    'refused': 'since the backend refuses it for good',
    'stopped': 'since the gateway stops',
    'too_old': 'since it has waited as long as backends.give_up says',
    'unsendable': 'since it holds what JSON or HTTP cannot',
}


@dataclass(slots=True)
class Hook:
    """A call, who wants its reply, since when it waits, and its pause after the next failure."""

    call: Call
    replied: Callable[[bytes], None]
    since: float
    pause: float


class Hooks:
    """`most` may wait, each `give_up` seconds at the most."""

    def __init__(self, backend: Backend, most: int, give_up: float) -> None:
        self._backend = backend
        self._most = most
        self._give_up = give_up
        self._fresh: deque[Hook] = deque()
        self._failed: list[tuple[float, int, Hook]] = []  # a heap: when it is tried again
        self._order = count()
        self._size = 0  # bytes of their bodies, those in flight too
        self._sending: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = False
        self._stopped = False

    def renew(self, most: int, give_up: float) -> None:
        """Other bounds; what waits already is not given up by them at once."""
        self._most = most
        self._give_up = give_up

    def __len__(self) -> int:
        """How many are not sent yet."""
        return len(self._fresh) + len(self._failed) + len(self._sending)

    def tell(self, call: Call, replied: Callable[[bytes], None]) -> bool:
        """Send it at least once; False where there is no room for it. `replied` gets its reply."""
        if self._stopped:
            self.lose(call.about, 'stopped')
            return False
        if len(self) >= self._most or self._size + len(call.body) > MAX_BYTES:
            self.lose(call.about, 'full')
            return False
        self._backend.counters.hooks += 1
        self._size += len(call.body)
        self._fresh.append(Hook(call, replied, monotonic(), BACKOFF))
        self._proceed()
        return True

    async def stop(self, drain: 'Drain') -> None:
        """Go on sending while there is time; what is left then is given up."""
        self._stopping = True
        self._failed = [(0.0, order, hook) for _, order, hook in self._failed]  # no long pauses
        self._proceed()
        await drain.rest(lambda: len(self) > 0)
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        if left := len(self):
            self._backend.counters.hooks_given_up['stopped'] += left
            self._backend.log.warning(
                'backend %s: %d disconnect event%s given up, %s',
                self._backend.origin,
                left,
                ' is' if left == 1 else 's are',
                LOST['stopped'],
            )
        self._fresh.clear()
        self._failed.clear()
        sending = list(self._sending)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)

    def _proceed(self) -> None:
        """Send what is due, as far as IN_FLIGHT reaches; come back when there is more."""
        loop, now = asyncio.get_running_loop(), monotonic()
        wait = self._backend.breaker.wait(now)
        while not wait and len(self._sending) < IN_FLIGHT and (hook := self._next(now)):
            task = loop.create_task(self._send(hook))
            self._sending.add(task)
            task.add_done_callback(self._sent)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._fresh or self._failed:
            due = 0.0 if self._fresh else self._failed[0][0] - now
            if wait or len(self._sending) < IN_FLIGHT:
                self._timer = loop.call_later(max(due, wait, LEAST), self._proceed)

    def _next(self, now: float) -> Hook | None:
        """The oldest that is due."""
        if self._failed and self._failed[0][0] <= now:
            return heapq.heappop(self._failed)[2]
        return self._fresh.popleft() if self._fresh else None

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._backend.log.error(
                'backend %s: a disconnect event has failed', self._backend.origin, exc_info=error
            )
        if not self._stopped:
            self._proceed()

    async def _send(self, hook: Hook) -> None:
        """Once; what fails comes back later, or is given up."""
        backend = self._backend
        left = hook.since + self._give_up - monotonic()
        if left <= 0:
            self._drop(hook, 'too_old')
            return
        try:
            body = await backend.once(hook.call, min(hook.call.timeout, left))
        except BackendError as error:
            if error.refused:
                self._drop(hook, 'refused')
                return
            if error.code != 'bad_reply':
                self._again(hook, error)
                return
            body = b''
        self._size -= len(hook.call.body)
        backend.counters.hooks_sent += 1
        hook.replied(body)

    def _again(self, hook: Hook, error: BackendError) -> None:
        """It is tried again when that is worth it, and given up where that is too late."""
        wait = hook.pause * (0.5 + random.random())  # noqa: S311 - jitter
        if error.code == 'backend_down':  # not sent: it is the circuit's pause that counts
            wait = BACKOFF
        else:
            self._backend.counters.hooks_retried += 1
            hook.pause = min(hook.pause * 2, MAX_BACKOFF)
        if self._stopping:
            wait = min(wait, BACKOFF)
        due = min(monotonic() + wait, hook.since + self._give_up)
        heapq.heappush(self._failed, (due, next(self._order), hook))

    def _drop(self, hook: Hook, why: str) -> None:
        self._size -= len(hook.call.body)
        self.lose(hook.call.about, why)

    def lose(self, about: str, why: str) -> None:
        """Give one up."""
        self._backend.counters.hooks_given_up[why] += 1
        self._backend.complain(about, f'a disconnect event is given up, {LOST[why]}')
