"""The streams under Tornado's HTTP server, as far as it says something by itself.

Rules of this file:
- What is no HTTP is refused in our words: JSON with a code, and counted, like every refusal.
- A header block beyond its bound is answered too; Tornado only ends the connection.
"""

from typing import Any, Final

from tornado.iostream import IOStream, SSLIOStream, UnsatisfiableReadError

from gateway.engine.counters import Counters
from gateway.engine.handshake import BAD_REQUEST, HEADERS_TOO_BIG, Refusal

TORNADOS: Final = b'HTTP/1.1 400 Bad Request\r\n\r\n'
_ANSWER: Final = (
    b'HTTP/1.1 %d %b\r\nContent-Type: application/json\r\n'
    b'Content-Length: %d\r\nConnection: close\r\n\r\n%b'
)


def malformed(refusal: Refusal, counters: Counters) -> bytes:
    """The whole answer to what is no request; its connection ends."""
    counters.refused[refusal.message] += 1
    body = refusal.body
    return _ANSWER % (refusal.status, refusal.message.encode(), len(body), body)


class Stream(IOStream):
    """Over TCP, or a Unix socket; `counters` are the engine's.

    `answered`: while its body still comes, a request has had its only answer.
    """

    counters: Counters
    answered = False

    def write(self, data: Any) -> Any:
        if data == TORNADOS:
            data = b'' if self.answered else malformed(BAD_REQUEST, self.counters)
        return super().write(data)

    def close(self, exc_info: Any = False) -> None:
        if isinstance(exc_info, UnsatisfiableReadError) and not (self.closed() or self.answered):
            is_head = self._read_regex is not None  # else the line before a chunk
            refusal = HEADERS_TOO_BIG if is_head else BAD_REQUEST
            super().write(malformed(refusal, self.counters))
        super().close(exc_info)


class SecureStream(Stream, SSLIOStream):
    """Over TLS."""
