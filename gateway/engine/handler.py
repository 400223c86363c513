"""The HTTP face of the engine: handshake, polls, posts, and the upgrade to WebSocket.

Rules of this file:
- Whatever is wrong with a request is answered with a refusal, and before a 101.
- A poll or a post whose client goes away ends its session.
"""

import asyncio
from typing import Final, cast

from tornado.iostream import StreamClosedError

from gateway.engine import handshake
from gateway.engine.adoption import adopt
from gateway.engine.exchange import Exchange
from gateway.engine.handshake import BAD_REQUEST, SHUTTING_DOWN, UNKNOWN_SID, Refusal
from gateway.engine.polling import Polling
from gateway.engine.reason import Reason
from gateway.engine.session import Session
from gateway.errors import PeerError
from gateway.wire import engineio, frames

BATCH: Final = 1_000  # packets of one post that are taken before the loop gets its turn


class EngineHandler(Exchange):
    """Every request below `socketio.path`."""

    polling: Polling | None = None  # of the session whose poll or post this is

    async def get(self) -> None:
        if self.is_refused():
            return
        if self.asked.query['transport'] == 'websocket':
            await self._upgrade()
        elif self.asked.query.get('sid'):
            await self._poll()
        else:
            session = self.engine.open(self.asked.packed)
            polling = session.transport = Polling(session)
            session.send(self.engine.handshake(session.sid, upgrades=True))
            await self._answer(polling, await polling.poll())

    async def post(self) -> None:
        if self.is_refused():
            return
        polling = cast(Polling, self.polling)
        session = polling.session
        if session.sid not in self.engine.sockets:  # it ended before this body came
            self.answer_refusal(UNKNOWN_SID)
            return
        try:
            for number, (packet, is_binary) in enumerate(
                engineio.decode_payload(bytes(self.body)), 1
            ):
                if session.closed:
                    break
                if session.transport is not polling:
                    raise PeerError('a post goes on after the upgrade')
                if is_binary:
                    session.receive_binary(packet)
                elif packet == engineio.CLOSE:
                    polling.leave()
                else:
                    session.receive(packet)
                await polling.drained()
                if not number % BATCH:
                    await asyncio.sleep(0)
        except PeerError as error:
            self.answer_refusal(self._end(session, error))
            return
        except Exception:
            session.close(Reason.SERVER_ERROR, frames.INTERNAL_ERROR)
            raise
        self.set_header('Content-Type', 'text/html')
        self.finish(b'ok')

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self.polling is not None:
            self.polling.leave()

    def release(self) -> None:
        if self.polling is not None and self.request.method == 'POST':
            self.polling.posting = False
            self.engine.counters.bytes_received += len(self.body)
        self.polling = None

    def examine(self) -> Refusal | None:
        """What is wrong with the request, as far as its headers tell."""
        engine, sid = self.engine, self.asked.query.get('sid')
        refusal = handshake.check(self.asked, self.terms.transports)
        if refusal is not None:
            return refusal
        if not sid:
            return SHUTTING_DOWN if engine.draining else None
        if sid in engine.lingering and self.request.method == 'GET':
            return None
        session = engine.sockets.get(sid)
        refusal = handshake.check_session(self.asked, session.transport.name if session else None)
        if refusal is None and session is not None and self.request.method == 'POST':
            return self._begin_post(session)
        return refusal

    def _begin_post(self, session: Session) -> Refusal | None:
        """One at a time, from its headers to its answer."""
        polling = cast(Polling, session.transport)
        if polling.posting:
            return self._end(session, PeerError('two posts at a time'))
        polling.posting = True
        self.polling = polling
        return None

    async def _answer(self, polling: Polling, packets: list[engineio.Packet]) -> None:
        """Give `packets` to a poll, which is under way until all of it is written."""
        body = engineio.encode_payload(packets)
        self.set_header('Content-Type', 'text/plain; charset=UTF-8')
        self.set_header('Content-Length', str(len(body)))
        self.write(body)
        self.flush()
        try:
            polling.sent = self.connection.stream.write(b'')  # done when all before it is
        except StreamClosedError:
            polling.lose(packets)
            return
        finally:
            self.finish()
        if not polling.sent.done():
            settings = self.engine.settings
            await asyncio.wait(
                [polling.sent], timeout=settings.ping_interval + settings.ping_timeout
            )
            if not polling.sent.done():
                self.connection.stream.close()
        if polling.sent.exception():
            polling.lose(packets)

    async def _poll(self) -> None:
        engine, sid = self.engine, self.asked.query['sid']
        if sid in engine.lingering:
            polling = engine.lingered(sid)
            await self._answer(polling, polling.farewell)
            return
        session = engine.sockets.get(sid)
        if session is None or not isinstance(session.transport, Polling):
            self.answer_refusal(UNKNOWN_SID if session is None else BAD_REQUEST)
            return
        polling = session.transport
        try:
            self.polling = polling
            packets = await polling.poll()
        except PeerError as error:
            self.polling = None
            self.answer_refusal(self._end(session, error))
            return
        self.polling = None
        await self._answer(polling, packets)

    def _end(self, session: Session, error: PeerError) -> Refusal:
        """The client has broken the protocol: 400, and its session ends."""
        session.close(Reason.PROTOCOL_ERROR, error.close_code, str(error))
        return BAD_REQUEST

    async def _upgrade(self) -> None:
        """Answer 101 and hand the socket over, for a new session or as the probe of one."""
        engine, sid = self.engine, self.asked.query.get('sid') or None
        switching = handshake.switch(self.asked, engine.settings.compression is not None)
        if self.request.version == 'HTTP/1.0':  # RFC 6455, section 4.1
            switching = BAD_REQUEST
        if isinstance(switching, Refusal):
            self.answer_refusal(switching)
            return
        session = engine.sockets.get(sid) if sid is not None else None
        if sid is not None and (session is None or session.upgraded or session.probe is not None):
            self.answer_refusal(UNKNOWN_SID if session is None else BAD_REQUEST)
            return
        stream = self.detach()
        if stream.closed():  # the client has gone before its answer
            return
        if session is None:
            await adopt(stream, engine.open_websocket(self.asked.packed, switching))
        else:
            await adopt(stream, engine.probe(session, switching))
