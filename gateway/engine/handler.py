"""The HTTP face of the engine: handshake, polls, posts, and the upgrade to WebSocket.

Whatever is wrong with a request is answered here, with 4xx and before a 101.
"""

from typing import Any, cast

import orjson
from tornado.web import RequestHandler

from gateway.engine import handshake
from gateway.engine.adoption import adopt
from gateway.engine.handshake import BAD_REQUEST, FORBIDDEN, SHUTTING_DOWN, UNKNOWN_SID, Refusal
from gateway.engine.polling import Polling
from gateway.engine.reason import Reason
from gateway.engine.request import Request, pack
from gateway.engine.server import EngineServer
from gateway.engine.session import Session
from gateway.errors import PeerError
from gateway.wire import engineio, frames


class EngineHandler(RequestHandler):
    """Every request below `socketio.path`."""

    engine: EngineServer
    asked: Request
    polled: Session | None = None

    def initialize(self, engine: EngineServer) -> None:
        self.engine = engine

    def set_default_headers(self) -> None:
        self.clear_header('Server')
        self.set_header('Cache-Control', 'no-store')

    def compute_etag(self) -> None:
        """No answer here is ever the same."""

    def prepare(self) -> None:
        self.asked = Request(pack(self.request), self.engine.trusted)
        if not handshake.allows_origin(self.asked, self.engine.allows):
            self.engine.warn_of_origin(self.asked.headers['origin'])
            self._refuse(FORBIDDEN)
        elif origin := self.asked.headers.get('origin'):
            self._welcome(origin)

    def _welcome(self, origin: str) -> None:
        """Tell the browser that the page may read the answer (Fetch standard, section 3.2)."""
        if self.engine.settings.allowed_origins == '*':
            self.set_header('Access-Control-Allow-Origin', '*')
        else:
            self.set_header('Access-Control-Allow-Origin', origin)
            self.set_header('Access-Control-Allow-Credentials', 'true')
            self.set_header('Vary', 'Origin')

    async def get(self) -> None:
        refusal = handshake.check(self.asked, self.engine.settings.transports)
        if refusal is not None:
            self._refuse(refusal)
        elif self.engine.draining and 'sid' not in self.asked.query:
            self._refuse(SHUTTING_DOWN)
        elif self.asked.query['transport'] == 'websocket':
            await self._upgrade()
        elif 'sid' in self.asked.query:
            await self._poll()
        else:
            session = self.engine.open(self.asked.packed)
            polling = session.transport = Polling(session)
            session.send(self.engine.handshake(session.sid, upgrades=True))
            self._answer(await polling.poll())

    async def post(self) -> None:
        refusal = handshake.check(self.asked, self.engine.settings.transports)
        if refusal is not None:
            self._refuse(refusal)
            return
        session = self._polling_session()
        if session is None:
            return
        polling = cast(Polling, session.transport)
        try:
            if polling.posting:
                raise PeerError('two posts at a time')
            polling.posting = True
            for packet, is_binary in engineio.decode_payload(self.request.body):
                if session.transport is not polling and not session.closed:
                    raise PeerError('a post goes on after the upgrade')
                if is_binary:
                    session.receive_binary(packet)
                else:
                    session.receive(packet)
                await polling.drained()
            polling.posting = False
        except PeerError as error:
            self._end(session, error)
            return
        except Exception:
            session.close(Reason.SERVER_ERROR, frames.INTERNAL_ERROR)
            raise
        self.set_header('Content-Type', 'text/html')
        self.finish(b'ok')

    def options(self) -> None:
        """A preflight of a foreign page (Fetch standard, section 3.2.2)."""
        self.set_header('Access-Control-Allow-Methods', 'GET, POST, OPTIONS')
        wanted = self.request.headers.get('Access-Control-Request-Headers')
        if wanted:
            self.set_header('Access-Control-Allow-Headers', wanted)
        self.set_status(204)

    def on_connection_close(self) -> None:
        """The client went away while its poll was waiting."""
        if self.polled is not None:
            self.polled.close(Reason.TRANSPORT_CLOSE)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.set_header('Content-Type', 'application/json')
        self.finish(orjson.dumps({'code': BAD_REQUEST.code, 'message': self._reason}))

    def _refuse(self, refusal: Refusal) -> None:
        self.engine.counters.refused[refusal.message] += 1
        self.set_status(refusal.status)
        self.set_header('Content-Type', 'application/json')
        self.finish(orjson.dumps({'code': refusal.code, 'message': refusal.message}))

    def _answer(self, packets: list[engineio.Packet]) -> None:
        if self._finished:
            return
        self.set_header('Content-Type', 'text/plain; charset=UTF-8')
        self.finish(engineio.encode_payload(packets))

    async def _poll(self) -> None:
        engine, sid = self.engine, self.asked.query['sid']
        if sid in engine.lingering:
            self._answer(engine.lingered(sid).farewell)
            return
        session = self._polling_session()
        if session is None:
            return
        try:
            self.polled = session
            packets = await cast(Polling, session.transport).poll()
        except PeerError as error:
            self.polled = None
            self._end(session, error)
            return
        self.polled = None
        self._answer(packets)

    def _polling_session(self) -> Session | None:
        """The session that the request names, if polling carries it; else the answer is 400."""
        session = self.engine.sockets.get(self.asked.query.get('sid', ''))
        if session is None or not isinstance(session.transport, Polling):
            self._refuse(UNKNOWN_SID if session is None else BAD_REQUEST)
            return None
        return session

    def _end(self, session: Session, error: PeerError) -> None:
        """The client has broken the protocol: 400, and its session ends."""
        session.close(Reason.PROTOCOL_ERROR, error.close_code, str(error))
        self._refuse(BAD_REQUEST)

    async def _upgrade(self) -> None:
        """Answer 101 and hand the socket over, for a new session or as the probe of one."""
        engine, sid = self.engine, self.asked.query.get('sid')
        switching = handshake.switch(self.asked, engine.settings.compression is not None)
        if isinstance(switching, Refusal):
            self.set_header('Sec-WebSocket-Version', '13')
            self._refuse(switching)
            return
        session = engine.sockets.get(sid) if sid is not None else None
        if sid is not None and (session is None or session.upgraded or session.probe is not None):
            self._refuse(UNKNOWN_SID if session is None else BAD_REQUEST)
            return
        stream = self.detach()
        if stream.closed():  # the client has gone before its answer
            return
        if session is None:
            await adopt(stream, engine.open_websocket(self.asked.packed, switching))
        else:
            await adopt(stream, engine.probe(session, switching))
