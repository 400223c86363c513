"""The verbs `emit` and `send`: which event, with which arguments, to whom."""

from collections.abc import Callable, Sequence
from typing import Any

from gateway.config.actions import Emit
from gateway.config.fields import RESERVED, Recipients
from gateway.config.paths import Value
from gateway.errors import ActionError
from gateway.hub.target import EVERYONE, Target
from gateway.routing.hub import Hub
from gateway.routing.scope import Run, Scope
from gateway.routing.values import names, one_name


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
