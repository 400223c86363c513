"""What a hub owes each client, written down by its handlers; and whether it pays.

Rules of this file:
- `owed` holds, for each session, every message in the order in which it was queued. What a client
  receives must be the next of these, or stand behind volatile ones that were dropped.
- A slow handler is a function whose result is awaited: that it was called is known at once.
- Who is a member of what is known from the handlers alone, never from the hub's own tables.
- A namespace accepts at once (`/`), when a gate opens (`/slow`), never (`/no`); `/none` is unknown.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from socketio.exceptions import ConnectionRefusedError as Refused

from gateway.engine.reason import Reason
from gateway.hub.target import EVERYONE, Target
from tests.support.dialect import ACK, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT, Message
from tests.support.script import Client

REJECTED = {'message': 'Connection rejected by server'}
FAILED = {'error': {'code': 'handler_failed', 'message': 'the handler failed'}}
UNKNOWN = Message(CONNECT_ERROR, '/none', None, {'message': 'Invalid namespace'})


class Member:
    """One client of one namespace, as its handlers see it."""

    def __init__(self, sid: str, who: int, namespace: str) -> None:
        self.sid, self.who, self.namespace = sid, who, namespace
        self.state = 'pending'  # member, left, gone (never a member)
        self.staged: list[Callable[[], None]] = []
        self.rooms: set[str] = set()
        self.heard: list[int] = []
        self.asked = 0


class Ledger:
    """Registers its handlers with `hub`; `members` by sid, gone ones too."""

    def __init__(self, hub: Any) -> None:
        self.hub = hub
        self.tokens = count(1)
        self.members: dict[str, Member] = {}
        self.owed: dict[int, list[tuple[Message, bool]]] = defaultdict(list)  # and if volatile
        self.paid: Counter[int] = Counter()  # how much of it has been received or dropped
        self.checked: Counter[int] = Counter()  # how much of what was received has been looked at
        self.unknown: Counter[int] = Counter()  # refusals of a namespace that does not exist
        self.dropped = 0
        self.ended: dict[int, tuple[int, Reason]] = {}  # how much was owed then, and why
        self.left: Counter[str] = Counter()
        self.gates: list[asyncio.Future[str]] = []
        self.questions: dict[int, Member] = {}  # by token
        self.called: Counter[int] = Counter()  # their callbacks, by token
        self.failures = 0
        self.ending = False
        for namespace in ('/', '/slow'):
            for event in (self.echo, self.tell, self.later, self.say, self.move, self.fail):
                hub.on(event.__name__, event, namespace=namespace)
        hub.on('connect', self.connect, namespace='/')
        hub.on('connect', self.connect_slowly, namespace='/slow')
        hub.on('connect', self.refuse, namespace='/no')
        hub.on('disconnect', self.disconnect, namespace='/')
        hub.on('disconnect', self.disconnect_slowly, namespace='/slow')

    # Handlers: connecting.

    def connect(self, sid: str, environ: Any, auth: dict) -> None:
        member = self._enter(sid, auth, '/')
        self.put_in(member, 'lobby')
        self.emit('/', 'hello', to=sid)
        self._accept(member)

    async def connect_slowly(self, sid: str, environ: Any, auth: dict) -> bool:
        member = self._enter(sid, auth, '/slow')
        self.put_in(member, 'lobby')
        verdict = await self._gate()
        if not self.hub.manager.is_pre_connected(sid, '/slow'):
            member.state = 'gone'
            return True
        if verdict == 'accept':
            self._accept(member)
            return True
        member.state = 'gone'
        refusal = {'message': 'no'} if verdict == 'refuse' else REJECTED
        self._owe(member.who, Message(CONNECT_ERROR, '/slow', None, refusal))
        if verdict == 'refuse':
            raise Refused('no')
        return False

    def refuse(self, sid: str, environ: Any, auth: dict) -> bool:
        self._owe(auth['who'], Message(CONNECT_ERROR, '/no', None, REJECTED))
        return False

    def _enter(self, sid: str, auth: dict, namespace: str) -> Member:
        member = self.members[sid] = Member(sid, auth['who'], namespace)
        return member

    def _accept(self, member: Member) -> None:
        member.state = 'member'
        self._owe(member.who, Message(CONNECT, member.namespace, None, {'sid': member.sid}))
        for operation in member.staged:
            operation()

    async def _gate(self) -> str:
        """Wait until the test opens it; at the end all open."""
        if self.ending:
            return 'accept'
        gate = asyncio.get_running_loop().create_future()
        self.gates.append(gate)
        return await gate

    # Handlers: leaving.

    def disconnect(self, sid: str, reason: str) -> None:
        self._leave(sid, reason)
        for namespace in ('/', '/slow'):
            self.emit(namespace, 'left')

    def disconnect_slowly(self, sid: str, reason: str) -> Awaitable[str]:
        self._leave(sid, reason)
        return self._gate()

    def end(self) -> None:
        """Open all gates for good."""
        self.ending = True
        for gate in self.gates:
            gate.set_result('accept')
        self.gates.clear()

    def _leave(self, sid: str, reason: str) -> None:
        member = self.members[sid]
        assert member.state in ('member', 'kicked'), (member.state, 'was told of its end')
        member.state = 'left'
        member.rooms.clear()
        self.left[sid] += 1
        session = self.hub.manager.eio_sid_from_sid(sid, member.namespace)
        if session not in self.hub.eio.sockets and member.who not in self.ended:
            self.ended[member.who] = len(self.owed[member.who]), Reason(reason)

    # Handlers: events. The token is the id of the acknowledgement too.

    def echo(self, sid: str, token: int, *args: Any) -> tuple:
        self._ack(self._hear(sid, token), token, [token, *args])
        return (token, *args)

    def tell(self, sid: str, token: int) -> None:
        self._hear(sid, token)

    def later(self, sid: str, token: int) -> Awaitable[int]:
        return self._answer(self._hear(sid, token), token)

    async def _answer(self, member: Member, token: int) -> int:
        await self._gate()
        self._ack(member, token, [token])
        return token

    def say(self, sid: str, token: int, room: str) -> None:
        member = self._hear(sid, token)
        self.emit(member.namespace, 'said', room=room, skip=sid)
        self._ack(member, token, [])

    def move(self, sid: str, token: int, room: str, verb: str) -> None:
        member = self._hear(sid, token)
        (self.put_in if verb == 'in' else self.take_out)(member, room)
        self._ack(member, token, [])

    def fail(self, sid: str, token: int) -> None:
        self._ack(self._hear(sid, token), token, [FAILED])
        self.failures += 1
        raise RuntimeError('as asked')

    def _hear(self, sid: str, token: int) -> Member:
        member = self.members[sid]
        assert member.state == 'member', (member.state, 'its event was handled')
        member.heard.append(token)
        return member

    def _ack(self, member: Member, token: int, args: list) -> None:
        if member.state == 'member':
            self._owe(member.who, Message(ACK, member.namespace, token, args))

    # What the server does by itself, in handlers and between them.

    def emit(
        self,
        namespace: str,
        event: str,
        *args: Any,
        to: str | None = None,
        room: str | None = None,
        skip: str | None = None,
        volatile: bool = False,
    ) -> None:
        data = [event, next(self.tokens), *args]
        message = Message(EVENT, namespace, None, data)
        for member in list(self.members.values()):
            meant = (to is None or member.sid == to) and (room is None or room in member.rooms)
            if not meant or member.namespace != namespace or member.sid == skip:
                continue
            if member.state == 'member':
                self._owe(member.who, message, volatile)
            elif to is not None:
                self._stage(member, self._owe, member.who, message)
        target = EVERYONE
        if to is not None or room is not None:
            target = Target(sids=(to,) if to else (), rooms=(room,) if room else ())
        other = None if skip is None else Target(sids=(skip,))
        self.hub.publish(namespace, event, data[1:], target, other, volatile)

    async def ask(self, member: Member) -> None:
        """An event that wants an acknowledgement."""
        token = next(self.tokens)
        self.questions[token] = member
        member.asked += 1
        message = Message(EVENT, member.namespace, member.asked, ['ask', token])
        if member.state == 'member':
            self._owe(member.who, message)
        else:
            self._stage(member, self._owe, member.who, message)

        def called(*args: Any) -> None:
            assert args == (token,), args
            self.called[token] += 1
            assert self.called[token] == 1, 'called back twice'

        await self.hub.emit(
            'ask', token, to=member.sid, namespace=member.namespace, callback=called
        )

    def knows(self, member: Member) -> bool:
        """Whether its sid is good for something."""
        waiting = self.hub.manager.is_pre_connected(member.sid, member.namespace)
        return member.state == 'member' or (member.state == 'pending' and waiting)

    def move_one(self, member: Member, room: str, verb: str) -> None:
        if self.knows(member):  # it may have gone since it was chosen
            getattr(self, verb)(member, room)

    def put_in(self, member: Member, room: str) -> None:
        if member.state == 'member':
            member.rooms.add(room)
        else:
            self._stage(member, self.put_in_now, member, room)
        self.hub.manager.basic_enter_room(member.sid, member.namespace, room)

    @staticmethod
    def put_in_now(member: Member, room: str) -> None:
        member.rooms.add(room)

    def take_out(self, member: Member, room: str) -> None:
        if member.state == 'member':
            member.rooms.discard(room)
        else:
            self._stage(member, member.rooms.discard, room)
        self.hub.manager.basic_leave_room(member.sid, member.namespace, room)

    def close_room(self, namespace: str, room: str) -> None:
        for member in self.members.values():
            if member.namespace == namespace:
                member.rooms.discard(room)
        self.hub.manager.basic_close_room(room, namespace)

    async def kick(self, member: Member) -> None:
        def owe() -> None:
            self._owe(member.who, Message(DISCONNECT, member.namespace, None, None))
            member.state = 'kicked'

        if member.state == 'member':
            owe()
        else:
            self._stage(member, owe)
        await self.hub.disconnect(member.sid, namespace=member.namespace)

    @staticmethod
    def _stage(member: Member, operation: Callable[..., None], *args: Any) -> None:
        if member.state == 'pending':
            member.staged.append(lambda: member.state == 'member' and operation(*args))

    def _owe(self, who: int, message: Message, volatile: bool = False) -> None:
        if who not in self.ended:
            self.owed[who].append((message, volatile))

    # Is it so, and is it paid?

    def compare(self) -> None:
        """The hub's tables hold whom the handlers know, where they have put them."""
        rooms: dict[tuple[str, str], set[str]] = defaultdict(set)
        for member in self.members.values():
            if member.state == 'member':
                for room in ('', *member.rooms):
                    rooms[member.namespace, room].add(member.sid)
        assert rooms == {
            (namespace, room): set(members)
            for namespace, space in self.hub.manager.spaces.items()
            for room, members in {'': space.members, **space.rooms}.items()
            if members
        }

    def check(self, client: Client) -> None:
        """What `client` has received since the last look was owed to it, in that order."""
        who = client.number
        owed = self.owed[who]
        for message in client.received[self.checked[who] :]:
            if message == UNKNOWN:
                self.unknown[who] += 1
                continue
            self._forgive(who, message)
            due = owed[self.paid[who]][0] if self.paid[who] < len(owed) else None
            assert message == due, f'{who} got {message!r:.300}, was owed {due!r:.300}'
            self.paid[who] += 1
        self.checked[who] = len(client.received)

    def _forgive(self, who: int, message: Message | None) -> None:
        """Pass over volatile messages before `message`; they have been dropped, or will be."""
        owed = self.owed[who]
        while self.paid[who] < len(owed):
            due, volatile = owed[self.paid[who]]
            if due == message or not volatile:
                return
            self.paid[who] += 1
            self.dropped += 1

    def debt(self, client: Client) -> int:
        """How many messages it has not received that it must."""
        owed = self.owed[client.number][self.paid[client.number] :]
        return sum(not volatile for _, volatile in owed)

    def next_due(self, client: Client) -> list[Message]:
        return [due for due, _ in self.owed[client.number][self.paid[client.number] :][:3]]

    def unheard(self, sent: dict[str, list[int]]) -> bool:
        """Whether a member has not been heard out, in order; `sent` has its tokens."""
        return any(
            self.members[sid].state == 'member' and self.members[sid].heard != tokens
            for sid, tokens in sent.items()
        )
