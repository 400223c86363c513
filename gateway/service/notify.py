"""What systemd is told of this process: sd_notify(3), a datagram of `NAME=VALUE` lines.

Rules of this file:
- Where nobody listens (no $NOTIFY_SOCKET) nothing is sent; nothing here fails or waits.
- $NOTIFY_SOCKET and $WATCHDOG_USEC are taken out of the environment: children are not this service.
- The watchdog is fed by a timer of the event loop: when the loop hangs, so does the feeding.

It is these few lines and no library: those that there are wrap the same datagram, and two of the
three are not kept any more.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import MutableMapping
from time import monotonic_ns
from typing import Final

FEEDS: Final = 3  # in the time of the watchdog


class Notifier:
    """The service manager, if one has started us."""

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        path = environment.pop('NOTIFY_SOCKET', '')
        self._address = f'\0{path[1:]}' if path.startswith('@') else path
        microseconds = environment.pop('WATCHDOG_USEC', '')
        pid = environment.pop('WATCHDOG_PID', '')
        mine = self._address and pid in ('', str(os.getpid()))
        self.watchdog = int(microseconds) / 1e6 if mine and microseconds.isdigit() else 0.0
        self._socket: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        if self._address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    def ready(self, status: str) -> None:
        """A start, or a reload, is over; from now on the running loop feeds the watchdog."""
        self._tell('READY=1', f'STATUS={status}')
        if self.watchdog and self._timer is None:
            self._feed(asyncio.get_running_loop())

    def reloading(self) -> None:
        """A reload has begun; `ready` says that it is over."""
        self._tell('RELOADING=1', f'MONOTONIC_USEC={monotonic_ns() // 1000}')

    def stopping(self, status: str) -> None:
        """A stop has begun; the watchdog is fed until the end."""
        self._tell('STOPPING=1', f'STATUS={status}')

    def close(self) -> None:
        """Nothing more is told."""
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _feed(self, loop: asyncio.AbstractEventLoop) -> None:
        self._tell('WATCHDOG=1')
        self._timer = loop.call_later(self.watchdog / FEEDS, self._feed, loop)

    def _tell(self, *lines: str) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # nobody there, or its buffer is full
                self._socket.sendto('\n'.join(lines).encode(), self._address)
