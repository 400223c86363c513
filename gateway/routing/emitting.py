"""The functions that a handler calls: they know the client and the namespace that it answers.

Without a client `emit` and `send` raise, unless `broadcast`, `to` or `namespace` says whom: a
private reply must not become a broadcast because a thread has lost its context.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from gateway.hub.client import Client
from gateway.hub.space import room_name
from gateway.hub.target import Target
from gateway.routing import context, outlet
from gateway.routing.context import Context, current
from gateway.routing.facade import socketio
from gateway.routing.outlet import DONE, Done

log = logging.getLogger(__name__)


def emit(
    event: str,
    *args: Any,
    namespace: str | None = None,
    to: Any = None,
    room: Any = None,
    include_self: bool = True,
    skip_sid: str | Sequence[str] | None = None,
    broadcast: bool = False,
    callback: Callable[..., Any] | None = None,
    volatile: bool = False,
) -> Done:
    """Emit to the client whose event this is, or to `to` (`room` is its older name), or to all.

    `namespace`: the same client's socket there. `callback`: called with what that client answers.
    `volatile`: not to clients that are behind.
    """
    whom = room if to is None else to
    here = context.find()
    if here is None:
        if not broadcast and whom is None and namespace is None:
            raise RuntimeError('nobody to answer: say broadcast=True, to=… or namespace=…')
        return socketio.emit(
            event,
            *args,
            namespace=namespace,
            to=whom,
            skip_sid=skip_sid,
            callback=callback,
            volatile=volatile,
        )
    name = namespace or here.client.namespace
    skip = outlet.listed(skip_sid)
    if whom is None and not broadcast:
        sid = counterpart(here, name)
        if sid is None:
            return DONE
        whom = Target(sids=(sid,))  # never a room: nobody is reached in its place when it has left
    if not include_self and (own := counterpart(here, name)) is not None:
        skip = [*skip, own]
    return outlet.post(here.caller, here, name, event, args, whom, skip, callback, volatile)


def send(data: Any, json: bool = False, **options: Any) -> Done:
    """Emit the event `message`, or `json`, with one argument; options as for `emit`."""
    return emit('json' if json else 'message', data, **options)


def call(
    event: str, *args: Any, to: str | None = None, namespace: str | None = None, timeout: float = 60
) -> Any:
    """Emit to the client (or to `to`) and give its answer: `await` it in an `async def` handler.

    One value, a tuple of several, or None. socketio.exceptions.TimeoutError after `timeout`.
    """
    if to is not None and context.find() is None:
        return socketio.call(event, *args, to=to, namespace=namespace, timeout=timeout)
    here = current()
    name = namespace or here.client.namespace
    sid = to or counterpart(here, name)
    if sid is None:
        raise ValueError('the client has not joined that namespace')
    return outlet.call(here.caller, here, name, event, args, sid, timeout)


def join_room(room: Any, sid: str | None = None, namespace: str | None = None) -> None:
    """Put the client (or `sid`) into a room. ValueError where the name is unfit.

    A room is named by text of 1 to 256 characters, or an integer; another client's sid is none. A
    client is in 1,000 rooms at the most.
    """
    here, client = target(sid, namespace)
    if client is not None:
        here.ask(partial(here.caller.runtime.hub.join, client, room))
    else:
        elsewhere(here, 'join', sid, namespace, [room_name(room)])


def leave_room(room: Any, sid: str | None = None, namespace: str | None = None) -> None:
    """Take the client (or `sid`) out of a room; nothing happens where it is not in there."""
    here, client = target(sid, namespace)
    if client is not None:
        here.do(partial(here.caller.runtime.hub.leave, client, room_name(room)))
    else:
        elsewhere(here, 'leave', sid, namespace, [room_name(room)])


def close_room(room: Any, namespace: str | None = None) -> None:
    """Take everybody out of a room."""
    here = context.find()
    if here is None:
        socketio.close_room(room, namespace=namespace)
    else:
        outlet.close_room(here.caller, here, room, namespace or here.client.namespace)


def rooms(sid: str | None = None, namespace: str | None = None) -> list[str]:
    """The client's rooms, its sid first; after everything that this handler has asked for."""
    here, client = target(sid, namespace)
    if client is None:
        return []
    return here.ask(lambda: [client.sid, *sorted(client.rooms)])


def disconnect(sid: str | None = None, namespace: str | None = None) -> None:
    """Disconnect the client (or `sid`) from the namespace."""
    here, client = target(sid, namespace)
    if client is not None:
        here.do(partial(here.caller.runtime.hub.kick, client))
    else:
        elsewhere(here, 'disconnect', sid, namespace)


def target(sid: str | None, namespace: str | None) -> tuple[Context, Client | None]:
    """The client that is meant: the handler's own, or the one with that sid; None if it is gone."""
    here = current()
    name = namespace or here.client.namespace
    if sid is None:
        sid = counterpart(here, name)
    if sid is None:
        return here, None
    if sid == here.client.sid and name == here.client.namespace:
        return here, here.client
    return here, here.ask(partial(here.caller.runtime.hub.client, sid, name))


def elsewhere(
    here: Context, verb: str, sid: str | None, namespace: str | None, rooms: Sequence[str] = ()
) -> None:
    """The same for a client that another gateway may have."""
    if sid is not None:
        name, whom = namespace or here.client.namespace, Target(sids=(sid,))
        here.do(partial(here.caller.runtime.hub.move_elsewhere, verb, name, whom, rooms, None))


def counterpart(here: Context, namespace: str) -> str | None:
    """The same client's sid in `namespace`; None, with a warning, where it has not joined that."""
    if namespace == here.client.namespace:
        return here.client.sid
    client = here.client.session.clients.get(namespace)
    if client is not None:
        sid: str = client.sid
        return sid
    counters = here.caller.runtime.counters
    if not counters.namespaces_missed:
        log.warning('an emit to a namespace that its client has not joined (this is said once)')
    counters.namespaces_missed += 1
    return None
