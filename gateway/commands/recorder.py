"""A hub that does nothing but tell what it is asked for, and keep the client's rooms.

What the real hub refuses (a room's name, a value that can't be encoded) is refused here too.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from gateway.backends.call import Call
from gateway.commands.trace import Result, Teller, listed, spell
from gateway.errors import ActionError
from gateway.hub.client import Client
from gateway.hub.space import room_name
from gateway.hub.target import Target
from gateway.hub.tasks import Job
from gateway.routing.calls import Caller, fits
from gateway.routing.loading import Handlers
from gateway.routing.signatures import Function
from gateway.wire.codec import EVENT
from gateway.wire.json_codec import JSON

SID = '<sid>'  # no client of a real gateway has this one


@dataclass
class Request:
    """The request that the client has connected with."""

    ip: str = '127.0.0.1'
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=lambda: {'EIO': '4', 'transport': 'websocket'})


@dataclass
class Visitor:
    """The client; what routes read of it has the names that it has there."""

    data: dict[str, Any]
    claims: dict[str, Any]
    auth: Any
    rooms: set[str]
    namespace: str = '/'
    sid: str = SID
    request: Request = field(default_factory=Request)


class Recorder:
    """Tells everything that would be done."""

    def __init__(self, teller: Teller, visitor: 'Visitor') -> None:
        self.note = teller.note
        self.visitor = cast(Client, visitor)
        self.jobs: list[Awaitable[Any]] = []

    def publish(
        self,
        namespace: str,
        event: str,
        args: Sequence[Any],
        to: Target,
        skip: Target | None,
        volatile: bool,
        origin: Client | None,
    ) -> None:
        self.check(args)
        line = f'sends {spell(event)} with {listed(args)} to {whom(to)}'
        if skip is not None:
            line += f', except {whom(skip)}'
        if origin is not None and namespace != origin.namespace:
            line += f', in the namespace {namespace}'
        if volatile:
            line += ', if nothing waits to be sent before it'
        self.note(line)

    def join(self, client: Client, room: str) -> None:
        client.rooms.add(room_name(room))
        self.note(f'joins the room {spell(room)}')

    def leave(self, client: Client, room: str) -> None:
        client.rooms.discard(room_name(room))
        self.note(f'leaves the room {spell(room)}')

    def members(self, namespace: str, room: str) -> list[Client]:
        """This client is the only one there is."""
        return [self.visitor] if room in self.visitor.rooms else []

    def headcount(self, namespace: str, room: str) -> int:
        return len(self.members(namespace, room))

    def client(self, sid: str, namespace: str) -> Client | None:
        """This client is the only one there is."""
        return self.visitor if sid == SID else None

    def drop_room(self, namespace: str, room: str, origin: Client | None) -> None:
        self.visitor.rooms.discard(room_name(room))
        self.note(f'takes everybody out of the room {spell(room)}')

    def move_elsewhere(self, *_: object) -> None:
        """What other gateways do is theirs to tell."""

    def kick(self, client: Client, reason: str = '') -> None:
        self.note('disconnects the client' + (f', reason {spell(reason)}' if reason else ''))

    def ack(self, client: Client, id: int | None, args: Sequence[Any]) -> None:
        self.check(args)
        self.note(f'acknowledges with {listed(args)}')

    def run(self, client: Client, job: Job, name: str) -> None:
        self.jobs.append(job)

    def hold(self, client: Client) -> None:
        """There is no other event that could wait."""

    def proceed(self, client: Client) -> None:
        """Nothing has waited."""

    def expire(self, client: Client, seconds: float) -> None:
        """There is no token."""

    def check(self, args: Sequence[Any]) -> None:
        """ValueError where the arguments can't be encoded."""
        if not any(isinstance(arg, Result) for arg in args):
            JSON.encode(EVENT, '/', ['', *args])

    def finish(self, *jobs: Awaitable[Any]) -> None:
        """Run what was started, one after the other."""
        self.jobs += jobs

        async def all_of_them() -> None:
            while self.jobs:
                await self.jobs.pop(0)

        if self.jobs:
            asyncio.run(all_of_them())


class Backends:
    """Asks nobody; tells what would be sent."""

    name = '<gateway>'

    def __init__(self, teller: Teller) -> None:
        self.note = teller.note
        self.asked = False

    def number(self) -> int:
        return 1

    def sequence(self, url: str) -> int:
        return 1

    async def ask(self, call: Call) -> bytes:
        self.tell(call, None)
        self.note('goes on as if it replied nothing')
        return b''

    def tell(self, call: Call, replied: Any) -> bool:
        self.asked = True
        signed = ', signed' if call.secrets else ''
        self.note(f'would send {call.method} {call.url}{signed}')
        if call.body:
            self.note(f'with {call.body.decode()}')
        return True

    def lose(self, url: str, about: str, why: str) -> None:
        """Nothing is kept."""

    def complain(self, url: str, about: str, why: str) -> None:
        """There is no reply."""


def whom(target: Target) -> str:
    if target.everyone:
        return 'everyone'
    sids = ['the sender' if sid == SID else f'the client {spell(sid)}' for sid in target.sids]
    return ' and '.join([*sids, *(f'the room {spell(room)}' for room in target.rooms)])


class Rehearsal(Caller):
    """Calls no function; tells which one would be called."""

    def __init__(self, handlers: Handlers, teller: Teller) -> None:
        self.handlers = handlers
        self.teller = teller

    async def call(
        self, function: Function, client: Client, event: str, args: Sequence[Any]
    ) -> Any:
        if not fits(function, args):
            raise ActionError('bad_value', 'the wrong number of arguments')
        self.teller.note(f'would call {function.name} ({function.place}) with {listed(args)}')
        return Result(function.name)
