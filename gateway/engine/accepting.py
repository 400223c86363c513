"""Accepting: what comes to listening sockets is handed on, in the order in which it comes.

Rules of this file:
- Nothing here waits for a client, and no client's failure ends the accepting. Where the process has
  no file left to open, it rests and tries again.
- A listener that is shared is open elsewhere, too: who comes after us accepts what we leave, and
  the file of a Unix socket stays.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from ssl import SSLContext
from typing import Any, Final, Protocol, TypeAlias

BATCH: Final = 128  # connections accepted before the loop gets its turn
REST: Final = 0.2  # seconds without accepting when the process has no file left to open

Admit: TypeAlias = Callable[[socket.socket, Any, SSLContext | None], None]

log = logging.getLogger(__name__)


class Counts(Protocol):
    """Where failures are counted."""

    accepts_failed: int


class Acceptor:
    """`admit(connection, address, tls)` owns each connection from then on."""

    def __init__(self, admit: Admit, counters: Counts) -> None:
        self._admit = admit
        self._counters = counters
        self._listeners: dict[socket.socket, SSLContext | None] = {}
        self._shared: set[socket.socket] = set()
        self._resting = False

    def __bool__(self) -> bool:
        """Whether there is a listener."""
        return bool(self._listeners)

    def add(self, listener: socket.socket, tls: SSLContext | None, *, shared: bool) -> None:
        """Accept on `listener`, which becomes ours. Over a Unix socket nobody speaks TLS."""
        listener.setblocking(False)
        self._listeners[listener] = tls if listener.family != socket.AF_UNIX else None
        if shared:
            self._shared.add(listener)
        self._open(listener)

    def renew(self, tls: SSLContext | None) -> None:
        """For connections from now on; who spoke TLS speaks it with this one."""
        for listener, before in self._listeners.items():
            if before is not None:
                self._listeners[listener] = tls

    def leave(self) -> None:
        """Accept no more on what is shared."""
        for listener in self._shared & self._listeners.keys():
            self._close(listener)

    def close(self) -> None:
        """Accept no more."""
        for listener in list(self._listeners):
            self._close(listener)

    def _close(self, listener: socket.socket) -> None:
        del self._listeners[listener]
        asyncio.get_running_loop().remove_reader(listener.fileno())
        if listener.family == socket.AF_UNIX and listener not in self._shared:
            Path(listener.getsockname()).unlink(missing_ok=True)
        listener.close()

    def _open(self, listener: socket.socket) -> None:
        if listener in self._listeners:
            loop = asyncio.get_running_loop()
            loop.add_reader(listener.fileno(), self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(BATCH):
            try:
                connection, address = listener.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:  # EMFILE, ENFILE, ENOBUFS, ENOMEM: not for long, we hope
                self._rest(listener, error)
                return
            self._resting = False
            connection.setblocking(False)
            try:
                self._admit(connection, address, self._listeners[listener])
            except Exception:
                log.exception('a new connection failed')
                connection.close()

    def _rest(self, listener: socket.socket, error: OSError) -> None:
        self._counters.accepts_failed += 1
        if not self._resting:
            log.error('cannot accept, trying every %s s: %s', REST, error.strerror)
        self._resting = True
        loop = asyncio.get_running_loop()
        loop.remove_reader(listener.fileno())
        loop.call_later(REST, self._open, listener)
