"""Hooks of one backend: calls that are sent at least once, whatever the backend does meanwhile.

Rules of this file:
- The oldest goes first; IN_FLIGHT at a time, beside the connections of events: it is the workers of
  the backend that are spared.
- A hook is done with a reply of 2xx, or one that means that it will never be taken (most of 4xx).
  What an operator can mend (401, 403, 404, 405) and what says later (429) is tried again.
- Bounded: in number, in bytes, in age. What is given up is counted by its reason, and logged.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final

from gateway.backends.backend import Backend, BackendError
from gateway.backends.call import Call

log = logging.getLogger('gateway.backends')

IN_FLIGHT: Final = 8
BACKOFF: Final = 0.5  # seconds before the second try; twice as many before each further one
MAX_BACKOFF: Final = 30.0
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
    """A call, who wants its reply, and since when it has waited."""

    call: Call
    replied: Callable[[bytes], None]
    since: float


class Hooks:
    """`most` may wait, each `give_up` seconds at the most."""

    def __init__(self, backend: Backend, most: int, give_up: float) -> None:
        self._backend = backend
        self._most = most
        self._give_up = give_up
        self._waiting: deque[Hook] = deque()
        self._size = 0  # bytes of their bodies, those in flight too
        self._sending: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._stopped = False

    def __len__(self) -> int:
        """How many are not sent yet."""
        return len(self._waiting) + len(self._sending)

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
        self._waiting.append(Hook(call, replied, monotonic()))
        self._proceed()
        return True

    async def stop(self, timeout: float) -> None:
        """Go on sending for at most `timeout` seconds; what is left then is given up."""
        self._stopping.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self._sending:
                    await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
        self._stopped = True
        if left := len(self):
            self._backend.counters.hooks_given_up['stopped'] += left
            log.warning(
                'backend %s: %d disconnect event%s given up, %s',
                self._backend.origin,
                left,
                ' is' if left == 1 else 's are',
                LOST['stopped'],
            )
        self._waiting.clear()
        sending = list(self._sending)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)

    def _proceed(self) -> None:
        while self._waiting and len(self._sending) < IN_FLIGHT:
            task = asyncio.get_running_loop().create_task(self._send(self._waiting.popleft()))
            self._sending.add(task)
            task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error(
                'backend %s: a disconnect event has failed', self._backend.origin, exc_info=error
            )
        self._proceed()

    async def _send(self, hook: Hook) -> None:
        """Until it has been taken, or is given up."""
        backend = self._backend
        pause = BACKOFF
        try:
            while (left := hook.since + self._give_up - monotonic()) > 0:
                try:
                    body = await backend.once(hook.call, min(hook.call.timeout, left))
                except BackendError as error:
                    if error.refused:
                        self.lose(hook.call.about, 'refused')
                        return
                    if error.code != 'bad_reply':
                        pause = await self._pause(error, pause, left)
                        continue
                    body = b''
                backend.counters.hooks_sent += 1
                hook.replied(body)
                return
            self.lose(hook.call.about, 'too_old')
        finally:
            self._size -= len(hook.call.body)

    async def _pause(self, error: BackendError, pause: float, left: float) -> float:
        """Wait until it is worth sending again; the pause after the next failure."""
        wait = pause * (0.5 + random.random())  # noqa: S311 - jitter
        if error.code == 'backend_down':  # not sent: it is the circuit's pause that counts
            wait = max(BACKOFF, self._backend.breaker.wait(monotonic()))
        else:
            self._backend.counters.hooks_retried += 1
            pause = min(pause * 2, MAX_BACKOFF)
        await self._sleep(min(wait, left))
        return pause

    async def _sleep(self, seconds: float) -> None:
        """At the end there is no time for long pauses."""
        with suppress(TimeoutError):
            if self._stopping.is_set():
                await asyncio.sleep(min(seconds, BACKOFF))
            else:
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()

    def lose(self, about: str, why: str) -> None:
        """Give one up."""
        self._backend.counters.hooks_given_up[why] += 1
        self._backend.complain(about, f'a disconnect event is given up, {LOST[why]}')
