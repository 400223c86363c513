"""One backend, by scheme, host and port: its places, its queue, its circuit, its retries.

Rules of this file:
- A call waits for a place in the order of arrival, at most as long as its own time-out. Above
  `queue` waiting it is `backend_busy` at once; while the circuit is open, `backend_down`.
- What may help a second time is tried again: no connection, one that broke, 5xx, 429. Neither a
  refusal (other 4xx) nor a time-out nor a reply that came whole.
- A caller that is cancelled frees its place and says nothing about the backend.
- Clients are told a code. Why is a line in the log, one a second at the most.
"""

import asyncio
import logging
import random
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Final

from gateway.backends.breaker import FAILURES, MAX_PAUSE, PAUSE, Breaker
from gateway.backends.call import Answer, Broken, Call, TooBig, Unsendable
from gateway.backends.counters import Counters
from gateway.errors import ActionError

if TYPE_CHECKING:
    from gateway.backends.client import Client

log = logging.getLogger('gateway.backends')

BACKOFF: Final = 0.05  # seconds before the first retry; twice as many before each further one
LATER: Final = frozenset({408, 425, 429})  # of 4xx, those that mean: not now
MENDED: Final = frozenset({401, 403, 404, 405})  # and those that somebody may mend soon
LEAST: Final = 0.01  # seconds without which a call is not worth sending
QUIET: Final = 1.0  # seconds between two lines of one kind about the same backend
MAX_KINDS: Final = 100

MESSAGES: Final = {
    'backend_busy': 'too many events wait for their backend',
    'backend_down': 'the backend does not answer',
    'backend_timeout': 'the backend took too long',
    'backend_failed': 'the backend failed',
    'bad_reply': 'the backend replied what cannot be used',
}


class BackendError(ActionError):
    """What became of a call. `refused`: it will never be taken (3xx, most of 4xx)."""

    def __init__(self, code: str, *, again: bool = False, refused: bool = False) -> None:
        super().__init__(code, MESSAGES[code])
        self.again = again  # whether a second try may help
        self.refused = refused


class Backend:
    """`connections` calls at the same time, `queue` more may wait."""

    def __init__(self, origin: str, client: 'Client', connections: int, queue: int) -> None:
        self.origin = origin
        self.log = logging.LoggerAdapter(log, {'backend': origin})
        self.counters = Counters()
        self.sequence = count(1)  # of its hooks
        self.breaker = Breaker()
        self._client = client
        self._places = asyncio.Semaphore(connections)
        self._queue = queue
        self._waiting = 0
        self._down_since = 0.0
        self._told: dict[str, tuple[float, int]] = {}  # when a kind was told, and what was left out

    def renew(self, queue: int) -> None:
        """How many may wait from now on."""
        self._queue = queue

    async def ask(self, call: Call) -> bytes:
        """The body of a reply of 2xx. BackendError otherwise."""
        self.counters.asked += 1
        try:
            body = await self._tries(call, monotonic() + call.timeout)
        except BackendError as error:
            self.counters.failed[error.code] += 1
            raise
        self.counters.answered += 1
        return body

    async def _tries(self, call: Call, until: float) -> bytes:
        for retry in range(call.retries):
            try:
                return await self._placed(call, until)
            except BackendError as error:
                pause = BACKOFF * 2**retry * (0.5 + random.random())  # noqa: S311 - jitter
                if not error.again or monotonic() + pause >= until:
                    raise
            await asyncio.sleep(pause)
            self.counters.retried += 1
        return await self._placed(call, until)

    async def _placed(self, call: Call, until: float) -> bytes:
        """One try, once there is a place for it."""
        if self.breaker.wait(monotonic()):
            raise BackendError('backend_down')
        if self._places.locked():
            if self._waiting >= self._queue:
                raise BackendError('backend_busy')
            self._waiting += 1
            self.counters.most_waiting = max(self.counters.most_waiting, self._waiting)
            try:
                async with asyncio.timeout(until - monotonic()):
                    await self._places.acquire()
            except TimeoutError:
                raise BackendError('backend_timeout') from None
            finally:
                self._waiting -= 1
        else:
            await self._places.acquire()
        try:
            left = until - monotonic()
            if left < min(LEAST, call.timeout / 2):
                raise BackendError('backend_timeout')  # its own wait was too long
            return await self.once(call, left)
        finally:
            self._places.release()

    async def once(self, call: Call, timeout: float) -> bytes:
        """One try now."""
        number = self.breaker.passes(monotonic())
        if not number:
            raise BackendError('backend_down')
        try:
            async with asyncio.timeout(timeout):
                answer = await self._client.send(call)
        except TimeoutError:
            self._dead(call, number, 'no reply in time')
            raise BackendError('backend_timeout') from None
        except Unsendable:
            self.breaker.abandoned(number)
            why = 'a request that HTTP cannot hold'
            raise self._failure(call, why, 'backend_failed', refused=True) from None
        except TooBig:
            self._alive()
            why = 'a reply larger than backends.max_reply'
            raise self._failure(call, why, 'bad_reply') from None
        except Broken as error:
            self._dead(call, number, str(error))
            raise BackendError('backend_failed', again=True) from None
        except asyncio.CancelledError:
            self.breaker.abandoned(number)
            raise
        if answer.status >= 500:
            self._dead(call, number, status(answer))
            raise BackendError('backend_failed', again=True)
        self._alive()
        if not 200 <= answer.status < 300:
            again = answer.status in LATER
            refused = not again and answer.status not in MENDED
            raise self._failure(
                call, status(answer), 'backend_failed', again=again, refused=refused
            )
        return answer.body

    def _failure(
        self, call: Call, why: str, code: str, *, again: bool = False, refused: bool = False
    ) -> BackendError:
        self.complain(call.about, why)
        return BackendError(code, again=again, refused=refused)

    def _alive(self) -> None:
        if self.breaker.succeeded():
            seconds = monotonic() - self._down_since
            self.log.warning('backend %s: answers again, after %.1f s', self.origin, seconds)

    def _dead(self, call: Call, number: int, why: str) -> None:
        self.complain(call.about, why)
        now = monotonic()
        if self.breaker.failed(number, now):
            self.counters.opened += 1
            self._down_since = now
            self.log.error(
                'backend %s: is down: %s, %d times in a row; until it answers its events fail at '
                'once, and it is tried again every %.0f to %.0f s',
                self.origin,
                why,
                FAILURES,
                PAUSE,
                MAX_PAUSE,
            )

    def complain(self, about: str, why: str) -> None:
        """A line in the log; of each kind, which stands before a colon, one a second."""
        now, kind = monotonic(), why.partition(':')[0]
        told, untold = self._told.get(kind, (-QUIET, 0))
        if now - told < QUIET:
            self._told[kind] = told, untold + 1
            return
        left_out = f' ({untold:,} lines like this left out)' if untold else ''
        if len(self._told) >= MAX_KINDS:
            self._told.clear()
        self._told[kind] = now, 0
        self.log.warning('backend %s: %s: %s%s', self.origin, about, why, left_out)


def status(answer: Answer) -> str:
    redirect = ', a redirect, which is not followed' if 300 <= answer.status < 400 else ''
    return f'status {answer.status}{redirect}'
