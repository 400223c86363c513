"""The listener: takes connections, bounded in number, and lets go of those that take too long.

Rules of this file:
- A connection counts from its first packet on, so that handshakes of TLS are bounded too.
- Deadlines are looked at once a TICK: no request has a timer of its own.
- Where all places are taken, strangers give up theirs.
- All connections together hold the loop for SLICE in each of its passes, in turns.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections import deque
from collections.abc import Collection
from email.utils import formatdate
from functools import partial
from ssl import SSLContext
from struct import Struct
from time import monotonic
from typing import Any, Final

from gateway.engine.accepting import Acceptor
from gateway.http.connection import Connection
from gateway.http.counters import Counters
from gateway.http.message import Admit, Respond, head, refusal

log = logging.getLogger(__name__)

MAX_CONNECTIONS: Final = 1_000
SLICE: Final = 0.002  # seconds
CREDENTIALS: Final = Struct('3i')  # pid, uid, gid: unix(7), SO_PEERCRED
TICK: Final = 0.5  # seconds between two looks at the deadlines
TLS_TIMEOUT: Final = 10.0  # seconds that a handshake of TLS may take

FULL: Final = refusal(503, 'busy', 'too many connections', Retry_After='1')


class Listener:
    """`admit` sees a request's head and may refuse it; `respond` answers what it let through."""

    def __init__(
        self,
        respond: Respond,
        max_body: int,
        counters: Counters,
        admit: Admit | None = None,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self.respond = respond
        self.admit = admit
        self.max_body = max_body
        self.counters = counters
        self.date = b''
        self.draining = False
        self.connections: dict[Connection, None] = {}  # the oldest first
        self._waiting: deque[Connection] = deque()  # for their turn
        self._until = 0.0  # the end of this turn
        self._turning: asyncio.Handle | None = None  # the next
        self._max_connections = max_connections
        self._opening: set[asyncio.Task[None]] = set()
        self._acceptor = Acceptor(self._admit, counters)
        self._timer: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()

    def start(
        self,
        sockets: list[socket.socket],
        tls: SSLContext | None = None,
        shared: Collection[socket.socket] = (),
    ) -> None:
        """Accept on `sockets`, which become ours; TLS is not for Unix sockets.

        Those that are `shared` are open elsewhere, too: their files stay.
        """
        if self._timer is None:
            self._tick()
        for sock in sockets:
            self._acceptor.add(sock, tls, shared=sock in shared)

    def renew(self, max_body: int, tls: SSLContext | None) -> None:
        """For connections from now on; who spoke TLS speaks it with this one."""
        self.max_body = max_body
        self._acceptor.renew(tls)

    async def stop(self, timeout: float) -> None:
        """Accept no more, finish the answers under way, close the rest; `timeout` in seconds."""
        self.draining = True
        self._acceptor.close()
        for task in list(self._opening):
            task.cancel()
        for connection in list(self.connections):
            connection.drain()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._emptied(), timeout)
        for connection in list(self.connections):
            connection.abort()
        await asyncio.wait_for(self._emptied(), 1)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _emptied(self) -> None:
        while self.connections:
            self._empty.clear()
            await self._empty.wait()

    def made(self, connection: Connection, task: asyncio.Task[None] | None) -> None:
        self.connections[connection] = None
        if task is not None:
            self._opening.discard(task)

    def lost(self, connection: Connection) -> None:
        self.connections.pop(connection, None)
        self._empty.set()

    # All connections together hold the loop for SLICE in each of its passes.

    def until(self) -> float:
        """When who works now has to stop: at once where this turn is over."""
        if self._turning is None:
            self._begin_turn()
        return self._until

    def queue(self, connection: Connection) -> None:
        """Call its `go_on` when its turn comes."""
        self._waiting.append(connection)
        if self._turning is None:
            self._begin_turn()

    def _begin_turn(self) -> None:
        self._until = monotonic() + SLICE
        self._turning = asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._turning = None
        if self._waiting:
            self._begin_turn()
            for _ in range(len(self._waiting)):
                if monotonic() >= self._until:
                    break
                self._waiting.popleft().go_on()

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self.date = formatdate(usegmt=True).encode()
        now = monotonic()
        for connection in [each for each in self.connections if each.deadline < now]:
            connection.expire()
        self._timer = loop.call_later(TICK, self._tick)

    def _admit(self, sock: socket.socket, address: Any, tls: SSLContext | None) -> None:
        full = len(self.connections) + len(self._opening) >= self._max_connections
        if full and not self._make_room():
            self._refuse(sock, tls)
            return
        ip = address[0] if isinstance(address, tuple) else ''
        task = asyncio.get_running_loop().create_task(self._connect(sock, ip, tls))
        self._opening.add(task)
        task.add_done_callback(partial(self._opened, sock))

    def _opened(self, sock: socket.socket, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        if task.cancelled():  # by `stop`, perhaps before it has begun
            sock.close()

    def _make_room(self) -> bool:
        """End the oldest connection that has shown no right key; False where there is none."""
        for connection in self.connections:
            if connection.is_stranger:
                self.counters.displaced += 1
                del self.connections[connection]
                connection.abort()
                return True
        return False

    def _refuse(self, sock: socket.socket, tls: SSLContext | None) -> None:
        self.counters.connections_refused += 1
        with sock, contextlib.suppress(OSError):  # it may have gone already
            if tls is None:
                sock.send(head(FULL, b'close', self.date) + FULL.body)
                sock.recv(65_536)  # what stays unread makes the close a reset

    async def _connect(self, sock: socket.socket, ip: str, tls: SSLContext | None) -> None:
        options: dict[str, Any] = {}
        if tls is not None:
            options = {'ssl': tls, 'ssl_handshake_timeout': TLS_TIMEOUT}
        loop = asyncio.get_running_loop()
        try:
            task = asyncio.current_task()
            made = partial(Connection, self, ip, task, is_owner=is_owner(sock))
            await loop.connect_accepted_socket(made, sock, **options)
        except OSError as error:  # ssl.SSLError is one, and so is TimeoutError
            self.counters.tls_failed += tls is not None
            log.debug('a new connection failed: %s', type(error).__name__)
            sock.close()


def is_owner(sock: socket.socket) -> bool:
    """Whether the program at the other end of a Unix socket is root's or our own user's."""
    if sock.family != socket.AF_UNIX:
        return False
    found = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    _, uid, _ = CREDENTIALS.unpack(found)
    return uid in (0, os.geteuid())
