"""The front door: a new connection goes to the engine at once, or to Tornado.

Rules of this file:
- A WebSocket handshake that is whole when the connection is accepted, strict and acceptable is
  answered here. It is most of what a gateway accepts, and costs a quarter of the way through an
  HTTP server.
- Everything else (polling, pages, refusals, a request that arrives in pieces) is Tornado's; what
  it then says is the same, since both ask `handshake`.
- The kernel wakes us when the request is there (TCP_DEFER_ACCEPT), so that there is one to see.
- Over TLS every request is Tornado's, once the handshake of TLS is done; that has its time-out.
"""

import asyncio
import contextlib
import logging
import re
import socket
from asyncio import Future, TimerHandle
from functools import partial
from ssl import SSLContext
from string import ascii_letters, digits
from typing import Any, Final

from tornado.httpserver import HTTPServer

from gateway.engine import handshake
from gateway.engine.accepting import Acceptor
from gateway.engine.adoption import carry
from gateway.engine.handshake import BAD_REQUEST
from gateway.engine.request import UNIX, Request, pack_raw
from gateway.engine.server import EngineServer
from gateway.engine.stream import SecureStream, Stream, malformed
from gateway.engine.tls import TlsSocket

log = logging.getLogger(__name__)

PEEK: Final = 8_192  # bytes of a handshake that are looked at
DEFER: Final = 5  # seconds that the kernel waits for a request before it wakes us all the same
TLS_TIMEOUT: Final = 10.0  # seconds that a handshake of TLS may take
# What a method begins with (RFC 9110, section 9.1), or an empty line before it.
_BEGINNINGS: Final = frozenset(f"\r\n!#$%&'*+-.^_`|~{digits}{ascii_letters}".encode())
RETIRE_TICK: Final = 0.05  # seconds

_HOST: Final = re.compile(r'[A-Za-z0-9._:\[\]-]*')  # one, of the usual characters


class FrontDoor:
    """Accepts on listening sockets until `close`."""

    def __init__(self, engine: EngineServer, http: HTTPServer, max_buffer: int) -> None:
        self._engine = engine
        self._http = http
        self._max_buffer = max_buffer
        self._paths = (engine.settings.path, engine.settings.path + '/')
        self._adopting: set[asyncio.Task[None]] = set()
        self._acceptor = Acceptor(self._admit, engine.counters)
        self._shaking: dict[SecureStream, TimerHandle] = {}

    def listen(
        self, listener: socket.socket, tls: SSLContext | None = None, *, shared: bool = False
    ) -> None:
        """Accept on `listener`, which becomes ours; what comes there speaks TLS, if `tls`.

        One that is `shared` is open elsewhere, too: who comes after us accepts what we leave.
        """
        if listener.family != socket.AF_UNIX and hasattr(socket, 'TCP_DEFER_ACCEPT'):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, DEFER)
        self._acceptor.add(listener, tls, shared=shared)

    def renew(self, max_buffer: int, tls: SSLContext | None) -> None:
        """For connections from now on; who spoke TLS speaks it with this one."""
        self._max_buffer = max_buffer
        self._acceptor.renew(tls)

    async def retire(self) -> None:
        """Accept no more, once nobody is left who may come back for what a session still owes.

        What is shared is left at once: newcomers wait there for who comes after us.
        """
        self._acceptor.leave()
        while self._acceptor and self._engine.has_pollers():  # noqa: ASYNC110 - once in a life
            await asyncio.sleep(RETIRE_TICK)
        self.close()

    def close(self) -> None:
        """Accept no more."""
        for stream in list(self._shaking):
            stream.close()
        self._acceptor.close()

    def _admit(self, connection: socket.socket, address: Any, tls: SSLContext | None) -> None:
        if tls is None:
            self._look(connection, address)
        else:
            self._shake_hands(connection, address, tls)

    def _look(self, connection: socket.socket, address: Any) -> None:
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
