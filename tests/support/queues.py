"""Message queues: their servers from Debian in processes of their own, and an ear on a bus."""

import asyncio
import contextlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from gateway.cluster.buses.bus import Bus

PATIENCE = 20  # seconds for a start, for what is to be heard


class Ear:
    """What `listen` calls, and what it has heard."""

    def __init__(self) -> None:
        self.listening = asyncio.Event()
        self.bodies: list[bytes] = []
        self._more = asyncio.Event()

    def heard(self, body: bytes) -> None:
        self.bodies.append(body)
        self._more.set()

    async def until(self, count: int) -> list[bytes]:
        """The bodies, when there are that many."""
        async with asyncio.timeout(PATIENCE):
            while len(self.bodies) < count:
                self._more.clear()
                await self._more.wait()
        return self.bodies


@contextlib.asynccontextmanager
async def listening(bus: Bus, *channels: str) -> AsyncIterator[Ear]:
    """An Ear on these channels; `ear.task` is what `listen` does."""
    ear = Ear()
    ear.task = asyncio.create_task(bus.listen(channels, ear.heard, ear.listening.set))
    confirmed = asyncio.create_task(ear.listening.wait())
    try:
        await asyncio.wait(
            [ear.task, confirmed], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED
        )
        if ear.task.done():
            await ear.task
        assert ear.listening.is_set()
        yield ear
    finally:
        confirmed.cancel()
        ear.task.cancel()
        await asyncio.gather(ear.task, confirmed, return_exceptions=True)


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.create_server(('127.0.0.1', 0)) as sock:
        return sock.getsockname()[1]


class RedisServer:
    """redis-server on 127.0.0.1, `port` with or without TLS, nothing kept on disk."""

    def __init__(self, folder: Path, port: int, options: tuple[str | Path, ...]) -> None:
        self.folder, self.port = folder, port
        self.url = f'redis://127.0.0.1:{port}'
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        ports = ['--port', str(self.port)]
        if '--tls-cert-file' in self._options:
            ports = ['--port', '0', '--tls-port', str(self.port)]
        with (self.folder / 'redis.log').open('ab') as log:
            self._process = subprocess.Popen(
                [
                    *(shutil.which('redis-server') or '/usr/bin/redis-server', *ports),
                    *('--bind', '127.0.0.1', '--dir', self.folder),
                    *('--save', '', '--appendonly', 'no', *self._options),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            log = (self.folder / 'redis.log').read_text()
            assert self._process.poll() is None, log
            assert time.monotonic() < deadline, log
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL, and its end."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection(('127.0.0.1', self.port), 1).close()
            return True
        return False


@contextlib.contextmanager
def redis_server(folder: Path, *options: str | Path, port: int = 0) -> Iterator[RedisServer]:
    """A Redis that runs; `options` are those of its command line."""
    server = RedisServer(folder, port or free_port(), options)
    server.start()
    try:
        yield server
    finally:
        server.kill()
