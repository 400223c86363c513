"""Giving an accepted socket to a WebSocket, whoever has read its handshake."""

import asyncio
import socket
import ssl

from tornado.iostream import IOStream

from gateway.engine.secure import SecureTransport
from gateway.engine.tls import TlsSocket
from gateway.engine.websocket import WebSocket


async def adopt(stream: IOStream, websocket: WebSocket) -> None:
    """Take the socket out of a detached, open `stream` of Tornado's; `websocket` runs on it."""
    if stream._state is not None:
        stream.io_loop.remove_handler(stream.fileno())
    websocket.early = bytes(stream._read_buffer)
    sock, stream.socket = stream.socket, None  # type: ignore[assignment]
    stream._closed = True  # a shutdown that closes all of Tornado's streams leaves this one
    await carry(sock, websocket)


async def carry(sock: socket.socket | TlsSocket, websocket: WebSocket) -> None:
    """Let `websocket` run on a connected socket; what fails is a connection lost."""
    try:
        if isinstance(sock, (TlsSocket, ssl.SSLSocket)):  # an embedding program's own TLS
            SecureTransport(sock, websocket)
        else:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: websocket, sock)
    except Exception as error:
        sock.close()
        websocket.connection_lost(error)
