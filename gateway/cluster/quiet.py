"""Lines of the log that others can cause: each kind at most once a second, none left out unsaid."""

import logging
from time import monotonic
from typing import Final

log = logging.getLogger('gateway.cluster')

QUIET: Final = 1.0  # seconds between two lines


class Quiet:
    """One kind of line: `text`, to which the number of those that were left out is added."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._told = -QUIET
        self._untold = 0

    def warn(self, *, exc_info: bool = False) -> None:
        now = monotonic()
        if now - self._told < QUIET:
            self._untold += 1
            return
        more = f' ({self._untold:,} more since the last line)' if self._untold else ''
        self._told, self._untold = now, 0
        log.warning('cluster: %s%s', self._text, more, exc_info=exc_info)

    def rest(self) -> None:
        """Say now what was left out, if anything was."""
        if self._untold:
            log.warning('cluster: %s (%s more)', self._text, f'{self._untold:,}')
            self._untold = 0
