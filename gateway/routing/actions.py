"""Each verb as a closure over the hub: a function of the scope, or an ActionError.

What a client sent can make a value unusable (a room that is a list, text that can't be encoded):
that is `bad_value`, never an exception of ours. Messages don't quote it.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from socketio import exceptions

from gateway.config.actions import (
    Ack,
    Action,
    Call,
    Claim,
    CloseRoom,
    Disconnect,
    Emit,
    Join,
    Leave,
    Reject,
    Set,
)
from gateway.config.backends import Http
from gateway.config.paths import Value
from gateway.config.routes import Step
from gateway.errors import ActionError
from gateway.hub.client import Client
from gateway.routing.calls import Caller
from gateway.routing.hub import Hub
from gateway.routing.moves import others
from gateway.routing.scope import Run, Scope
from gateway.routing.sending import emit
from gateway.routing.signatures import Function
from gateway.routing.values import CONTAINERS, names, one_name, own

log = logging.getLogger('gateway.routing')

# An action that asks a backend.
Outside: TypeAlias = Callable[[Http, str], Run]


class Rejection(ActionError):
    """`reject` ends a route; it is the route's word, not its failure."""

    def __init__(self, code: str) -> None:
        super().__init__(code, code)


def step(step: Step, hub: Hub, kind: str, caller: Caller, outside: Outside) -> Run:
    """One action with its guard."""
    run = verb(step.action, hub, kind, caller, outside)
    if step.guard is None:
        return run
    guard = step.guard.get

    def guarded(scope: Scope) -> Awaitable[Any] | None:
        try:
            answer = guard(scope)
        except ActionError as error:
            raise ActionError('guard_failed', error.message) from None
        if answer is True:
            return run(scope)
        if answer is not False:
            raise ActionError('guard_failed', 'a guard is neither true nor false')
        return None

    return guarded


def verb(action: Action, hub: Hub, kind: str, caller: Caller, outside: Outside) -> Run:
    match action:
        case Emit():
            return emit(action, hub, kind)
        case Join() | Leave() | Disconnect() if action.sid or action.members:
            return of_others(action, hub)
        case Join() | Leave():
            move = hub.join if isinstance(action, Join) else hub.leave
            return for_rooms(action.room, lambda scope, room: move(scope.client, room))
        case CloseRoom():
            return for_rooms(
                action.room,
                lambda scope, room: hub.drop_room(
                    action.namespace or scope.client.namespace, room, scope.client
                ),
            )
        case Ack():
            return ack(action, hub)
        case Set():
            return assign(action)
        case Claim():
            return claim(action)
        case Call():
            return call(caller, caller.handlers.functions[action.function], kind)
        case Reject():
            return reject(action)
        case Disconnect():
            return disconnect(action, hub)
        case Http():
            return outside(action, kind)


def for_rooms(rooms: Sequence[Value], do: Callable[[Scope, str], None]) -> Run:
    gets = [value.get for value in rooms]

    def run(scope: Scope) -> None:
        for room in names(scope, gets):
            try:
                do(scope, room)
            except ValueError as error:
                raise ActionError('bad_value', str(error)) from None

    return run


def of_others(action: Join | Leave | Disconnect, hub: Hub) -> Run:
    """Of those that a reply names, not of the client whose event it answers."""

    def run(scope: Scope) -> Awaitable[Any] | None:
        client = scope.client
        move = others(action, hub, client.namespace)
        if client.staged is None:
            return move()
        client.do(lambda: hub.run(client, logged(move, client), 'a reply'))
        return None

    return run


async def logged(move: Callable[[], Awaitable[None]], client: Client) -> None:
    try:
        await move()
    except ActionError as error:
        told = client.told(reason=error.code)
        log.warning('%s: a reply: %s: %s', client.sid, error.code, error.message, extra=told)


def ack(action: Ack, hub: Hub) -> Run:
    send, get = hub.ack, action.value.get
    several = action.several or action.value.is_args

    def run(scope: Scope) -> None:
        if scope.acked or scope.id is None:
            return
        value = get(scope)
        try:
            send(scope.client, scope.id, value if several else [value])
        except ValueError:
            raise ActionError('bad_value', 'the acknowledgement cannot be encoded') from None
        scope.acked = True

    return run


def assign(action: Set) -> Run:
    get = action.values.get

    def run(scope: Scope) -> None:
        data = scope.client.data
        for key, value in get(scope).items():
            data[key] = own(value) if isinstance(value, CONTAINERS) else value

    return run


def claim(action: Claim) -> Run:
    get = action.values.get

    def run(scope: Scope) -> None:
        scope.client.claims = get(scope)

    return run


def call(caller: Caller, function: Function, kind: str, *, named: bool = False) -> Run:
    """A Python function; `named`: the event's name is its first argument."""
    start, most = caller.call, function.maximum

    def run(scope: Scope) -> Awaitable[Any]:
        args: Sequence[Any] = scope.args
        return start(function, scope.client, scope.event, [scope.event, *args] if named else args)

    async def asked(scope: Scope) -> None:
        args = (scope.auth or None,)[:most]
        if await start(function, scope.client, kind, args) is False:
            raise exceptions.ConnectionRefusedError

    def told(scope: Scope) -> Awaitable[Any]:
        args = (scope.reason if kind == 'disconnect' else scope.error,)[:most]
        return start(function, scope.client, scope.event or kind, args)

    return {'event': run, 'connect': asked}.get(kind, told)


def reject(action: Reject) -> Run:
    get = action.code.get

    def run(scope: Scope) -> None:
        raise Rejection(one_name(get(scope)))

    return run


def disconnect(action: Disconnect, hub: Hub) -> Run:
    kick, send = hub.kick, hub.ack
    get = action.reason.get if action.reason else None

    def run(scope: Scope) -> None:
        reason = one_name(get(scope)) if get else None
        if not scope.acked:  # afterwards it would not arrive
            send(scope.client, scope.id, [])
            scope.acked = True
        if reason is None:
            kick(scope.client)
        else:
            kick(scope.client, reason)

    return run
