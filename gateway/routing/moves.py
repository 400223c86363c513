"""`join`, `leave` and `disconnect` of others: of a client by its sid, of everyone in a room.

Where replies of backends and the API come from there is no client, or not the one that is meant. A
sid that nobody has, or an empty room, is no mistake: whoever it was has just left.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from gateway.config.actions import Disconnect, Join, Leave
from gateway.engine.turn import Turn
from gateway.errors import ActionError
from gateway.hub.client import Client
from gateway.hub.target import Target
from gateway.routing.hub import Hub


def others(action: Join | Leave | Disconnect, hub: Hub, home: str) -> Callable[[], Awaitable[None]]:
    """All that an action with `sid` or `members` does; `home` is its namespace without `namespace`.

    ActionError `bad_value` where somebody can't be moved; those before stay moved.
    """
    move, elsewhere = mover(action, hub), afar(action, hub)
    namespace = action.namespace or home

    async def run() -> None:
        try:
            if action.sid is not None:
                sid = action.sid.fold()
                client = hub.client(sid, namespace)
                if client is not None:
                    move(client)
                else:
                    elsewhere(namespace, Target(sids=(sid,)))
                return
            assert action.members is not None
            room = action.members.fold()
            elsewhere(namespace, Target(rooms=(room,)))
            turn = Turn()
            failed: ValueError | None = None
            for client in hub.members(namespace, room):
                try:
                    move(client)
                except ValueError as error:  # of this client: the others are moved
                    failed = failed or error
                await turn.give()
            if failed is not None:
                raise failed
        except ValueError as error:
            raise ActionError('bad_value', str(error)) from None

    return run


def mover(action: Join | Leave | Disconnect, hub: Hub) -> Callable[[Client], None]:
    match action:
        case Join():
            return partial(each, hub.join, names(action))
        case Leave():
            return partial(each, hub.leave, names(action))
    if action.reason is None:
        return hub.kick
    reason = action.reason.fold()
    return lambda client: hub.kick(client, reason)


def afar(action: Join | Leave | Disconnect, hub: Hub) -> Callable[[str, Target], None]:
    """The same for clients of other gateways."""
    if isinstance(action, Disconnect):
        reason = action.reason.fold() if action.reason is not None else None
        return lambda namespace, whom: hub.move_elsewhere('disconnect', namespace, whom, (), reason)
    verb = 'join' if isinstance(action, Join) else 'leave'
    return lambda namespace, whom: hub.move_elsewhere(verb, namespace, whom, names(action), None)


def names(action: Join | Leave) -> Sequence[str]:
    return [value.fold() for value in action.room]


def each(do: Callable[[Client, str], None], rooms: Sequence[str], client: Client) -> None:
    for room in rooms:
        do(client, room)
