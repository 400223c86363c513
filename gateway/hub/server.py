"""SocketServer: python-socketio's AsyncServer with our engine, our fan-out and our dispatch.

Rules of this file:
- One way in (`_handle_connect`) and one way out (`_leave`) for every client.
- Who may not come in by the router's word is not shown to any handler.
- Acceptance is atomic: before the CONNECT reply nothing reaches a client; what its own connect
  handler joined and sent is done right after it, in order, or never.
"""

import asyncio
import inspect
import logging
from collections import Counter
from collections.abc import Awaitable, Collection
from typing import Any, Final

from socketio.exceptions import ConnectionRefusedError as HandlerRefused

from gateway.config.model import SocketIO
from gateway.engine.reason import Reason
from gateway.engine.request import Networks
from gateway.engine.server import EngineServer
from gateway.engine.session import Session
from gateway.engine.turn import Turn
from gateway.engine.wheel import Wheel
from gateway.errors import PeerError, Refused
from gateway.hub import access, handlers, serializer
from gateway.hub.asking import Surveys
from gateway.hub.assembly import Assembly
from gateway.hub.client import Client, State
from gateway.hub.events import Events
from gateway.hub.fanout import FanoutManager
from gateway.hub.routes import NoRoutes, Router
from gateway.hub.tasks import is_cancelled
from gateway.wire import codec

log = logging.getLogger(__name__)

MAX_NAMESPACES: Final = 100  # that one session may have joined
EXPIRY_TICK: Final = 1.0  # seconds by which a token may be served too long, twice


