"""Emits of Python code, from any thread: whom they are for, and the way to the hub.

Rules of this file:
- A value is encoded before the call returns: what the caller changes afterwards is not sent.
- What one thread emits keeps its order. Nothing here waits for a client, but `call`.
- Only an emit to one client is called back; a callback of any other is counted and ignored.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Final

from gateway.config.fields import RESERVED
from gateway.hub.message import Message
from gateway.hub.space import room_name
from gateway.hub.target import Target
from gateway.routing.calls import Caller
from gateway.routing.context import Context
from gateway.routing.runtime import Runtime
from gateway.routing.threads import STOPPED

log = logging.getLogger(__name__)

Way = Context | Runtime  # to the loop


class Done:
    """What `emit` returns: it may be awaited, and need not be."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()


DONE: Final = Done()


def post(
    caller: Caller,
    way: Way,
    namespace: str,
    event: str,
    args: Sequence[Any],
    to: Any,
    skip: Sequence[str] = (),
    callback: Callable[..., Any] | None = None,
    volatile: bool = False,
) -> Done:
    """Emit to `to`: None for everyone in the namespace, a Target, or `recipients` of it.

    ValueError or TypeError where a value can't be encoded, or a name is none.
    """
    if not isinstance(event, str) or not event or event in RESERVED:
        raise ValueError('an event name is text, and none of the reserved names')
    hub, args, to = caller.runtime.hub, several(args), recipients(to)
    if callback is not None:
        way.ask(partial(_ask, caller, way, namespace, event, args, to, skip, callback))
    else:
        if caller.runtime.on_loop():
            message = Message(namespace, [event, *args])  # in as few serializers as it needs
        else:
            message = hub.message(namespace, event, args)
        way.do(partial(hub.post, message, to, skip, volatile))
    return DONE


def several(args: Sequence[Any]) -> Sequence[Any]:
    """A tuple as the only argument is several."""
    return args[0] if len(args) == 1 and isinstance(args[0], tuple) else args


def listed(sids: str | Sequence[str] | None) -> list[str]:
    """`skip_sid` is one sid or several."""
    return [sids] if isinstance(sids, str) else list(sids or ())


def recipients(to: Any) -> Any:
    """The names in `to` (a sid, a room, or a list of these), checked; not the caller's own list."""
    if to is None or isinstance(to, Target):
        return to
    return tuple(map(room_name, [to] if isinstance(to, (str, int)) else to))


def close_room(caller: Caller, way: Way, room: Any, namespace: str) -> None:
    """Take everybody out. ValueError where the name is unfit."""
    way.do(partial(caller.runtime.hub.manager.drop, room_name(room), namespace))


def _ask(
    caller: Caller,
    way: Way,
    namespace: str,
    event: str,
    args: Sequence[Any],
    to: Any,
    skip: Sequence[str],
    callback: Callable[..., Any],
) -> None:
    hub = caller.runtime.hub
    sids = to.sids if isinstance(to, Target) else to or ()
    client = hub.client(sids[0], namespace) if len(sids) == 1 else None
    if client is None and isinstance(to, Target):
        return  # it has left
    if client is not None and client.sid not in skip:
        whose = way.client if isinstance(way, Context) else client
        hub.ask(client, event, args, caller.callback(client, callback, whose))
        return
    message = Message(namespace, [event, *args])
    if client is None and len(sids) == 1 and sids[0] not in skip:
        if isinstance(way, Context):
            called = caller.callback(way.client, callback, way.client)
        else:
            called = partial(caller.background, callback)
        if hub.ask_elsewhere(message, sids[0], called):
            return
    if not caller.runtime.counters.callbacks_ignored:
        log.warning('an emit to several clients is not called back (this is said once)')
    caller.runtime.counters.callbacks_ignored += 1
    hub.post(message, to, skip)


def call(
    caller: Caller,
    way: Way,
    namespace: str,
    event: str,
    args: Sequence[Any],
    to: str,
    timeout: float,
) -> Any:
    """Emit to one client and wait for its answer: awaitable on the loop, blocking in a thread.

    Several values are a tuple, none is None. socketio.exceptions.TimeoutError.
    """
    runtime = caller.runtime
    begin = partial(
        runtime.hub.call, event, tuple(several(args)), to=to, namespace=namespace, timeout=timeout
    )
    if runtime.on_loop():
        return way.ask(begin)
    outcome: Future[Any] = Future()
    way.ask(partial(_start, runtime, begin, outcome))  # RuntimeError where the gateway has stopped
    return outcome.result()


def _start(
    runtime: Runtime, begin: Callable[[], Coroutine[Any, Any, Any]], outcome: Future[Any]
) -> None:
    def tell(task: asyncio.Task[Any]) -> None:  # whatever becomes of it: a thread waits for it
        if task.cancelled():
            outcome.set_exception(RuntimeError(STOPPED))
        elif (error := task.exception()) is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(task.result())

    runtime.spawn(begin()).add_done_callback(tell)


def sleep(runtime: Runtime, seconds: float) -> Any:
    """Awaitable on the loop, blocking in a thread."""
    if runtime.on_loop():
        return asyncio.sleep(seconds)
    time.sleep(seconds)
    return DONE
