"""The official Python clients behind one face, so that one scenario tests both.

`Client` runs its own threads; its blocking methods are awaited in a thread here. Events go into
queues: `await peer.heard('event')` gives the arguments of the next one.
"""

import asyncio
import contextlib
import gc
import time
import warnings
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import requests
import socketio

PATIENCE = 15  # seconds for whatever is awaited
RETRY = {'reconnection_delay': 0.05, 'reconnection_delay_max': 0.2, 'randomization_factor': 0}

# The transport that a client ends with, by how it begins.
FINALLY = {'websocket': 'websocket', 'polling': 'polling', 'upgrade': 'websocket'}


class Peer:
    """A client on this loop (socketio.AsyncClient)."""

    kind: Any = socketio.AsyncClient

    def __init__(self, **options: Any) -> None:
        self.client = self.kind(handle_sigint=False, **RETRY, **options)
        self._loop = asyncio.get_running_loop()
        self._heard: dict[tuple[str, str], asyncio.Queue] = defaultdict(asyncio.Queue)

    def listen(self, event: str, namespace: str = '/') -> None:
        queue = self._heard[event, namespace]

        def heard(*args: Any) -> None:
            self._loop.call_soon_threadsafe(queue.put_nowait, list(args))

        self.client.on(event, heard, namespace=namespace)

    async def heard(self, event: str, namespace: str = '/') -> list[Any]:
        return await asyncio.wait_for(self._heard[event, namespace].get(), PATIENCE)

    def silent(self, event: str, namespace: str = '/') -> bool:
        return self._heard[event, namespace].empty()

    async def do(self, method: str, *args: Any, **options: Any) -> Any:
        """Call a method of the client: connect, emit, call, disconnect, sleep."""
        return await asyncio.wait_for(getattr(self.client, method)(*args, **options), PATIENCE)

    def slow(self, event: str, seconds: float) -> None:
        """Take so long over an event; `done` is heard then."""

        async def handler() -> None:
            await asyncio.sleep(seconds)
            self._heard['done', '/'].put_nowait([])

        self.client.on(event, handler)

    async def close(self) -> None:
        await self.do('shutdown')

    async def ask(self, event: str, *args: Any, namespace: str = '/') -> Any:
        """Emit, and wait for what the acknowledgement holds."""
        return await self.do('call', event, args, namespace=namespace, timeout=PATIENCE)


LEAVING = 45  # seconds: where it polls it may leave only with the next heartbeat (25 s)


class ThreadedPeer(Peer):
    """A client in threads of its own (socketio.Client)."""

    kind = socketio.Client

    def __init__(self, **options: Any) -> None:
        self._http = requests.Session()  # the client would never close its own
        super().__init__(http_session=self._http, **options)

    def slow(self, event: str, seconds: float) -> None:
        def handler() -> None:
            time.sleep(seconds)
            self._loop.call_soon_threadsafe(self._heard['done', '/'].put_nowait, [])

        self.client.on(event, handler)

    async def close(self) -> None:
        await super().close()
        self._http.close()
        with warnings.catch_warnings(action='ignore', category=ResourceWarning):
            del self.client  # it leaves the sockets of lost connections to the collector
            gc.collect()

    async def do(self, method: str, *args: Any, **options: Any) -> Any:
        work = asyncio.to_thread(getattr(self.client, method), *args, **options)
        patience = LEAVING if method in {'disconnect', 'shutdown'} else PATIENCE
        return await asyncio.wait_for(work, patience)


KINDS = {'Client': ThreadedPeer, 'AsyncClient': Peer}
TRANSPORTS = {
    'websocket': ['websocket'],
    'polling': ['polling'],
    'upgrade': ['polling', 'websocket'],
}


@contextlib.asynccontextmanager
async def connected(
    url: str, mode: str = 'websocket', kind: Any = Peer, listen: Any = (), **options: Any
) -> AsyncIterator[Peer]:
    """A peer that is connected; `listen` has the events, or (event, namespace), it hears."""
    peer = kind()
    for event in listen:
        peer.listen(*[event] if isinstance(event, str) else event)
    options = {'transports': TRANSPORTS[mode], 'wait_timeout': PATIENCE, **options}
    try:
        await peer.do('connect', url, **options)
        yield peer
    finally:
        await peer.close()
