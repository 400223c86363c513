"""The front door: a new connection goes to the engine at once, or to Tornado.

Rules of this file:
- A WebSocket handshake that is whole when the connection is accepted, strict and acceptable is
  answered here. It is most of what a gateway accepts, and costs a quarter of the way through an
  HTTP server.
- Everything else (polling, pages, refusals, a request that arrives in pieces) is Tornado's; what
  it then says is the same, since both ask `handshake`.
- The kernel wakes us when the request is there (TCP_DEFER_ACCEPT), so that there is one to see.
- Over TLS every request is Tornado's, once the handshake of TLS is done; that has its time-out.
- Nothing here waits for a client, and no client's failure ends the accepting.
"""

import asyncio
import contextlib
import logging
import re
import socket
from asyncio import Future, TimerHandle
from functools import partial
from pathlib import Path
from ssl import SSLContext
from string import ascii_letters, digits
from typing import Any, Final

from tornado.httpserver import HTTPServer

from gateway.engine import handshake
from gateway.engine.adoption import carry
from gateway.engine.handshake import BAD_REQUEST
from gateway.engine.request import UNIX, Request, pack_raw
from gateway.engine.server import EngineServer
from gateway.engine.stream import SecureStream, Stream, malformed
from gateway.engine.tls import TlsSocket

log = logging.getLogger(__name__)

PEEK: Final = 8_192  # bytes of a handshake that are looked at
DEFER: Final = 5  # seconds that the kernel waits for a request before it wakes us all the same
BATCH: Final = 128  # connections accepted before the loop gets its turn
TLS_TIMEOUT: Final = 10.0  # seconds that a handshake of TLS may take
# What a method begins with (RFC 9110, section 9.1), or an empty line before it.
_BEGINNINGS: Final = frozenset(f"\r\n!#$%&'*+-.^_`|~{digits}{ascii_letters}".encode())
RETIRE_TICK: Final = 0.05  # seconds
REST: Final = 0.2  # seconds without accepting when the process has no file left to open

_HOST: Final = re.compile(r'[A-Za-z0-9._:\[\]-]*')  # one, of the usual characters


class FrontDoor:
    """Accepts on listening sockets until `close`."""

    def __init__(self, engine: EngineServer, http: HTTPServer, max_buffer: int) -> None:
        self._engine = engine
        self._http = http
        self._max_buffer = max_buffer
        self._paths = (engine.settings.path, engine.settings.path + '/')
        self._adopting: set[asyncio.Task[None]] = set()
        self._listeners: dict[socket.socket, SSLContext | None] = {}
        self._shared: set[socket.socket] = set()
        self._shaking: dict[SecureStream, TimerHandle] = {}
        self._resting = False

    def listen(
        self, listener: socket.socket, tls: SSLContext | None = None, *, shared: bool = False
    ) -> None:
        """Accept on `listener`, which becomes ours; what comes there speaks TLS, if `tls`.

        One that is `shared` is open elsewhere, too: who comes after us accepts what we leave.
        """
        if shared:
            self._shared.add(listener)
        listener.setblocking(False)
        if listener.family != socket.AF_UNIX and hasattr(socket, 'TCP_DEFER_ACCEPT'):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, DEFER)
        self._listeners[listener] = tls
        self._open(listener)

    def renew(self, max_buffer: int, tls: SSLContext | None) -> None:
        """For connections from now on; who spoke TLS speaks it with this one."""
        self._max_buffer = max_buffer
        for listener, before in self._listeners.items():
            if before is not None:
                self._listeners[listener] = tls

    async def retire(self) -> None:
        """Accept no more, once nobody is left who may come back for what a session still owes.

        What is shared is left at once: newcomers wait there for who comes after us.
        """
        for listener in self._shared:
            self._leave(listener)
        while self._listeners and self._engine.has_pollers():  # noqa: ASYNC110 - once in a life
            await asyncio.sleep(RETIRE_TICK)
        self.close()

    def close(self) -> None:
        """Accept no more."""
        for stream in list(self._shaking):
            stream.close()
        for listener in list(self._listeners):
            self._leave(listener)

    def _leave(self, listener: socket.socket) -> None:
        if listener in self._listeners:
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
                if not self._resting:
                    log.error('cannot accept, trying every %s s: %s', REST, error.strerror)
                self._resting = True
                self._engine.counters.accepts_failed += 1
                loop = asyncio.get_running_loop()
                loop.remove_reader(listener.fileno())
                loop.call_later(REST, self._open, listener)
                return
            self._resting = False
            connection.setblocking(False)
            try:
                tls = self._listeners[listener]
                if tls is not None:
                    self._shake_hands(connection, address, tls)
                else:
                    self._admit(connection, address)
            except Exception:
                log.exception('a new connection failed')
                connection.close()

    def _admit(self, connection: socket.socket, address: Any) -> None:
        try:
            head = connection.recv(PEEK, socket.MSG_PEEK)
        except OSError:  # nothing there yet, or reset already
            head = b''
        if head and head[0] not in _BEGINNINGS:  # TLS, perhaps: its client waits for a word
            with connection, contextlib.suppress(OSError):  # it may have gone already
                connection.recv(PEEK)
                connection.send(malformed(BAD_REQUEST, self._engine.counters))
        elif not self._upgraded(connection, address, head):
            stream = Stream(connection, max_buffer_size=self._max_buffer)
            self._serve(stream, address)

    def _serve(self, stream: Stream, address: Any) -> None:
        stream.counters = self._engine.counters
        self._http.handle_stream(stream, address)

    def _shake_hands(self, connection: socket.socket, address: Any, tls: SSLContext) -> None:
        sock: Any = TlsSocket(connection, tls)
        stream = SecureStream(sock, ssl_options=tls, max_buffer_size=self._max_buffer)
        loop = asyncio.get_running_loop()
        self._shaking[stream] = loop.call_later(TLS_TIMEOUT, stream.close)
        done = partial(self._shaken, stream, address)
        stream.wait_for_handshake().add_done_callback(done)

    def _shaken(self, stream: SecureStream, address: Any, done: Future[Any]) -> None:
        self._shaking.pop(stream).cancel()
        if done.exception() is None:
            self._serve(stream, address)
        else:
            self._engine.counters.tls_failed += 1
            log.debug('a handshake of TLS failed: %s', type(done.exception()).__name__)

    def _upgraded(self, connection: socket.socket, address: Any, head: bytes) -> bool:
        engine = self._engine
        if engine.draining or b'ebsocket' not in head:
            return False
        packed = pack_raw(head, address[0] if isinstance(address, tuple) else UNIX)
        if packed is None:
            return False
        request = Request(packed, engine.trusted)
        headers = request.headers
        if (
            request.path not in self._paths
            or 'sid' in request.query
            or not _HOST.fullmatch(headers.get('host', ','))
            or 'content-length' in headers
            or 'transfer-encoding' in headers
            or not handshake.allows_origin(request, engine.allows)
            or handshake.check(request, engine.settings.transports) is not None
        ):
            return False
        switching = handshake.switch(request, engine.settings.compression is not None)
        if isinstance(switching, handshake.Refusal):
            return False
        connection.recv(len(head))
        carrying = carry(connection, engine.open_websocket(packed, switching))
        task = asyncio.get_running_loop().create_task(carrying)
        self._adopting.add(task)
        task.add_done_callback(self._adopting.discard)
        return True
