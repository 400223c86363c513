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
from gateway.routing.hub import Hub


def others(action: Join | Leave | Disconnect, hub: Hub, home: str) -> Callable[[], Awaitable[None]]:
    """All that an action with `sid` or `members` does; `home` is its namespace without `namespace`.

    ActionError `bad_value` where somebody can't be moved; those before stay moved.
    """
    move = mover(action, hub)
    namespace = action.namespace or home

    async def run() -> None:
        try:
            if action.sid is not None:
                client = hub.client(action.sid.fold(), namespace)
                if client is not None:
                    move(client)
                return
            assert action.members is not None
            turn = Turn()
            for client in hub.members(namespace, action.members.fold()):
                move(client)
                await turn.give()
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


def names(action: Join | Leave) -> Sequence[str]:
    return [value.fold() for value in action.room]


def each(do: Callable[[Client, str], None], rooms: Sequence[str], client: Client) -> None:
    for room in rooms:
        do(client, room)
