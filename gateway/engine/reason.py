"""Why a session or a client ended: one enumeration for handlers, logs and counters.

The first five are the texts that python-engineio gives to disconnect handlers.
"""

from enum import StrEnum


class Reason(StrEnum):
    """The second argument of a disconnect handler, `${reason}` in YAML."""

    SERVER_DISCONNECT = 'server disconnect'
    CLIENT_DISCONNECT = 'client disconnect'
    PING_TIMEOUT = 'ping timeout'
    TRANSPORT_CLOSE = 'transport close'
    TRANSPORT_ERROR = 'transport error'
    PROTOCOL_ERROR = 'protocol error'
    SLOW_CONSUMER = 'slow consumer'
    CONNECT_TIMEOUT = 'connect timeout'
    NAMESPACE_GONE = 'namespace gone'  # by a reload
    TOKEN_EXPIRED = 'token expired'  # noqa: S105
    SERVER_SHUTDOWN = 'server shutting down'
    SERVER_ERROR = 'server error'
