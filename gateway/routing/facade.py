"""`socketio`: what Python code registers its handlers with, and emits through without a client.

Handlers are registered when their module is imported. What is emitted goes to the gateway whose
handler is running, elsewhere to the one that was started last.
"""

from collections.abc import Callable, Sequence
from typing import Any

from gateway.routing import context, outlet
from gateway.routing.calls import Caller
from gateway.routing.outlet import Done
from gateway.routing.registry import Registry


class SocketIO(Registry):
    """The context-free object; `namespace` is `/` where none is given."""

    def __init__(self) -> None:
        super().__init__()
        self._caller: Caller | None = None

    def bind(self, caller: Caller) -> None:
        """The gateway that runs from now on."""
        self._caller = caller

    def follow(self, before: Caller, caller: Caller) -> None:
        """The same gateway, after a reload."""
        if self._caller is before:
            self._caller = caller

    def unbind(self, caller: Caller) -> None:
        """It has stopped."""
        if self._caller is caller:
            self._caller = None

    def emit(
        self,
        event: str,
        *args: Any,
        namespace: str | None = None,
        to: Any = None,
        room: Any = None,
        include_self: bool = True,
        skip_sid: str | Sequence[str] | None = None,
        callback: Callable[..., Any] | None = None,
        volatile: bool = False,
    ) -> Done:
        """Emit to the whole namespace, or to `to`: a sid, a room, or a list of them.

        `include_self=False` leaves out the client whose handler this is. `callback` is called with
        the answer where `to` is one client.
        """
        caller, here = self._here()
        skip = outlet.listed(skip_sid)
        if not include_self and here is not None:
            skip.append(here.client.sid)
        way = here or caller.runtime
        whom = room if to is None else to
        return outlet.post(
            caller, way, namespace or '/', event, args, whom, skip, callback, volatile
        )

    def send(self, data: Any, json: bool = False, **options: Any) -> Done:
        """Emit the event `message`, or `json`, with one argument; options as for `emit`."""
        return self.emit('json' if json else 'message', data, **options)

    def call(
        self, event: str, *args: Any, to: str, namespace: str | None = None, timeout: float = 60
    ) -> Any:
        """Emit to one client and give its answer: awaitable on the loop, blocking in a thread."""
        caller, here = self._here()
        way = here or caller.runtime
        return outlet.call(caller, way, namespace or '/', event, args, to, timeout)

    def close_room(self, room: Any, namespace: str | None = None) -> None:
        """Take everybody out of a room."""
        caller, here = self._here()
        outlet.close_room(caller, here or caller.runtime, room, namespace or '/')

    def sleep(self, seconds: float = 0) -> Any:
        """Awaitable in a coroutine, blocking in a thread."""
        return outlet.sleep(self._here()[0].runtime, seconds)

    def start_background_task(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run it beside the handlers, with no client; before the start of a gateway, at its start.

        A coroutine function becomes a Task, a plain one a thread, which is returned.
        """
        here = context.find()
        caller = here.caller if here is not None else context.home() or self._caller
        if caller is None or self.is_importing:
            return super().start_background_task(function, *args, **kwargs)
        return caller.background(function, *args, **kwargs)

    def _here(self) -> tuple[Caller, context.Context | None]:
        here = context.find()
        caller = here.caller if here is not None else context.home() or self._caller
        if caller is None:
            raise RuntimeError('no gateway is running')
        return caller, here


socketio = SocketIO()
