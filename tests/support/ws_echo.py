"""A WebSocket echo on the engine's own connection: what comes in goes back, text as text.

The gateway speaks Engine.IO only; with that taken away, any suite for RFC 6455 can be run at it:

    python -m tests.support.ws_echo max_payload=32MB max_send_buffer=64MB

prints the address for Autobahn's fuzzing client (`wstest -m fuzzingclient`). Arguments are keys
of the configuration's `socketio` section; their values are YAML.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import yaml
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from gateway.config.model import SocketIO
from gateway.engine.front import FrontDoor
from gateway.engine.handler import EngineHandler
from gateway.engine.reason import Reason
from gateway.engine.server import EngineServer
from gateway.engine.session import Session
from gateway.wire import frames
from gateway.wire.engineio import OVERHEAD, Packet
from tests.support import hub, raw


def message(opcode: int, data: bytes) -> Packet:
    """One WebSocket message of any content; the engine's own texts are never empty."""
    packet = Packet(b'')
    packet.frame = frames.build(opcode, data)
    packet.size = len(packet.frame) + OVERHEAD
    return packet


class Echo(Session):
    """A session without Engine.IO: no packet types, no heartbeats."""

    __slots__ = ()

    def receive(self, packet: bytes) -> None:
        self.send(message(frames.TEXT, packet))

    def receive_binary(self, data: bytes) -> None:
        self.send(message(frames.BINARY, data))


class EchoServer(EngineServer):
    """`last` is the session that was opened last, `reasons` how sessions have ended."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(SocketIO(**settings))
        self.last: Echo
        self.reasons: list[Reason] = []
        self.on_disconnect = lambda session, reason: self.reasons.append(reason)

    def open(self, head: bytes) -> Session:
        self.last = session = Echo(self, self.generate_id(), head)
        self.sockets[session.sid] = session
        return session

    def handshake(self, sid: str, *, upgrades: bool) -> Packet:
        return Packet(b'')


@contextlib.asynccontextmanager
async def echoing(port: int = 0, **settings: Any) -> AsyncIterator[EchoServer]:
    """An echo on the running loop; `port` and `url` are attributes of it."""
    engine = EchoServer(**settings)
    application = Application(
        [(r'/socket\.io/?', EngineHandler, {'engine': engine})], log_function=lambda handler: None
    )
    http = HTTPServer(application)
    door = FrontDoor(engine, http, 1_000_000)
    [listener] = bind_sockets(port, '127.0.0.1')
    engine.port = listener.getsockname()[1]
    engine.url = f'ws://127.0.0.1:{engine.port}/socket.io/?{raw.WEBSOCKET}'
    door.listen(listener)
    try:
        yield engine
    finally:
        await engine.shutdown(1)
        door.close()
        await http.close_all_connections()


@contextlib.asynccontextmanager
async def upgraded(engine: EchoServer, headers: str = '') -> AsyncIterator[raw.Connection]:
    """A raw connection to the echo, behind its 101; `switched` is that answer."""
    async with raw.connection(engine.port) as peer:
        request = raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=engine.port, headers=headers)
        peer.write(request.encode())
        peer.switched = await peer.head()
        assert peer.switched.startswith(b'HTTP/1.1 101 ')
        yield peer


def exchange(
    sent: bytes, *, step: int = 0, leave: int | None = None, headers: str = '', **settings: Any
) -> list[tuple[int, bytes]]:
    """Every frame that comes back until the server ends the connection.

    The client says `sent`, `step` bytes at a time (0: all at once), and goodbye after `leave`
    frames (None: it leaves that to the server, and doesn't answer its close frame).
    """
    found: list[tuple[int, bytes]] = []

    async def scenario() -> None:
        async with echoing(**settings) as engine, upgraded(engine, headers) as peer:
            for at in range(0, len(sent), step or len(sent)):
                peer.write(sent[at : at + step] if step else sent)
                await asyncio.sleep(0)
            while not found or found[-1][0] != frames.CLOSE:
                if len(found) == leave:
                    peer.write(raw.frame(raw.CLOSE, b'\x03\xe8'))
                found.append(await peer.receive())
            assert await peer.rest() == b''

    hub.run(scenario())
    return found


def talk(scenario: Callable[[EchoServer, raw.Connection], Awaitable[None]]) -> None:
    """Run `scenario` on a connection that has been used; once it ends, nothing may be left."""

    async def whole() -> None:
        async with echoing() as engine, upgraded(engine) as peer:
            peer.send('used')
            assert await peer.receive() == (raw.TEXT, b'used')
            await scenario(engine, peer)
            peer.writer.close()
            await hub.until(lambda: not engine.sockets and not len(engine.deadlines))

    hub.run(whole())


async def settle(engine: EchoServer) -> None:
    """A round trip of another connection, so that what was sent before has been read."""
    last = engine.last
    async with upgraded(engine) as other:
        other.write(raw.frame(raw.PING, b'turn'))
        assert await other.receive() == (raw.PONG, b'turn')
        engine.last.close(Reason.SERVER_DISCONNECT)
        await other.closed()
    engine.last = last


async def main(settings: dict[str, Any]) -> None:
    async with echoing(**settings) as engine:
        print(engine.url, flush=True)
        await asyncio.Event().wait()


if __name__ == '__main__':
    pairs = (argument.partition('=') for argument in sys.argv[1:])
    hub.run(main({name: yaml.safe_load(value) for name, _, value in pairs}))
