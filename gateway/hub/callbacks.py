"""Emits that a client acknowledges: which callback waits for which id.

A callback is called once, with what that client acknowledged, or never: an id that nobody waits for
is counted, and so is a callback that has to go because its client acknowledges nothing.
"""

import inspect
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final

import socketio

from gateway.hub.client import Client
from gateway.hub.space import Namespace
from gateway.wire import codec

MAX_CALLBACKS: Final = 1_000  # of one client that has not acknowledged; the oldest is dropped


class Callbacks(socketio.AsyncManager):
    """The part of FanoutManager that knows acknowledgements."""

    spaces: dict[str, Namespace]

    def __init__(self) -> None:
        super().__init__()
        self.unknown_acks = 0
        self.callbacks_dropped = 0

    def client(self, sid: str, namespace: str) -> Client | None:
        """The client with that sid: pending, member or leaving."""
        space = self.spaces.get(namespace)
        return space.clients.get(sid) if space is not None else None

    def ask(self, client: Client, data: list[Any], callback: Callable[..., Any]) -> None:
        """Emit an event (`data`: its name and arguments) to one client; ValueError as `encode`."""
        id = self._generate_ack_id(client.sid, callback, client.namespace)
        try:
            packet = client.encode(codec.EVENT, data, id)
        except ValueError:
            self.cancel_callback(client.sid, client.namespace, callback)
            raise
        client.do(partial(client.give, packet))

    def _generate_ack_id(self, sid: str, callback: Callable[..., Any], namespace: str = '/') -> int:
        client = self.client(sid, namespace)
        if client is None:
            raise ValueError('sid is not connected to requested namespace')
        client.last_id += 1
        self.expect(client, client.last_id, callback)
        return client.last_id

    def reserve(self, clients: Collection[Client]) -> int:
        """An id that none of them has seen, nor will again."""
        id = 1 + max((client.last_id for client in clients), default=0)
        for client in clients:
            client.last_id = id
        return id

    def expect(self, client: Client, id: int, callback: Callable[..., Any]) -> None:
        """Call back once it acknowledges that id; the oldest goes where there are too many."""
        if client.callbacks is None:
            client.callbacks = {}
        if len(client.callbacks) >= MAX_CALLBACKS:
            del client.callbacks[next(iter(client.callbacks))]
            self.callbacks_dropped += 1
        client.callbacks[id] = callback

    def acknowledged(self, client: Client, id: int, args: list[Any]) -> Any:
        """Call back; what the callback returns may be awaitable."""
        callback = (client.callbacks or {}).pop(id, None)
        if callback is None:
            self.unknown_acks += 1
            return None
        return callback(*args)

    async def trigger_callback(self, sid: str, id: int, data: list[Any]) -> None:
        for namespace in self.spaces:
            client = self.client(sid, namespace)
            if client is not None:
                result = self.acknowledged(client, id, data)
                if inspect.isawaitable(result):
                    await result

    def cancel_callback(self, sid: str, namespace: str, callback: Callable[..., Any]) -> None:
        """Nobody waits for it any more."""
        client = self.client(sid, namespace)
        callbacks = client.callbacks if client is not None else None
        if callbacks is not None:
            for id in [id for id, entry in callbacks.items() if entry is callback]:
                del callbacks[id]
