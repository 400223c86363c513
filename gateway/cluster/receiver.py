"""What others say through the queue, done here.

Rules of this file:
- A wrong message is refused, counted and logged by its kind; it hurts nobody.
- Numbered messages of gateways come by `peers.py`, in order and once; all others as they arrive.
- Nothing that comes from the queue is sent on.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gateway.cluster import wire
from gateway.cluster.peers import Peers
from gateway.cluster.quiet import Quiet
from gateway.cluster.wire import Malformed
from gateway.engine.reason import Reason
from gateway.engine.turn import Turn
from gateway.errors import ActionError
from gateway.hub.asking import Survey
from gateway.hub.client import Client
from gateway.hub.fanout import FanoutManager, left_out
from gateway.hub.message import Message
from gateway.hub.space import room_name
from gateway.hub.target import Target
from gateway.wire import http_json

if TYPE_CHECKING:
    from gateway.cluster.manager import ClusterManager

log = logging.getLogger('gateway.cluster')

PART: Final = 500_000  # bytes of the answers in one message

REFUSED: Final = {
    'pickle': 'pickled: python-socketio sends JSON since 5.14, and Flask-SocketIO by it',
    'json': 'not JSON',
    'form': 'not as python-socketio writes it',
    'failed': 'it failed here',
}

Said: TypeAlias = dict[str, Any]


class Receiver:
    """`heard` gets each message of the queue."""

    def __init__(self, manager: 'ClusterManager') -> None:
        self.peers = Peers(self._take, self._ask_again, manager.counts)
        self._manager = manager
        self._counts = manager.counts
        self._mark = manager.writer.mark
        self._lines = {kind: Quiet(f'a message is refused: {why}') for kind, why in REFUSED.items()}
        self._tasks: set[asyncio.Task[None]] = set()
        self._verbs: dict[str, Callable[[Said], None]] = {
            'emit': self._emit,
            'disconnect': self._disconnect,
            'enter_room': self._enter_room,
            'leave_room': self._leave_room,
            'close_room': self._close_room,
            'callback': self._callback,
            wire.EMIT: self._emit,
            wire.MOVE: self._move,
            wire.BEAT: self._beat,
            wire.RESEND: self._again,
            wire.GONE: self._gone,
            wire.ASK: self._ask,
            wire.ANSWERS: self._answers,
        }

    def heard(self, body: bytes) -> None:
        """One message, whatever it is."""
        if body.startswith(self._mark):
            if wire.is_beat(body):
                self.peers.begin()
                self._manager.subscription.own_heartbeat()
            return
        self._counts.heard += 1
        try:
            message = wire.read(body)
            known = wire.ours(message)
            host = known.get('from') or message.get('host_id')
            if 'seq' not in known or not isinstance(host, str):
                self._take(message)
            elif host != self._manager.host_id:
                self.peers.message(host, wire.number(known, 'seq'), message)
        except Malformed as error:
            self._refuse(error.kind)

    def _take(self, message: Said) -> None:
        do = self._verbs.get(message['method'])
        try:
            if do is not None:
                do(message)
        except Malformed as error:
            self._refuse(error.kind)
        except ValueError:  # a name that is unfit, a value that no client can be sent
            self._refuse('form')
        except Exception:
            self._counts.refused['failed'] += 1
            self._lines['failed'].warn(exc_info=True)

    # python-socketio's.

    def _emit(self, message: Said) -> None:
        manager, body = self._manager, wire.ours(message)
        namespace = wire.text(message, 'namespace', '/')
        space = manager.spaces.get(namespace)
        if space is None:
            return
        to, skip = self._whom(namespace, message, body)
        if not space.reaches(to):  # as often: what it holds need not be looked at
            return
        event = Message(namespace, wire.event(message))
        callback = wire.callback(message)
        one = body.get('one') is True  # a room's members do not call back
        if callback is not None and 'host_id' in message and (to.sids or not one):
            asker, is_ours = message['host_id'], 'gateway' in message
            back = partial(manager.acknowledge, asker, is_ours, *callback)
            FanoutManager.ask_all(manager, event, to, skip, back)
        else:
            FanoutManager.deliver(manager, event, to, skip, body.get('volatile') is True)

    def _whom(self, namespace: str, message: Said, body: Said) -> tuple[Target, Target | None]:
        to, skip = wire.whom(message, body)
        if not isinstance(to, Target):
            to = self._manager.target(namespace, to)
        return to, skip if isinstance(skip, Target) else left_out(skip)

    def _disconnect(self, message: Said) -> None:
        client = self._client(message)
        if client is not None:
            reason = wire.ours(message).get('reason')
            self._manager.server.kick(client, reason or Reason.SERVER_DISCONNECT)

    def _enter_room(self, message: Said) -> None:
        client = self._client(message)
        if client is not None:
            self._manager.join(client, room_name(message.get('room')))

    def _leave_room(self, message: Said) -> None:
        client = self._client(message)
        if client is not None:
            self._manager.leave(client, room_name(message.get('room')))

    def _close_room(self, message: Said) -> None:
        name, namespace = room_name(message.get('room')), wire.text(message, 'namespace', '/')
        FanoutManager.drop(self._manager, name, namespace)

    def _callback(self, message: Said) -> None:
        args = wire.acknowledged(message)
        if message.get('host_id') == self._manager.host_id and isinstance(args, list):
            result = self._manager.questions.answered(message.get('id'), args)
            if inspect.isawaitable(result):
                self._spawn(finished(result))

    def _client(self, message: Said) -> Client | None:
        return self._manager.client(wire.text(message, 'sid'), wire.text(message, 'namespace', '/'))

    # Between gateways.

    def _beat(self, message: Said) -> None:
        told = wire.ours(message)
        age = told.get('age')
        if age is not None and not isinstance(age, (int, float)):
            raise Malformed('form')
        self.peers.beat(wire.text(message, 'host_id'), wire.number(told, 'last'), age)
        self._manager.namesake.heard(told.get('name'))

    def _ask_again(self, host: str, first: int, last: int) -> None:
        manager = self._manager
        manager.outbox.send_now(manager.writer.said(wire.RESEND, node=host, first=first, last=last))

    def _again(self, message: Said) -> None:
        """A node lacks some of our messages."""
        manager, asked = self._manager, wire.ours(message)
        if asked.get('node') != manager.host_id:
            return
        first, last = wire.number(asked, 'first'), wire.number(asked, 'last')
        found, before = manager.outbox.record.again(first, last)
        if before >= first:
            host = wire.text(message, 'host_id')
            manager.outbox.send_now(
                manager.writer.said(wire.GONE, node=host, last=min(before, last))
            )
        manager.outbox.repeat(found)

    def _gone(self, message: Said) -> None:
        told = wire.ours(message)
        if told.get('node') == self._manager.host_id:
            self.peers.gone(wire.text(message, 'host_id'), wire.number(told, 'last'))

    def _move(self, message: Said) -> None:
        """`join`, `leave` or `disconnect` of everyone in a room."""
        told = wire.ours(message)
        verb, rooms = wire.text(told, 'verb'), told.get('rooms', [])
        if verb not in {'join', 'leave', 'disconnect'} or not wire.is_names(rooms):
            raise Malformed('form')
        namespace, members = wire.text(message, 'namespace', '/'), wire.text(told, 'members')
        reason = told.get('reason')
        clients = self._manager.members(namespace, members)
        if verb == 'disconnect':
            self._spawn(self._ended_by_others(clients, reason))
            return
        move = self._manager.join if verb == 'join' else self._manager.leave
        for client in clients:  # at once: an emit to the room may be right behind
            with suppress(ValueError):  # it is in too many rooms
                for room in rooms:
                    move(client, room)

    async def _ended_by_others(self, clients: Sequence[Client], reason: Any) -> None:
        turn = Turn()
        for client in clients:
            self._manager.server.kick(client, reason or Reason.SERVER_DISCONNECT)
            await turn.give()

    def _ask(self, message: Said) -> None:
        told, namespace = wire.ours(message), wire.text(message, 'namespace', '/')
        number, timeout = wire.number(told, 'id'), told.get('timeout')
        if not isinstance(timeout, (int, float)) or not 0 < timeout <= 60:
            raise Malformed('form')
        event, *args = wire.event(message)
        whom = self._whom(namespace, message, told)
        asking = self._manager.server.surveys.run(namespace, event, args, *whom, timeout)
        self._spawn(self._tell(wire.text(message, 'host_id'), number, asking))

    async def _tell(self, host: str, number: int, asking: Awaitable[Survey]) -> None:
        """Ask our clients, and send what they answer, in parts."""
        manager = self._manager
        try:
            survey = await asking
        except (ActionError, ValueError):  # too many are asked, or nobody can be sent this
            return
        part: list[str] = []
        size = 0

        def say(missing: list[tuple[str, str]], is_last: bool) -> None:
            body = {'answers': part, 'missing': missing, 'is_last': is_last}
            manager.say(wire.ANSWERS, {'node': host, 'id': number, **body})

        for sid, args in survey.answers:
            try:
                part.append(http_json.dumps([sid, args]).decode())
            except ValueError:
                survey.missing.append((sid, 'no_json'))
                continue
            size += len(part[-1])
            if size > PART:
                say([], is_last=False)
                part, size = [], 0
                await asyncio.sleep(0)
        say(survey.missing, is_last=True)

    def _answers(self, message: Said) -> None:
        told = wire.ours(message)
        if told.get('node') != self._manager.host_id:
            return
        texts, missing = told.get('answers'), told.get('missing')
        if not wire.is_names(texts) or not isinstance(missing, list):
            raise Malformed('form')
        part = Survey(
            [tuple(http_json.loads(one.encode())) for one in texts],
            [(str(sid), str(why)) for sid, why in missing],
        )
        self._manager.questions.told(
            wire.number(told, 'id'),
            wire.text(message, 'host_id'),
            part,
            sum(map(len, texts)),
            told.get('is_last') is True,
        )

    def _spawn(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: 'asyncio.Task[None]') -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error('cluster: a message failed', exc_info=error)

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _refuse(self, kind: str) -> None:
        self._counts.refused[kind] += 1
        self._lines[kind].warn()


async def finished(result: Awaitable[Any]) -> None:
    await result
