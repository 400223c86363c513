"""The gateway as its users run it: `python run_gateway.py --config FILE`, a process of its own."""

import contextlib
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PATIENCE = 20  # seconds for a start or a stop
LISTENING = re.compile(r'listening on ([^"]+)')
STAMP = re.compile(r'^\d{4}-\d\d-\d\dT[\d:.]+Z ')  # of a line of the log


class Gateway:
    """A running gateway; `url` is the first that it listens on, `lines` all that it has said."""

    def __init__(
        self, config: Path, *before: str | Path, after: Sequence[str] = (), **options: Any
    ) -> None:
        """`before` starts it, if it does not start by itself; `options` are those of Popen."""
        self.process = subprocess.Popen(
            [*before, sys.executable, ROOT / 'run_gateway.py', '--config', config, *after],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )
        self.lines: list[str] = []
        self._urls: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def listens(self) -> None:
        self.url = self._urls.get(timeout=PATIENCE)
        assert self.url, self.output
        self.port = int(self.url.rpartition(':')[2]) if '://' in self.url else 0

    def _read(self) -> None:
        with self.process.stdout as lines:
            for line in lines:
                self.lines.append(STAMP.sub('', line.rstrip('\n')))
                if found := LISTENING.search(self.lines[-1]):
                    self._urls.put(found[1])
        self._urls.put('')  # it ended without listening

    @property
    def output(self) -> str:
        return '\n'.join(self.lines)

    @property
    def admin(self) -> str:
        """The URL of its admin listener."""
        self.says('admin on ')
        [url] = [line.partition('admin on ')[2] for line in self.lines if 'admin on ' in line]
        return url.partition('"')[0]

    def says(self, text: str) -> None:
        """Wait for a text in what it says."""
        until = time.monotonic() + PATIENCE
        while text not in self.output:
            assert time.monotonic() < until, self.output
            time.sleep(0.01)

    def stop(self) -> None:
        """SIGTERM, and what must hold of every stop."""
        self.process.send_signal(signal.SIGTERM)
        self.ended()

    def ended(self) -> None:
        """Wait for a stop that somebody else has asked for."""
        try:
            code = self.process.wait(PATIENCE)
        finally:
            self.kill()
        assert code == 0, self.output
        assert 'Traceback' not in self.output, self.output

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()


def write(path: Path, namespaces: dict, **sections: dict) -> Path:
    """A configuration file; it listens on a free port of the loopback."""
    server = {'listen': '127.0.0.1:0', 'shutdown_timeout': '1s', **sections.pop('server', {})}
    path.write_text(yaml.safe_dump({'server': server, 'namespaces': namespaces, **sections}))
    return path


@contextlib.contextmanager
def running(config: Path, *before: str | Path, **options: Any) -> Iterator[Gateway]:
    """A gateway that is stopped at the end, if the test has not done so."""
    gateway = Gateway(config, *before, **options)
    try:
        gateway.listens()
        yield gateway
        if gateway.process.poll() is None:
            gateway.stop()
    finally:
        gateway.kill()
