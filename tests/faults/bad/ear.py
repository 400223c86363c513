"""What is logged, by anybody."""

import contextlib
import logging
from collections.abc import Iterator

LEVELS = {'': logging.DEBUG, 'tornado': logging.ERROR, 'asyncio': logging.INFO}


class Ear(logging.Handler):
    """`records` has the level and the whole text of each."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append((record.levelno, self.format(record)))


@contextlib.contextmanager
def listening() -> Iterator[Ear]:
    """All loggers, with Tornado's as quiet as the gateway makes it."""
    ear, root = Ear(), logging.getLogger()
    before = {name: logging.getLogger(name).level for name in LEVELS}
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)
    root.addHandler(ear)
    try:
        yield ear
    finally:
        root.removeHandler(ear)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
