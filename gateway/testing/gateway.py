"""TestGateway: a gateway without listeners, on a loop in a thread of its own."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, TypeVar

from gateway.app import Gateway
from gateway.config.load import load, read
from gateway.config.model import Config
from gateway.config.source import Document
from gateway.engine.server import EngineServer
from gateway.testing.client import Client
from gateway.testing.link import Link

T = TypeVar('T')

TICK = 0.001  # seconds between two looks at handlers that go on
GRACE = 1.0  # seconds beyond `timeout` for a loop that does not answer


class TestGateway:
    """`config` is a file, what a file would hold, or a Config.

    Files that a dict names are looked for in the current folder. `env` has the variables of
    `${env.…}`. `timeout`: seconds that what a client does may take.
    """

    __test__ = False  # for pytest: this is no test

    def __init__(
        self,
        config: Config | Mapping[str, Any] | str | Path,
        *,
        env: Mapping[str, str] = os.environ,
        timeout: float = 5.0,
    ) -> None:
        self.timeout = timeout
        loaded = loaded_from(config, env)
        server = loaded.server.model_copy(update={'shutdown_timeout': timeout})
        self.gateway = Gateway(replace(loaded, server=server, admin=None, cluster=None))
        self.engine: EngineServer = self.gateway.hub.eio
        self._links: list[Link] = []
        self._loop: asyncio.AbstractEventLoop
        self._end: asyncio.Event
        self._thread: threading.Thread

    def __enter__(self) -> Self:
        begun: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._live(begun)), daemon=True, name='gateway'
        )
        self._thread.start()
        begun.result()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(self.timeout + 5 * GRACE)

    def client(
        self,
        namespace: str | None = None,
        auth: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        serializer: str = 'json',
    ) -> Client:
        """A client, connected to `namespace` if that was not refused.

        `headers` and `query` are those of its handshake; `serializer` is json or msgpack.
        """
        return Client(self, namespace, auth, headers=headers, query=query, serializer=serializer)

    async def _live(self, begun: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        try:
            self.gateway.begin()
        except BaseException as error:
            begun.set_exception(error)
            raise
        begun.set_result(None)
        await self._end.wait()
        await self.gateway.stop()

    # What clients call.

    def act(self, operation: Callable[[], T], wait_for_all: bool = True) -> T:
        """Do it on the loop; wait until all that it started has ended. TimeoutError."""

        async def acted() -> T:
            result = operation()
            if wait_for_all:
                await self._settled()
            return result

        outcome = asyncio.run_coroutine_threadsafe(acted(), self._loop)
        if not wait([outcome], self.timeout + GRACE).done:
            raise TimeoutError(f'a handler has held the event loop for {self.timeout:g} s')
        return outcome.result()

    def link(
        self, head: bytes, took: Callable[[str | bytes], None], ended: Callable[[], None]
    ) -> Link:
        """A connection, on the loop."""
        link = Link(self.engine, head, took, ended)
        self._links.append(link)
        return link

    def rooms(self, sid: str, namespace: str) -> list[str]:
        """Those of one client, without its own."""
        client = self.gateway.hub.client(sid, namespace)
        return sorted(client.rooms) if client is not None else []

    async def _settled(self) -> None:
        deadline = self._loop.time() + self.timeout
        while any(link.busy for link in self._links):
            if self._loop.time() > deadline:
                count = sum(link.session.in_flight for link in self._links)
                raise TimeoutError(
                    f'not done after {self.timeout:g} s: {count} handlers go on '
                    '(what never ends belongs into socketio.start_background_task)'
                )
            await asyncio.sleep(TICK)
        self._links = [link for link in self._links if not link.session.closed]


def loaded_from(config: Config | Mapping[str, Any] | str | Path, env: Mapping[str, str]) -> Config:
    if isinstance(config, Config):
        return config
    if isinstance(config, Mapping):
        text = json.dumps(config, indent=1)
        return read(Document('config', text), Path('gateway.yaml'), env)
    return load(Path(config), env)
