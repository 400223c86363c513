"""All backends of a gateway: one for each scheme, host and port that its routes name."""

import asyncio
import secrets
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gateway.backends.backend import Backend
from gateway.backends.call import Call
from gateway.backends.client import Client
from gateway.backends.hooks import Hooks
from gateway.config.model import Backends as Settings

if TYPE_CHECKING:
    from gateway.engine.drain import Drain

PORTS: Final = {'http': 80, 'https': 443}


class Backends:
    """`start` and `stop` belong to one event loop. `agent` is the User-Agent."""

    def __init__(self, settings: Settings, agent: str = 'socketio-gateway') -> None:
        self._agent = agent
        self.name = secrets.token_hex(8)  # of this run of the gateway
        self._settings = settings
        self._numbers = count(1)
        self._client: Client
        self._backends: dict[str, tuple[Backend, Hooks]] = {}

    def start(self) -> None:
        """From now on the running loop is the one."""
        self._client = Client(self._settings.max_reply, self._agent)

    def renew(self, settings: Settings) -> None:
        """The bounds from now on; the pool and its replies keep theirs."""
        self._settings = settings
        for backend, hooks in self._backends.values():
            backend.renew(settings.queue)
            hooks.renew(settings.hooks, settings.give_up)

    def number(self) -> int:
        """Of the next call."""
        return next(self._numbers)

    def sequence(self, url: str) -> int:
        """Of the next hook of a backend, from 1 on without a gap."""
        return next(self._of(url)[0].sequence)

    async def ask(self, call: Call) -> bytes:
        """The body of its reply, b'' for none. ActionError where there is no good one."""
        return await self._of(call.url)[0].ask(call)

    def tell(self, call: Call, replied: Callable[[bytes], None]) -> bool:
        """Send it at least once (`hooks.py`)."""
        return self._of(call.url)[1].tell(call, replied)

    def lose(self, url: str, about: str, why: str) -> None:
        """Count a hook that could not even be told."""
        self._of(url)[1].lose(about, why)

    def complain(self, url: str, about: str, why: str) -> None:
        """A line in the log about a backend, one a second at the most."""
        self._of(url)[0].complain(about, why)

    def all(self) -> list[Backend]:
        """Those that have been asked so far."""
        return [backend for backend, _ in self._backends.values()]

    async def stop(self, drain: 'Drain') -> None:
        """Send the hooks that wait while there is time, then close the connections."""
        await asyncio.gather(*(hooks.stop(drain) for _, hooks in self._backends.values()))
        await self._client.close()

    def _of(self, url: str) -> tuple[Backend, Hooks]:
        name = origin(url)
        found = self._backends.get(name)
        if found is None:
            settings = self._settings
            backend = Backend(name, self._client, settings.connections, settings.queue)
            found = backend, Hooks(backend, settings.hooks, settings.give_up)
            self._backends[name] = found
        return found


def origin(url: str) -> str:
    """Scheme, host and port, in one spelling."""
    parts = urlsplit(url)
    host = f'[{parts.hostname}]' if ':' in (parts.hostname or '') else parts.hostname
    return f'{parts.scheme}://{host}:{parts.port or PORTS[parts.scheme]}'
