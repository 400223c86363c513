"""A bare engine that sends back what it is told, as the protocol's own test suite expects it."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from gateway.app import MAX_HEADER
from gateway.config.model import SocketIO
from gateway.engine.front import FrontDoor
from gateway.engine.handler import EngineHandler
from gateway.engine.server import EngineServer
from gateway.wire.engineio import Packet
from tests.support import raw
from tests.support.raw import Poller

PATIENT = {'ping_interval': '25s', 'ping_timeout': '20s'}
HASTY = {'ping_interval': '300ms', 'ping_timeout': '200ms'}


def echo(session: Any, data: bytes, is_binary: bool) -> None:
    session.send(Packet(b'', [data]) if is_binary else Packet(data))


@contextlib.asynccontextmanager
async def echoing(**settings: Any) -> AsyncIterator[EngineServer]:
    """Listening on `port`; `reasons` has those of the sessions that have ended, by sid."""
    engine = EngineServer(SocketIO(**settings))
    engine.reasons = {}
    engine.on('connect', lambda session: None)
    engine.on('message', echo)
    engine.on('disconnect', lambda session, why: engine.reasons.update({session.sid: why}))
    limit = engine.settings.max_payload
    routes = [(r'/socket\.io/?', EngineHandler, {'engine': engine})]
    http = HTTPServer(Application(routes, log_function=lambda handler: None))
    door = FrontDoor(engine, http, limit + MAX_HEADER)
    [listener] = bind_sockets(0, '127.0.0.1')
    engine.port = listener.getsockname()[1]
    door.listen(listener)
    try:
        yield engine
    finally:
        for session in engine.sockets.values():
            session.outbox.clear()  # a farewell that nobody fetches need not be waited for
        await engine.shutdown(1)
        door.close()
        await http.close_all_connections()


async def opened(port: int) -> Poller:
    """A session over polling that has joined nothing; `sid` is the engine's."""
    answer = await raw.ask(port, raw.POLLING)
    assert answer.status == 200, answer
    poller = Poller(port, json.loads(answer.body[1:]))
    poller.sid = poller.open['sid']
    return poller


async def switch(peer: raw.Connection, sid: str) -> None:
    """The WebSocket handshake of an upgrade; nothing is probed yet."""
    query = f'{raw.WEBSOCKET}&sid={sid}'
    peer.write(raw.HANDSHAKE.format(query=query, port=80, headers='').encode())
    assert await peer.head() == raw.SWITCHED


async def heard(peer: raw.Connection) -> tuple[int, bytes]:
    """The next frame that is no ping; pings are answered."""
    while (frame := await peer.receive()) == (raw.TEXT, b'2'):
        peer.send('3')
    return frame


async def fetched(poller: Poller) -> bytes:
    """What the next poll brings besides a ping."""
    while (body := await poller.poll()) == b'2':
        assert (await poller.post(b'3')).body == b'ok'
    return body.removeprefix(b'2\x1e').removesuffix(b'\x1e2')


async def status(poller: Poller, body: bytes | None = None) -> tuple[int, bytes]:
    """Of a poll, or of a post of `body`; and what came with it."""
    answer = await raw.ask(poller.port, poller.query, body)
    return answer.status, answer.body
