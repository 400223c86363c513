"""Official JavaScript clients on a leash (tests/js/parity.js): the test says what they do, and what
they hear waits here to be asked for.
"""

import base64
import itertools
import json
import queue
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parents[2] / 'js' / 'parity.js'
PATIENCE = 20  # seconds for whatever is awaited


class Clients:
    """The process that they live in; it ends with `close`."""

    def __init__(self, url: str, transport: str = 'websocket') -> None:
        self.url = url
        self.transport = transport
        self._process = subprocess.Popen(
            ['node', SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._numbers = itertools.count(1)
        self._results: dict[int, Future[Any]] = {}
        self._clients: dict[str, Client] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def start(self, command: str, **options: Any) -> Future[Any]:
        """Give a command; its result comes later."""
        number = next(self._numbers)
        result = self._results[number] = Future()
        line = {'number': number, 'command': command, **options}
        self._process.stdin.write(json.dumps(line, default=packed) + '\n')
        self._process.stdin.flush()
        return result

    def do(self, command: str, **options: Any) -> Any:
        """Give a command and wait for its result."""
        return self.start(command, **options).result(PATIENCE)

    def begin(self, namespace: str = '/', **options: Any) -> 'Client':
        """A client that is still connecting; `beside` shares the connection of another one."""
        client = Client(self, f'client {next(self._numbers)}', namespace)
        self._clients[client.name] = client
        beside = options.pop('beside', None)
        options = {'transport': self.transport, 'url': self.url, **options}
        if beside is not None:
            options['beside'] = beside.name
        client.opening = self.start('open', name=client.name, namespace=namespace, **options)
        return client

    def open(self, namespace: str = '/', **options: Any) -> 'Client':
        """A client that is connected."""
        client = self.begin(namespace, **options)
        client.sid = client.opening.result(PATIENCE)['sid']
        return client

    def refused(self, namespace: str = '/', **options: Any) -> Any:
        """What `connect_error` shows to a client that is not let in: its message, its data."""
        result = self.begin(namespace, **options).opening.result(PATIENCE)
        return result['refused'], result.get('data')

    def leave(self) -> None:
        """All of them disconnect, and are forgotten."""
        self.do('leave all')
        self._clients.clear()

    def close(self) -> None:
        self._process.stdin.close()
        try:
            assert self._process.wait(PATIENCE) == 0
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            self._process.stdout.close()

    def _read(self) -> None:
        for text in self._process.stdout:
            line = json.loads(text, object_hook=unpacked)
            if 'number' in line:
                self._results.pop(line['number']).set_result(line['result'])
                continue
            client = self._clients.get(line['name'])
            if client is None:
                continue
            if 'back' in line:
                client.back.put(line['back'])
            elif 'gone' in line:
                client.gone.put(line['gone'])
            else:
                client.lines.put(line)


class Client:
    """One of them."""

    def __init__(self, clients: Clients, name: str, namespace: str) -> None:
        self.name = name
        self.namespace = namespace
        self.sid = ''
        self.opening: Future[Any]
        self.lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self.gone: queue.Queue[str] = queue.Queue()  # the reason, once it is disconnected
        self.back: queue.Queue[str] = queue.Queue()  # its sid, once it is connected again
        self._clients = clients

    def emit(self, event: str, *args: Any) -> None:
        self._clients.do('emit', name=self.name, event=event, args=args)

    def start(self, event: str, *args: Any) -> Future[Any]:
        """Ask, and go on."""
        return self._clients.start('ask', name=self.name, event=event, args=args)

    def ask(self, event: str, *args: Any) -> list[Any]:
        """What the acknowledgement holds."""
        return self.start(event, *args).result(PATIENCE)

    def answer(self, event: str, *args: Any) -> None:
        """What it will acknowledge an event with."""
        self._clients.do('answer', name=self.name, event=event, args=args)

    def hear(self) -> list[Any]:
        """The next event, and its arguments."""
        return self.line()['heard']

    def line(self) -> dict[str, Any]:
        """The same, with the time in ms (`at`) and whether an answer is wanted (`asked`)."""
        return self.lines.get(timeout=PATIENCE)

    def heard(self) -> list[list[Any]]:
        """All that was sent to it so far and not asked for: what is sent keeps its order."""
        assert self.ask('fence') == ['up to here']
        return [self.hear() for _ in range(self.lines.qsize())]

    def left(self) -> str:
        """Wait for the end; the reason that the client is given."""
        return self.gone.get(timeout=PATIENCE)

    def __getattr__(self, command: str) -> Callable[..., Any]:
        """The other commands of the script: leave, cut, transport, upgraded."""
        return lambda **options: self._clients.do(command, name=self.name, **options)


def packed(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {'$bytes': base64.b64encode(value).decode()}
    raise TypeError


def unpacked(found: dict[str, Any]) -> Any:
    return base64.b64decode(found['$bytes']) if '$bytes' in found else found
