"""The access log: who came and went, a line for each. Off, until `log.access` switches it on."""

import logging
from typing import Any, Final

LONGEST_PATH: Final = 200  # characters

access = logging.getLogger('gateway.access')
access.setLevel(logging.WARNING)


def request_fields(method: str, path: str, status: int, ip: str) -> dict[str, Any]:
    """Of the line of an HTTP request: nothing as a stranger sent it, and no query, which may hold
    what is secret.
    """
    return {
        'method': ascii(method)[1:-1],
        'path': ascii(path[:LONGEST_PATH])[1:-1],
        'status': status,
        'ip': ip,
    }
