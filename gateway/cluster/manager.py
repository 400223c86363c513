"""The client manager of a node: python-socketio's for queues, over our fan-out.

Rules of this file:
- The queue's class stands before the fan-out's: what python-socketio asks of other processes goes
  through the queue, and what is left to do here is done by the fan-out.
- Local clients first, without waiting; then the message is put into the outbox.
"""

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from socketio import exceptions
from socketio.async_pubsub_manager import AsyncPubSubManager

from gateway.cluster import wire
from gateway.cluster.buses.bus import Bus
from gateway.cluster.counters import Counters
from gateway.cluster.namesake import Namesake
from gateway.cluster.outbox import Outbox
from gateway.cluster.questions import GRACE, Questions
from gateway.cluster.quiet import Quiet
from gateway.cluster.receiver import Receiver
from gateway.cluster.record import Record
from gateway.cluster.subscription import Subscription
from gateway.cluster.wire import Emission, Writer
from gateway.config.cluster import Cluster
from gateway.hub.asking import Survey
from gateway.hub.fanout import FanoutManager, arguments, left_out
from gateway.hub.message import Message
from gateway.hub.target import Target


class ClusterManager(AsyncPubSubManager, FanoutManager):
    """python-socketio's `client_manager` of a gateway with `cluster`."""

    mark = '.'

    def __init__(self, bus: Bus, settings: Cluster) -> None:
        super().__init__(channel=settings.publish)  # type: ignore[no-untyped-call]
        self.host_id = uuid.uuid4().hex
        self.counts = Counters()
        self.writer = Writer(self.host_id)
        self.questions = Questions()
        self.namesake = Namesake(settings.node)
        self._name = {'name': settings.node} if settings.node else {}
        self.receiver = Receiver(self)
        record = Record(settings.queue, settings.queue_size)
        self.outbox = Outbox(bus, settings.publish, record, self.counts)
        self.subscription = Subscription(
            bus, settings.channels, self.receiver.heard, self._beat, self.counts
        )
        self._bus = bus
        self._began = monotonic()
        self._unsendable_line = Quiet('a message for others is lost: JSON cannot hold it')

    def initialize(self) -> None:
        """Nothing of python-socketio's own: its thread is not ours."""

    def start(self) -> None:
        """The running loop is the one from now on."""
        self.outbox.start()
        self.subscription.start()

    async def stop(self, timeout: float, hurry: asyncio.Event | None = None) -> None:
        """Publish what waits for at most `timeout` seconds, or until `hurry` is set meanwhile, and
        close the connections."""
        self.receiver.stop()
        await self.subscription.stop()
        await self.outbox.stop(timeout, hurry)
        await self._bus.close()

    def troubles(self) -> list[str]:
        """Why this node is no part of its cluster now; [] where it is."""
        found = (self.subscription.trouble, self.outbox.trouble)
        return list(dict.fromkeys(filter(None, found)))  # often both have the same

    # Emits.

    def deliver(
        self, message: Message, to: Target, skip: Target | None = None, volatile: bool = False
    ) -> None:
        super().deliver(message, to, skip, volatile)
        if not self._is_here(message.namespace, to):
            self._send(emission(message, to, skip, volatile))

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str | None = None,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callable[..., Any] | None = None,
        to: Any = None,
        **kwargs: Any,
    ) -> None:
        message = Message(namespace or '/', [event, *arguments(data)])
        target, skip = self.target(message.namespace, to or room), left_out(skip_sid)
        whose: type[FanoutManager] = FanoutManager if kwargs.get('ignore_queue') else ClusterManager
        if callback is None:
            whose.deliver(self, message, target, skip)
        else:
            whose.ask_all(self, message, target, skip, callback)

    def ask_all(
        self, message: Message, to: Target, skip: Target | None, callback: Callable[..., Any]
    ) -> None:
        super().ask_all(message, to, skip, callback)
        if not self._is_here(message.namespace, to):
            back = wire.room(to), message.namespace, self.questions.expect(callback)
            self._send(emission(message, to, skip, callback=back))

    async def survey(
        self,
        namespace: str,
        event: str,
        args: Sequence[Any],
        to: Target,
        skip: Target | None,
        timeout: float,
    ) -> Survey:
        """Of the clients of all nodes."""
        nodes = self.receiver.peers.alive()
        if not nodes or self._is_here(namespace, to):
            return await super().survey(namespace, event, args, to, skip, timeout)
        message = Message(namespace, [event, *args])
        message.encode(self.codecs)  # what no client can be sent, others are not asked
        until = monotonic() + timeout
        number = self.questions.survey(nodes)
        try:
            asked = emission(message, to, skip)
            is_sent = self._send(asked, wire.ASK, id=number, timeout=timeout)
            found = await super().survey(namespace, event, args, to, skip, timeout)
            left = max(0.0, until - monotonic()) if is_sent else -GRACE
            afar, silent = await self.questions.wait(number, left)
        finally:
            self.questions.end(number)
        return Survey([*found.answers, *afar.answers], [*found.missing, *afar.missing], silent)

    async def call_elsewhere(
        self, event: str, data: Any, sid: str, namespace: str, timeout: float
    ) -> tuple[Any, ...]:
        """What a client of another node acknowledges; TimeoutError of python-socketio."""
        answer: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

        def answered(*args: Any) -> None:
            if not answer.done():
                answer.set_result(args)

        number = self.questions.call(answered)
        back = sid, namespace, number
        to = Target(sids=(sid,))
        self._send(Emission(namespace, event, arguments(data), to, callback=back))
        try:
            with suppress(TimeoutError):
                return await asyncio.wait_for(answer, timeout)
            raise exceptions.TimeoutError
        finally:
            self.questions.forget(number)

    def ask_elsewhere(self, message: Message, sid: str, callback: Callable[..., Any]) -> bool:
        to = self.target(message.namespace, sid)
        if self.members(message.namespace, sid):
            return False
        back = sid, message.namespace, self.questions.expect(callback)
        self._send(emission(message, to, None, callback=back), one=True)
        return True

    def acknowledge(
        self, host: str, is_ours: bool, room: Any, namespace: str, number: Any, *args: Any
    ) -> None:
        """A client of ours has answered what another program has asked."""
        fields = {'sid': room, 'namespace': namespace, 'id': number, 'args': args}
        try:
            self.outbox.send(self.writer.callback(host, is_ours, fields))
        except ValueError:
            self._unsendable()

    # Rooms and clients.

    def drop(self, room: str, namespace: str) -> None:
        super().drop(room, namespace)
        self.say('close_room', room=room, namespace=namespace)

    def move_elsewhere(
        self, verb: str, namespace: str, whom: Target, rooms: Sequence[str], reason: str | None
    ) -> None:
        """`join`, `leave` or `disconnect` of a sid, or of everyone in a room, on other nodes."""
        for sid in whom.sids:
            if verb == 'disconnect':
                self.say('disconnect', {'reason': reason}, sid=sid, namespace=namespace)
            for room in rooms:
                method = {'join': 'enter_room', 'leave': 'leave_room'}[verb]
                self.say(method, sid=sid, room=room, namespace=namespace)
        for room in whom.rooms:
            body = {'verb': verb, 'members': room, 'rooms': list(rooms), 'reason': reason}
            self.say(wire.MOVE, body, namespace=namespace)

    # The queue.

    async def _publish(self, data: Mapping[str, Any]) -> None:
        """python-socketio's own messages."""
        self.say(**{key: value for key, value in data.items() if key != 'host_id'})

    def say(self, method: str, body: Mapping[str, Any] | None = None, **fields: Any) -> None:
        """A numbered message; `body` stands under `gateway`."""
        try:
            self.outbox.send(self.writer.asked(method, body, **fields))
        except ValueError:
            self._unsendable()

    def _send(self, found: Emission, method: str = '', **body: Any) -> bool:
        try:
            return self.outbox.send(self.writer.emission(found, method, **body))
        except ValueError:
            self._unsendable()
            return False

    def _unsendable(self) -> None:
        self.counts.unsendable += 1
        self._unsendable_line.warn()

    def _is_here(self, namespace: str, to: Target) -> bool:
        """Whether all of them are clients of this node."""
        if to.everyone or to.rooms:
            return False
        return all(self.client(sid, namespace) is not None for sid in to.sids)

    def _beat(self) -> bool:
        self.receiver.peers.tick()
        last, age = self.outbox.record.published, round(monotonic() - self._began, 1)
        self.outbox.send_now(self.writer.said(wire.BEAT, last=last, age=age, **self._name))
        return not self.outbox.trouble


def emission(
    message: Message,
    to: Target,
    skip: Target | None,
    volatile: bool = False,
    callback: tuple[Any, ...] | None = None,
) -> Emission:
    event, *args = message.data
    return Emission(message.namespace, event, args, to, skip, volatile, callback)