class SocketServer(Events):
    """`settings` is the configuration's `socketio` section; `trusted` are proxies' networks."""

    eio: EngineServer

    def __init__(self, settings: SocketIO, trusted: Networks = (), **options: Any) -> None:
        upstream = logging.getLogger('gateway.upstream')
        upstream.setLevel(logging.WARNING)  # their lines of INFO hold what clients sent
        super().__init__(
            client_manager=options.pop('client_manager', None) or FanoutManager(),
            logger=upstream,
            engineio_logger=upstream,
            settings=settings,
            trusted=trusted,
            **options,
        )
        self.router: Router = NoRoutes()
        self._tasks = {}
        self.connects_refused = Counter()
        self._vacated: Collection[str] = ()  # namespaces that go with their class
        self.expirations = Wheel(EXPIRY_TICK, self._expire)
        self.surveys = Surveys(self.manager)

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    # What a session brings.

    def _handle_eio_connect(self, session: Session) -> None:
        session.codec = self.manager.codecs[0]
        if not self.manager_initialized:
            self.manager_initialized = True
            self.manager.initialize()

    def _handle_eio_message(self, session: Session, message: bytes, is_binary: bool) -> None:
        if session.assembly is not None:
            self._assemble(session, message, is_binary)
            return
        is_spoken = is_binary is session.codec.is_binary
        if not is_spoken and not serializer.switch(session, message, self.manager.codecs):
            return
        kind, namespace, id, data, attachments = session.codec.decode(message)
        if attachments:
            if namespace not in session.clients:
                raise PeerError('binary event in a namespace that was not joined')
            limit = session.settings.max_payload
            session.assembly = Assembly(kind, namespace, id, data, attachments, limit)
            session.assembly.taken = session.taken
            self._expect(session)
        else:
            self._dispatch(session, kind, namespace, id, data)

    def _assemble(self, session: Session, message: bytes, is_binary: bool) -> None:
        assembly = session.assembly
        if not is_binary:
            raise PeerError('attachment out of place')
        if assembly.add(message):
            session.assembly = None
            session.taken = assembly.taken
            self._expect(session)
            self._dispatch(session, assembly.kind, assembly.namespace, assembly.id, assembly.data())

    def _handle_eio_disconnect(self, session: Session, reason: Reason) -> None:
        session.assembly = None
        for client in filter(None, list(session.clients.values())):
            self._leave(client, reason)
        session.clients.clear()

    def _dispatch(
        self, session: Session, kind: int, namespace: str, id: int | None, data: Any
    ) -> None:
        client = session.clients.get(namespace)
        if kind == codec.CONNECT:
            self._handle_connect(session, namespace, data)
        elif client is None:
            if namespace not in session.clients:  # else it could not know yet that it has left
                raise PeerError('namespace was not joined')
        elif client.state is not State.MEMBER:
            if kind == codec.DISCONNECT:
                self._handle_disconnect(client)
            elif client.state is State.PENDING:
                raise PeerError('packet before the namespace was joined')
        elif kind in (codec.EVENT, codec.BINARY_EVENT):
            self._handle_event(client, id, data)
        elif kind == codec.DISCONNECT:
            self._handle_disconnect(client)
        else:
            self._handle_ack(client, id, data)

    # Connecting.

    def _handle_connect(self, session: Session, namespace: str, auth: Any) -> None:
        if session.clients.get(namespace) is not None or len(session.clients) >= MAX_NAMESPACES:
            raise PeerError('namespace is joined already, or too many are')
        if not self._knows(namespace):
            self._refused(session, namespace, handlers.INVALID_NAMESPACE['message'])
            session.send(handlers.unknown_namespace(session, namespace))
            return
        sid = self.manager.mark + self.eio.generate_id()
        client = Client(sid, namespace, session, auth)
        session.clients[namespace] = client
        self.manager.add(client)
        try:
            self.router.authenticate(client)
            handler = handlers.find(self, namespace, 'connect')
            if handler is None:
                accepted: Any = self.router.connect(client)
            else:
                accepted = handlers.call_connect(handler, client)
        except (Exception, SystemExit) as error:
            self._refuse(client, error)
            return
        if inspect.isawaitable(accepted):
            self.run(client, self._await_connect(client, accepted), 'a connect handler')
        else:
            self._decide(client, accepted)

    async def _await_connect(self, client: Client, accepted: Awaitable[Any]) -> None:
        try:
            self._decide(client, await accepted)
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            if is_cancelled():
                raise
            self._refuse(client, error)

    def _decide(self, client: Client, accepted: Any) -> None:
        if client.state is not State.PENDING:  # its session ended meanwhile
            return
        if accepted is False:
            self._refuse(client, HandlerRefused())
            return
        self.manager.admit(client)
        self._expect(client.session)
        client.send(codec.CONNECT, {'sid': client.sid})
        access.came(client)
        staged, client.staged = client.staged or [], None
        for operation in staged:
            try:
                operation()
            except Exception:
                told = client.told('connect')
                log.exception('%s: a step of its connect handler failed', client.sid, extra=told)

    def _refuse(self, client: Client, error: BaseException) -> None:
        if client.state is not State.PENDING:
            return
        self.manager.remove(client)
        self.expirations.clear(client)
        del client.session.clients[client.namespace]
        self._refused(client.session, client.namespace, handlers.why(error))
        client.session.send(handlers.refusal(client, error))
        self._expect(client.session)

    def _refused(self, session: Session, namespace: str, why: str) -> None:
        self.connects_refused[self.router.label(namespace)] += 1
        access.refused(session, namespace, why)

    def _knows(self, namespace: str) -> bool:
        if self.router.knows(namespace):
            return True
        if handlers.has(self, namespace) and namespace not in self._vacated:
            return True
        return isinstance(self.router, NoRoutes) and (
            self.namespaces == '*' or namespace in self.namespaces
        )

    # Disconnecting.

    def _handle_disconnect(self, client: Client) -> None:
        session = client.session
        del session.clients[client.namespace]
        self._leave(client, Reason.CLIENT_DISCONNECT)
        self._expect(session)

    def _leave(self, client: Client, reason: str) -> None:
        """The one way out: an accepted client's disconnect handler runs once."""
        if client.state is not State.MEMBER:
            if client.state is State.PENDING:
                self.manager.remove(client)
                self.expirations.clear(client)
            return
        self.manager.expel(client)
        self.expirations.clear(client)
        access.left(client, reason)
        handler = handlers.find(self, client.namespace, 'disconnect')
        try:
            if handler is None:
                result: Any = self.router.disconnect(client, reason)
            else:
                result = handlers.call_disconnect(handler, client, reason)
        except (Exception, SystemExit):
            told = client.told('disconnect')
            log.exception('%s: its disconnect handler failed', client.sid, extra=told)
            result = None
        if inspect.isawaitable(result):
            self.run(client, self._await_disconnect(client, result), 'a disconnect handler')
        else:
            self.manager.remove(client)

    async def _await_disconnect(self, client: Client, result: Awaitable[Any]) -> None:
        try:
            await result
        except (Exception, SystemExit):
            told = client.told('disconnect')
            log.exception('%s: its disconnect handler failed', client.sid, extra=told)
        finally:
            self.manager.remove(client)

    def _kick(self, client: Client, reason: str) -> None:
        if client.state is State.MEMBER:
            client.session.clients[client.namespace] = None  # it may not know yet
            client.send(codec.DISCONNECT)
            self._leave(client, reason)
            self._expect(client.session)

    def _expire(self, client: Client) -> None:
        """Its token has: a member is disconnected, one that is still being asked is refused."""
        if client.state is State.PENDING:
            self._refuse(client, Refused('token_expired'))
        else:
            self._kick(client, Reason.TOKEN_EXPIRED)

    async def vacate(self, classes: Collection[str]) -> int:
        """Disconnect who is in a namespace that no route knows any more; how many they were.

        Those of `classes` still have their class, which hears of it, and loses them with it.
        Nobody comes in behind those who leave.
        """
        count, turn, self._vacated = 0, Turn(), classes
        for name in [name for name in self.manager.spaces if not self._knows(name)]:
            space = self.manager.spaces.get(name)  # gone, where its last client was quicker
            for client in list(space.clients.values()) if space is not None else ():
                if client.state is State.PENDING:
                    self._refuse(client, Refused(handlers.INVALID_NAMESPACE['message']))
                elif client.state is State.MEMBER:
                    count += 1
                    self._kick(client, Reason.NAMESPACE_GONE)
                await turn.give()
        for name in classes:
            self.namespace_handlers.pop(name, None)
        self._vacated = ()
        return count

    def _expect(self, session: Session) -> None:
        """Its deadline: to finish a binary event, or, without clients, to join a namespace.

        Who is refused again and again gains no time.
        """
        if session.closed:
            return
        if session.assembly is not None:
            self.eio.deadlines.set(session, self.eio.settings.ping_timeout)
        elif any(session.clients.values()):
            self.eio.deadlines.clear(session)
        elif session not in self.eio.deadlines:
            self.eio.deadlines.set(session, self.eio.settings.connect_timeout)
