"""What a node has to say, in order: what waits to be published, and what others may ask for again.

Rules of this file:
- Both are bounded by number and bytes, together. What was published goes first; where all of it
  waits, the newcomer is refused, and counted.
- A number is given to what is taken, so that a refused message is no gap for others.
"""

from collections import deque
from collections.abc import Sequence
from itertools import islice

from gateway.cluster.wire import numbered


class Record:
    """At most `most` messages and `size` bytes."""

    def __init__(self, most: int, size: int) -> None:
        self._most = most
        self._size = size
        self._bytes = 0
        self._kept: deque[bytes] = deque()  # published
        self._waiting: deque[bytes] = deque()
        self.last = 0  # the number of the newest

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def published(self) -> int:
        """The number of the last that was."""
        return self.last - len(self._waiting)

    def add(self, opened: bytes) -> bool:
        """False where there is no room for it."""
        message = numbered(opened, self.last + 1)
        if len(message) > self._size:
            return False
        while self._kept and self._is_full(len(message)):
            self._bytes -= len(self._kept.popleft())
        if self._is_full(len(message)):
            return False
        self.last += 1
        self._bytes += len(message)
        self._waiting.append(message)
        return True

    def batch(self, most: int, size: int) -> list[bytes]:
        """What is to be published next; one message at least, where any waits."""
        found: list[bytes] = []
        left = size
        for message in islice(self._waiting, most):
            left -= len(message)
            if found and left < 0:
                break
            found.append(message)
        return found

    def confirm(self, count: int) -> None:
        """The first `count` of those that wait were published."""
        for _ in range(count):
            self._kept.append(self._waiting.popleft())

    def again(self, first: int, last: int) -> tuple[Sequence[bytes], int]:
        """What is still known of these, and the number before the first that is."""
        oldest = self.published - len(self._kept) + 1
        start = max(first, oldest)
        found = list(islice(self._kept, start - oldest, max(0, last + 1 - oldest)))
        return found, start - 1

    def _is_full(self, more: int) -> bool:
        count = len(self._kept) + len(self._waiting)
        return count >= self._most or self._bytes + more > self._size
