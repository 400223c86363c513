"""The client manager: the way from one emit to many.

Rules of this file:
- There is one emit path, `deliver`: whoever emits, an event is encoded once for each serializer.
- A node alone knows all clients there are; what is meant for others has nowhere to go (`cluster`).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any

from socketio import exceptions

from gateway.engine.flusher import Flusher
from gateway.engine.session import Session
from gateway.hub.asking import Survey
from gateway.hub.membership import Membership
from gateway.hub.message import Message
from gateway.hub.serializer import CODECS
from gateway.hub.space import Namespace, room_name
from gateway.hub.target import EVERYONE, Target
from gateway.wire import engineio
from gateway.wire.codec import Codec


class FanoutManager(Membership):
    """python-socketio's manager interface over the tables of `membership.py`."""

    flusher: Flusher

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        self.flusher = server.eio.flusher
        self.codecs = CODECS[server.eio.settings.serializer]

    # One emit path.

    def deliver(
        self, message: Message, to: Target, skip: Target | None = None, volatile: bool = False
    ) -> None:
        """Queue `message` for everyone whom `to` names and `skip` does not, once each.

        It is encoded before anything is queued, and at least once: an empty room is no reason to
        take what can't be sent.
        """
        space = self.spaces.get(message.namespace)
        if space is None:
            message.packet(self.codecs[0])
            return
        sessions = space.recipients(to, skip)
        if volatile:
            sessions = self.flusher.prompt(sessions)
        pending = space.pending(to.sids) if to.sids else ()
        later = [(one, message.packet(one.session.codec)) for one in pending]
        if 0 < space.others < len(space.members):
            for packet, recipients in self._shares(message, sessions):
                self._queue(packet, recipients, to)
        else:
            self._queue(message.packet(self.codecs[space.others > 0]), sessions, to)
        for client, packet in later:
            client.do(partial(client.give, packet))

    def _queue(self, packet: engineio.Packet, sessions: Collection[Session], to: Target) -> None:
        if to.everyone or to.rooms:
            self.flusher.broadcast(sessions, packet)
        else:
            for session in sessions:
                session.send(packet)

    def _shares(
        self, message: Message, sessions: Collection[Session]
    ) -> list[tuple[engineio.Packet, Collection[Session]]]:
        """A packet for each serializer that is spoken, and who of `sessions` gets it."""
        parts = [
            (spoken, [session for session in sessions if session.codec is spoken])
            for spoken in self.codecs
        ]
        return [
            (message.packet(spoken), part)
            for spoken, part in [pair for pair in parts if pair[1]] or parts[:1]
        ]

    def spoken(self, namespace: str) -> Sequence[Codec]:
        """The serializers of the clients of a namespace; without any, the usual one."""
        space = self.spaces.get(namespace)
        if space is None or not space.others:
            return self.codecs[:1]
        return self.codecs[1:] if space.others == len(space.members) else self.codecs

    def target(self, namespace: str, to: Any) -> Target:
        """python-socketio's `to`: None, a sid, a room's name, or a list of them."""
        if to is None:
            return EVERYONE
        space = self.spaces.get(namespace)
        names = [room_name(to)] if isinstance(to, (str, int)) else [room_name(name) for name in to]
        known = space.clients if space is not None else {}
        sids = tuple(name for name in names if name in known)
        rooms = tuple(name for name in names if name not in known)
        return Target(sids=sids, rooms=rooms, loose=True)

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callable[..., Any] | None = None,
        to: Any = None,
        **kwargs: Any,
    ) -> None:
        target, skip = self.target(namespace, to or room), left_out(skip_sid)
        if callback is None:
            self.deliver(Message(namespace, [event, *arguments(data)]), target, skip)
        else:
            self.ask_all(Message(namespace, [event, *arguments(data)]), target, skip, callback)

    def ask_all(
        self, message: Message, to: Target, skip: Target | None, callback: Callable[..., Any]
    ) -> None:
        """Emit, and call back for each client that acknowledges it."""
        namespace = message.namespace
        space = self.spaces.get(namespace, Namespace())
        clients = space.pending(to.sids)
        clients += [session.clients[namespace] for session in space.recipients(to, skip)]
        message.encode({one.session.codec for one in clients})
        for client in clients:  # whom nothing refuses any more
            self.ask(client, message.data, callback)

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        space = self.spaces.get(namespace, Namespace())
        for session in list(space.recipients(self.target(namespace, room), None)):
            yield session.clients[namespace].sid, session.sid

    async def survey(
        self,
        namespace: str,
        event: str,
        args: Sequence[Any],
        to: Target,
        skip: Target | None,
        timeout: float,
    ) -> Survey:
        """What each of these clients acknowledges."""
        found: Survey = await self.server.surveys.run(namespace, event, args, to, skip, timeout)
        return found

    async def call_elsewhere(
        self, event: str, data: Any, sid: str, namespace: str, timeout: float
    ) -> tuple[Any, ...]:
        """What a client that is not here acknowledges: there is none."""
        raise exceptions.TimeoutError

    def ask_elsewhere(self, message: Message, sid: str, callback: Callable[..., Any]) -> bool:
        """Emit to `sid`, which is no client here, and call back with what it acknowledges; to
        everyone, without, where it is a room's name. False where all clients are here."""
        return False

    def move_elsewhere(
        self, verb: str, namespace: str, whom: Target, rooms: Sequence[str], reason: str | None
    ) -> None:
        """`join`, `leave` or `disconnect` of clients that are not here: there are none."""


def left_out(sids: Any) -> Target | None:
    """python-socketio's `skip_sid`: None, a sid, or a list of them."""
    if sids is None:
        return None
    return Target(sids=(sids,) if isinstance(sids, str) else tuple(sids))


def arguments(data: Any) -> list[Any]:
    """python-socketio's `data`: a tuple holds several arguments, None is none."""
    return list(data) if isinstance(data, tuple) else [] if data is None else [data]
