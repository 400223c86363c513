"""Namespace: handlers as methods, `on_EVENT` each; a method `error` is their error handler.

Its methods answer the client whose event is being handled, like the functions of `emitting`; what
is emitted elsewhere (`broadcast`, `to`) stays in its namespace.
"""

from typing import Any

from gateway.routing import context, emitting, facade
from gateway.routing.outlet import Done
from gateway.routing.registry import MethodHandlers


class Namespace(MethodHandlers):
    """`namespace` is its name, `/` if none is given; `class:` of the configuration gives it."""

    socketio: facade.SocketIO = facade.socketio  # without a client, in `/` unless one is named

    def emit(self, event: str, *args: Any, **options: Any) -> Done:
        """As `gateway.emit`."""
        return emitting.emit(event, *args, **self._within(options))

    def send(self, data: Any, json: bool = False, **options: Any) -> Done:
        """As `gateway.send`."""
        return emitting.send(data, json, **self._within(options))

    def call(self, event: str, *args: Any, **options: Any) -> Any:
        """As `gateway.call`."""
        return emitting.call(event, *args, **self._within(options))

    def join_room(self, room: Any, sid: str | None = None, namespace: str | None = None) -> None:
        """As `gateway.join_room`."""
        emitting.join_room(room, sid, namespace)

    def leave_room(self, room: Any, sid: str | None = None, namespace: str | None = None) -> None:
        """As `gateway.leave_room`."""
        emitting.leave_room(room, sid, namespace)

    def close_room(self, room: Any, namespace: str | None = None) -> None:
        """As `gateway.close_room`."""
        emitting.close_room(room, **self._within({'namespace': namespace}))

    def rooms(self, sid: str | None = None, namespace: str | None = None) -> list[str]:
        """As `gateway.rooms`."""
        return emitting.rooms(sid, namespace)

    def disconnect(self, sid: str | None = None, namespace: str | None = None) -> None:
        """As `gateway.disconnect`."""
        emitting.disconnect(sid, namespace)

    def _within(self, options: dict[str, Any]) -> dict[str, Any]:
        """Without a client, what is for several goes to this namespace."""
        if not options.get('namespace') and context.find() is None:
            several = options.get('broadcast') or options.get('to') or options.get('room')
            return {**options, 'namespace': self.namespace} if several else options
        return options
