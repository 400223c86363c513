"""GET /health/live and /health/ready: whether the loop answers, and whether clients should come.

Both are open: who asks for health has no key, and a load balancer's `Host` may be any.
"""

from typing import Final

from gateway.http.message import JSON, Request, Response
from gateway.http.subject import Subject
from gateway.wire import http_json

LIVE: Final = Response(200, b'{"status":"live"}')
READY: Final = Response(200, b'{"status":"ready","reasons":[]}')


class Health:
    """The endpoints."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def live(self, request: Request) -> Response:
        """The loop runs, or nobody would answer."""
        return LIVE

    def ready(self, request: Request) -> Response:
        """200, or 503 with the reasons."""
        found = self._subject.troubles()
        if not found:
            return READY
        reasons = [{'code': code, 'message': message} for code, message in found]
        body = http_json.dumps({'status': 'not_ready', 'reasons': reasons})
        return Response(503, body, JSON, (), 'not_ready')
