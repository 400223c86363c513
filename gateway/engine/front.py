"""The front door: a new connection goes to the engine at once, or to Tornado.

Rules of this file:
- A WebSocket handshake that is whole when the connection is accepted, strict and acceptable is
  answered here. It is most of what a gateway accepts, and costs a fifth of the way through an
  HTTP server.
- Everything else (polling, pages, refusals, a request that arrives in pieces) is Tornado's; what
  it then says is the same, since both ask `handshake`.
- The kernel wakes us when the request is there (TCP_DEFER_ACCEPT), so that there is one to see.
"""

import asyncio
import socket
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

from gateway.engine import handshake
from gateway.engine.request import Request, pack_raw
from gateway.engine.server import EngineServer

PEEK: Final = 8_192  # bytes of a handshake that are looked at
DEFER: Final = 5  # seconds that the kernel waits for a request before it wakes us all the same


class FrontDoor:
    """Give `accept` to `tornado.netutil.add_accept_handler`."""

    def __init__(self, engine: EngineServer, http: HTTPServer, max_buffer: int) -> None:
        self._engine = engine
        self._http = http
        self._max_buffer = max_buffer
        self._path = engine.settings.path
        self._adopting: set[asyncio.Task[Any]] = set()

    @staticmethod
    def prepare(listener: socket.socket) -> None:
        """Make `listener` wait for requests, not only for connections."""
        if listener.family != socket.AF_UNIX and hasattr(socket, 'TCP_DEFER_ACCEPT'):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, DEFER)

    def accept(self, connection: socket.socket, address: Any) -> None:
        """Take over a connection that has just been accepted."""
        try:
            head = connection.recv(PEEK, socket.MSG_PEEK)
        except OSError:  # nothing there yet, or reset already
            head = b''
        if (
            head.startswith(b'GET ')
            and b'ebsocket' in head
            and self._upgraded(connection, address, head)
        ):
            return
        stream = IOStream(connection, max_buffer_size=self._max_buffer)
        self._http.handle_stream(stream, address)

    def _upgraded(self, connection: socket.socket, address: Any, head: bytes) -> bool:
        engine = self._engine
        if engine.draining:
            return False
        packed = pack_raw(head, address[0] if isinstance(address, tuple) else '')
        if packed is None:
            return False
        request = Request(packed, engine.trusted)
        headers = request.headers
        if (
            request.path.rstrip('/') != self._path
            or 'sid' in request.query
            or ',' in headers.get('host', ',')
            or 'content-length' in headers
            or 'transfer-encoding' in headers
            or not handshake.allows_origin(request, engine.allows)
            or handshake.check(request, engine.settings.transports) is not None
        ):
            return False
        switching = handshake.switch(request)
        if isinstance(switching, handshake.Refusal):
            return False
        connection.recv(len(head))
        websocket = engine.open_websocket(packed, switching)
        loop = asyncio.get_running_loop()
        task = loop.create_task(loop.connect_accepted_socket(lambda: websocket, connection))
        self._adopting.add(task)
        task.add_done_callback(self._adopting.discard)
        return True
