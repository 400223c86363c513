"""The backend of conf/examples/flask-backend, a process of its own, and its module in this one."""

import contextlib
import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.request import urlopen

from tests.browser.page import free_port
from tests.support.examples import EXAMPLES, served
from tests.support.gateway import ROOT, Gateway

FILE = EXAMPLES / 'flask-backend' / 'backend.py'
PATIENCE = 20  # seconds
SECRETS = {'BACKEND_SECRET': 'of the tests, for backends', 'GATEWAY_API_KEY': 'k' * 32}
OFFICIAL = ROOT / 'tests' / 'js' / 'node_modules' / 'socket.io-client' / 'dist'
SHIM = """
import {io} from '/lib/socket.io.esm.min.js'

export class Socket {
  constructor(options) { this.io = io('/', options) }
  on(event, handler) { this.io.on(event, handler) }
  get connected() { return this.io.connected }
  reconnect() { this.io.disconnect().connect() }
  call(...words) { return new Promise((done) => this.io.emit(...words, (...args) => done(args))) }
}
"""


class Backend:
    """It is started on the same port each time."""

    def __init__(self) -> None:
        self.port = free_port()
        self.api = ''
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread

    def start(self) -> None:
        assert self._process is None
        env = {**os.environ, 'PORT': str(self.port), 'GATEWAY_API': self.api}
        lines: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, '-u', FILE],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=env,
        )
        self._reader = threading.Thread(target=read, args=(self._process, lines), daemon=True)
        self._reader.start()
        while 'Running on' not in (line := lines.get(timeout=PATIENCE)):
            assert line, 'it has ended'

    def kill(self) -> None:
        """As a crash does."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            self._process = None

    def knows(self) -> Any:
        with urlopen(f'http://127.0.0.1:{self.port}/', timeout=PATIENCE) as answer:
            return json.load(answer)

    def until(self, people: list[str]) -> None:
        """Wait until these are who it knows."""
        end = time.monotonic() + PATIENCE
        while (found := self.knows()['people']) != people:
            assert time.monotonic() < end, found
            time.sleep(0.02)


def read(process: 'subprocess.Popen[str]', lines: 'queue.Queue[str]') -> None:
    with process.stdout as output:
        for line in output:
            lines.put(line)
    lines.put('')


@contextlib.contextmanager
def example(folder: Path, *, official: bool = False) -> Iterator[tuple[Gateway, Backend]]:
    """Both processes; `official`: the page has the official client in place of the small one."""
    backend = Backend()
    here = ('127.0.0.1:5000', f'127.0.0.1:{backend.port}')
    try:
        with served('flask-backend', folder, here) as gateway:
            if official:
                name = 'socket.io.esm.min.js'
                (folder / 'page' / name).write_bytes((OFFICIAL / name).read_bytes())
                (folder / 'page' / 'socketio.js').write_text(SHIM)
            backend.api = f'{gateway.admin}/api/v1'
            backend.start()
            yield gateway, backend
    finally:
        backend.kill()


def module() -> ModuleType:
    """Its functions, with nothing in its memory; SECRETS are in the environment."""
    spec = importlib.util.spec_from_file_location('flask_backend_example', FILE)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found
