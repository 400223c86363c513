"""What others call: the routes, and code that was written for python-socketio.

Rules of this file:
- What routes call is synchronous and queues. `origin` is the client whose route it is: while that
  is pending, what it does waits (see `Client.do`).
- python-socketio's methods keep their documented behaviour; here are those that know of sessions.
"""

import asyncio
import logging
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import socketio
from socketio import exceptions

from gateway.engine.drain import Drain
from gateway.engine.reason import Reason
from gateway.engine.session import Session
from gateway.engine.wheel import Wheel
from gateway.hub.asking import Survey, Surveys
from gateway.hub.client import Client, State
from gateway.hub.fanout import FanoutManager
from gateway.hub.message import Message
from gateway.hub.routes import Router
from gateway.hub.target import Target
from gateway.wire import codec

log = logging.getLogger(__name__)

MOST_NAMED: Final = 10  # kinds of what a stop cuts


class Api(socketio.AsyncServer):
    """The outside of SocketServer."""

    manager: FanoutManager
    router: Router
    events_refused = 0  # while too many others of their client went on
    events_direct = 0  # taken by a handler of python-socketio's, before the routes were asked
    events_abandoned = 0  # they waited for another one to end, and their client has left
    connects_refused: Counter[str]  # by the namespace, or its pattern
    expirations: Wheel[Client]
    surveys: Surveys
    _tasks: dict[asyncio.Task[None], Session]  # handlers that have not finished

    @abstractmethod
    def _kick(self, client: Client, reason: str) -> None:
        """Disconnect a client from its namespace now."""

    def publish(
        self,
        namespace: str,
        event: str,
        args: Sequence[Any],
        to: Target,
        skip: Target | None = None,
        volatile: bool = False,
        origin: Client | None = None,
    ) -> None:
        """Emit an event. ValueError where a value can't be encoded."""
        message = Message(namespace, [event, *args])
        if origin is None or origin.staged is None:
            self.manager.deliver(message, to, skip, volatile)
        else:
            message.encode(self.manager.codecs)  # what the value becomes later is not sent
            origin.do(partial(self.manager.deliver, message, to, skip, volatile))

    def draft(self, namespace: str, event: str, args: Sequence[Any]) -> Message:
        """An event, encoded for the clients of its namespace; ValueError where it can't be."""
        message = Message(namespace, [event, *args])
        message.encode(self.manager.spoken(namespace))
        return message

    def ack(self, client: Client, id: int | None, args: Sequence[Any]) -> None:
        """Answer an event; nothing is sent where the client asked for nothing (`id` None).

        A client that has left may be back with the same ids: the answer is not for that one.
        """
        if id is not None and client.state is State.MEMBER:
            session = client.session
            session.send(session.codec.encode(codec.ACK, client.namespace, args, id))

    def ask(
        self, client: Client, event: str, args: Sequence[Any], answered: Callable[..., Any]
    ) -> None:
        """Emit to one client; `answered` is called with what it acknowledges, on the loop."""
        self.manager.ask(client, [event, *args], answered)

    def ask_elsewhere(self, message: Message, sid: str, answered: Callable[..., Any]) -> bool:
        """The same for one that another gateway may have; False where there is no other."""
        return self.manager.ask_elsewhere(message, sid, answered)

    def message(self, namespace: str, event: str, args: Sequence[Any]) -> Message:
        """An event that is encoded now, by whatever thread; ValueError where it can't be."""
        message = Message(namespace, [event, *args])
        message.encode(self.manager.codecs)
        return message

    def post(
        self, message: Message, to: Any, skip: Sequence[str] = (), volatile: bool = False
    ) -> None:
        """Emit to a Target, or to whom python-socketio's `to` names; but to no sid of `skip`."""
        target = to if isinstance(to, Target) else self.manager.target(message.namespace, to)
        left_out = Target(sids=tuple(skip)) if skip else None
        self.manager.deliver(message, target, left_out, volatile)

    def members(self, namespace: str, room: str) -> list[Client]:
        """Who is in a room."""
        return self.manager.members(namespace, room)

    def headcount(self, namespace: str, room: str) -> int:
        """How many they are."""
        return self.manager.headcount(namespace, room)

    def client(self, sid: str, namespace: str) -> Client | None:
        """The client with that sid: pending, member or leaving."""
        return self.manager.client(sid, namespace)

    def expire(self, client: Client, seconds: float) -> None:
        """Disconnect it then: its token is no longer good."""
        self.expirations.set(client, seconds)

    def join(self, client: Client, room: str) -> None:
        """ValueError where the room's name is unfit."""
        self.manager.join(client, room)

    def leave(self, client: Client, room: str) -> None:
        """ValueError where the room's name is unfit."""
        self.manager.leave(client, room)

    def drop_room(self, namespace: str, room: str, origin: Client | None) -> None:
        """Take everybody out of a room."""
        operation = partial(self.manager.drop, room, namespace)
        if origin is None:
            operation()
        else:
            origin.do(operation)

    def move_elsewhere(
        self, verb: str, namespace: str, whom: Target, rooms: Sequence[str], reason: str | None
    ) -> None:
        """`join`, `leave` or `disconnect` of clients that other gateways may have."""
        self.manager.move_elsewhere(verb, namespace, whom, rooms, reason)

    async def survey(
        self,
        namespace: str,
        event: str,
        args: Sequence[Any],
        to: Target,
        skip: Target | None,
        timeout: float,
    ) -> Survey:
        """Emit to many, and what each acknowledges within `timeout` seconds."""
        return await self.manager.survey(namespace, event, args, to, skip, timeout)

    def kick(self, client: Client, reason: str = Reason.SERVER_DISCONNECT) -> None:
        """Disconnect a client from its namespace; its session stays (DISCONNECT, section 5)."""
        client.do(partial(self._kick, client, reason))

    # python-socketio's public methods that know of sessions.

    async def disconnect(
        self, sid: str, namespace: str | None = None, ignore_queue: bool = False
    ) -> None:
        client = self.manager.client(sid, namespace or '/')
        if client is not None:
            self.kick(client)
        elif not ignore_queue:
            await self.manager.can_disconnect(sid, namespace or '/')

    async def shutdown(
        self, timeout: float = 0, spread: float = 0, hurry: asyncio.Event | None = None
    ) -> None:
        """Close every session, and wait for closing handshakes and handlers at most `timeout`.

        A crowd is told over `spread` seconds; where `hurry` is set nothing is waited for.
        """
        drain = Drain(timeout, hurry=hurry)
        await self.eio.shutdown(timeout, spread, hurry)
        await drain.rest(lambda: bool(self._tasks))
        if cut := Counter(task.get_name() for task in self._tasks):
            names = ', '.join(f'{name} ({count:,})' for name, count in cut.most_common(MOST_NAMED))
            log.warning('cut short by the stop: %s', names)

    async def call(
        self,
        event: str,
        data: Any = None,
        to: str | None = None,
        sid: str | None = None,
        namespace: str | None = None,
        timeout: float = 60,
        ignore_queue: bool = False,
    ) -> Any:
        recipient = to or sid
        if recipient is None:
            raise ValueError('Cannot use call() to broadcast.')
        client = self.manager.client(recipient, namespace or '/')
        if client is None and not ignore_queue:
            return only(
                await self.manager.call_elsewhere(event, data, recipient, namespace or '/', timeout)
            )
        if client is None or client.state is not State.MEMBER:
            raise exceptions.TimeoutError  # there will be no answer
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def answered(*args: Any) -> None:
            if not answer.done():
                answer.set_result(args)

        await self.emit(
            event,
            data=data,
            to=recipient,
            namespace=namespace,
            callback=answered,
            ignore_queue=ignore_queue,
        )
        if client.calls is None:
            client.calls = set()
        client.calls.add(answer)
        client.session.asks()
        try:
            args = await asyncio.wait_for(answer, timeout)
        except TimeoutError:
            raise exceptions.TimeoutError from None
        finally:
            client.session.answered()
            client.calls.discard(answer)
            self.manager.cancel_callback(recipient, namespace or '/', answered)
        return only(args)

    async def get_session(self, sid: str, namespace: str | None = None) -> dict[Any, Any]:
        return self._client(sid, namespace).data

    async def save_session(
        self, sid: str, session: dict[Any, Any], namespace: str | None = None
    ) -> None:
        self._client(sid, namespace).data = session

    def get_environ(self, sid: str, namespace: str | None = None) -> dict[str, Any] | None:
        client = self.manager.client(sid, namespace or '/')
        return client.request.environ() if client is not None else None

    def transport(self, sid: str, namespace: str | None = None) -> str:
        return self._client(sid, namespace).session.transport.name

    def _client(self, sid: str, namespace: str | None) -> Client:
        client = self.manager.client(sid, namespace or '/')
        if client is None:
            raise KeyError('Session not found')
        return client


def only(args: Sequence[Any]) -> Any:
    """python-socketio's form of what a client acknowledges: one value for one argument."""
    return tuple(args) if len(args) > 1 else args[0] if args else None
