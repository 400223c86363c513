"""Log lines: whatever a text holds, one event is one line, and what follows it is indented.

An exception may hold what a client sent, and a handler may log it: neither can forge a line of
ours, nor drive a terminal.
"""

import logging
import re

FORMAT = '%(levelname)s %(name)s: %(message)s'
CONTROL = re.compile(r'[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]')
INDENT = '\n    '


class Formatter(logging.Formatter):
    """The standard one, made safe."""

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return CONTROL.sub(lambda sign: ascii(sign[0])[1:-1], text).replace('\n', INDENT)


def configure(level: str) -> None:
    """Log to standard error, from `level` on."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    logging.getLogger('tornado').setLevel(logging.ERROR)  # its lines hold what strangers sent
