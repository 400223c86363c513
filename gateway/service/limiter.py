"""What clients can cause is not said more than BURST times in WINDOW, of each kind of line.

A kind is a logger, its text before anything is put into it, and which handler or backend it is
about. What was left out is counted in the next line of its kind that is said.
"""

import logging
from time import monotonic
from typing import Final

BURST: Final = 20
WINDOW: Final = 10.0  # seconds
KINDS: Final = 10_000  # that are remembered
FREE: Final = ('gateway.access', 'gateway.reload')  # the operator asked for these, whole


class Limiter(logging.Filter):
    """Looks at lines of our own loggers, above DEBUG."""

    def __init__(self) -> None:
        super().__init__()
        self._kinds: dict[tuple[str, str, str], list[float]] = {}  # since when, said, left out
        self.left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is said."""
        name = record.name
        is_ours = name.partition('.')[0] == 'gateway'  # a program's gateway_chat is not
        if record.levelno <= logging.DEBUG or not is_ours or name in FREE:
            return True
        now = monotonic()
        about = getattr(record, 'handler', '') or getattr(record, 'backend', '')
        key = name, str(record.msg), about
        kind = self._kinds.get(key)
        if kind is None:
            if len(self._kinds) >= KINDS:
                self._kinds.clear()
            self._kinds[key] = [now, 1, 0]
            return True
        if now - kind[0] >= WINDOW:
            record.left_out = int(kind[2])
            kind[:] = [now, 1, 0]
            return True
        kind[1] += 1
        if kind[1] <= BURST:
            return True
        kind[2] += 1
        self.left_out += 1
        return False
