"""Each verb as a closure over the hub: a function of the scope, or an ActionError.

What a client sent can make a value unusable (a room that is a list, text that can't be encoded):
that is `bad_value`, never an exception of ours. Messages don't quote it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from socketio import exceptions

from gateway.config.actions import (
    Ack,
    Action,
    Call,
    CloseRoom,
    Disconnect,
    Emit,
    Join,
    Leave,
    Reject,
    Set,
)
from gateway.config.fields import RESERVED, Recipients
from gateway.config.paths import Value
from gateway.config.routes import Step
from gateway.errors import ActionError
from gateway.hub.target import EVERYONE, Target
from gateway.routing.calls import Caller
from gateway.routing.hub import Hub
from gateway.routing.scope import Scope
from gateway.routing.signatures import Function
from gateway.routing.values import CONTAINERS, names, one_name, own

# What a verb does. It gives None, or what its route has to wait for: the result of a function.
Run: TypeAlias = Callable[[Scope], Awaitable[Any] | None]


class Rejection(ActionError):
    """`reject` ends a route; it is the route's word, not its failure."""

    def __init__(self, code: str) -> None:
        super().__init__(code, code)


def step(step: Step, hub: Hub, kind: str, caller: Caller) -> Run:
    """One action with its guard."""
    run = verb(step.action, hub, kind, caller)
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


def verb(action: Action, hub: Hub, kind: str, caller: Caller) -> Run:
    match action:
        case Emit():
            return emit(action, hub, kind)
        case Join():
            return for_rooms(action.room, lambda scope, room: hub.join(scope.client, room))
        case Leave():
            return for_rooms(action.room, lambda scope, room: hub.leave(scope.client, room))
        case CloseRoom():
            return for_rooms(
                action.room,
                lambda scope, room: hub.drop_room(scope.client.namespace, room, scope.client),
            )
        case Ack():
            return ack(action, hub)
        case Set():
            return assign(action)
        case Call():
            return call(caller, caller.handlers.functions[action.function], kind)
        case Reject():
            return reject(action)
        case Disconnect():
            return disconnect(action, hub)


def emit(action: Emit, hub: Hub, kind: str) -> Run:
    publish, namespace, volatile = hub.publish, action.namespace, action.volatile
    event, arguments = event_name(action.event), arguments_of(action, kind)
    to = target(action.to or Recipients(sender=True))
    skip = target(action.skip) if action.skip else None

    def run(scope: Scope) -> None:
        client = scope.client
        recipients = to(scope)
        if recipients is None:
            return
        args = arguments(scope)
        try:
            publish(
                namespace or client.namespace,
                event(scope),
                args,
                recipients,
                skip and skip(scope),
                volatile,
                client,
            )
        except ValueError:
            raise ActionError('bad_value', 'the arguments cannot be encoded') from None

    return run


def event_name(value: Value | None) -> Callable[[Scope], str]:
    if value is None:
        return lambda scope: scope.event
    get = value.get
    if value.constant:
        return get

    def name(scope: Scope) -> str:
        text = one_name(get(scope))
        if text in RESERVED:
            raise ActionError('bad_value', 'a reserved event name')
        return text

    return name


def arguments_of(action: Emit, kind: str) -> Callable[[Scope], Sequence[Any]]:
    if action.data is not None:
        data = action.data.get
        return lambda scope: [data(scope)]
    if action.args is None or action.args.is_args:
        return lambda scope: scope.args
    get = action.args.get

    def several(scope: Scope) -> Sequence[Any]:
        args = get(scope)
        if not isinstance(args, (list, tuple)):
            raise ActionError('bad_value', 'args is not a list')
        return args

    return several


def target(recipients: Recipients) -> Callable[[Scope], Target | None]:
    """Whom a message is for; None for nobody."""
    if recipients.everyone:
        return lambda scope: EVERYONE
    rooms = [value.get for value in recipients.rooms]
    sids = [value.get for value in recipients.sids]
    sender = recipients.sender
    if not rooms and not sids:
        return lambda scope: Target(sids=(scope.client.sid,))
    if all(value.constant for value in recipients.rooms) and not sids and not sender:
        fixed = Target(rooms=tuple(value.fold() for value in recipients.rooms))
        return lambda scope: fixed

    def find(scope: Scope) -> Target | None:
        to_rooms = names(scope, rooms)
        to_sids = names(scope, sids)
        if sender:
            to_sids.append(scope.client.sid)
        if to_rooms or to_sids:
            return Target(False, tuple(to_sids), tuple(to_rooms))
        return None

    if len(rooms) != 1 or sids or sender:
        return find
    [get] = rooms

    def one_room(scope: Scope) -> Target | None:
        room = get(scope)
        return Target(False, (), (room,)) if type(room) is str and room else find(scope)

    return one_room


def for_rooms(rooms: Sequence[Value], do: Callable[[Scope, str], None]) -> Run:
    gets = [value.get for value in rooms]

    def run(scope: Scope) -> None:
        for room in names(scope, gets):
            try:
                do(scope, room)
            except ValueError as error:
                raise ActionError('bad_value', str(error)) from None

    return run


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
