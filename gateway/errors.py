"""Every error the gateway raises on purpose, in one hierarchy.

    GatewayError
    |-- ConfigError        our operator's fault: the configuration, with every problem at once
    |-- StartError         our host's fault: a port in use, a folder that can't be read
    |-- PeerError          the client's fault: what it sent breaks a protocol; it is disconnected
    |-- Refused            a route's or handler's word: this client may not connect
    `-- ActionError        a route's failure: its own client gets the error acknowledgement

Messages never hold what a client sent; they may be logged and sent back.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple


class GatewayError(Exception):
    """The root: whatever the gateway raises on purpose."""


class Problem(NamedTuple):
    """One mistake in a configuration, with its place (lines and columns count from 1)."""

    file: str
    line: int
    column: int
    where: str
    what: str
    mend: str = ''

    def __str__(self) -> str:
        parts = [f'{self.file}:{self.line}:{self.column}', self.where, self.what, self.mend]
        return ': '.join(part for part in parts if part)


class ConfigError(GatewayError):
    """A configuration that can't be used; `problems` has every mistake that was found.

    `text` is that of the file, where it could be read: problems can be shown with their lines.
    """

    def __init__(self, problems: Sequence[Problem], text: str = '') -> None:
        self.problems = tuple(sorted(problems))
        self.text = text
        super().__init__('\n'.join(map(str, self.problems)))


class StartError(GatewayError):
    """The configuration is right, but this host can't serve it (a port in use)."""


class PeerError(GatewayError):
    """A client broke a protocol.

    `close_code` is the WebSocket close code (RFC 6455, section 7.4.1) that it is sent; over
    polling every PeerError is a 400. The message goes into the close frame: at most 123 bytes.
    """

    def __init__(self, message: str, close_code: int = 1002) -> None:
        super().__init__(message)
        self.close_code = close_code


class Refused(GatewayError):
    """A connection that its connect route or handler refused.

    `data` is the CONNECT_ERROR payload: an object with a `message` that the client's
    `connect_error` shows (Socket.IO protocol 5, "Connection to a namespace").
    """

    def __init__(self, code: str, data: Any = None) -> None:
        super().__init__(code)
        self.data: dict[str, Any] = {'message': code}
        if data is not None:
            self.data['data'] = data


class ActionError(GatewayError):
    """A route failed on this client's event; the client gets `{"error": {"code", "message"}}`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def payload(self) -> dict[str, Any]:
        """What the client's callback gets as its only argument."""
        return {'error': {'code': self.code, 'message': self.message}}
