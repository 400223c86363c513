"""The recipes of docs/recipes.md, run as they stand: their YAML, their JavaScript, their curl.

Only addresses are changed, to those of the run, and a name where somebody else is needed.
"""

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.gateway import ROOT, Gateway, running
from tests.support.pages import Snippet, snippets

PAGE = ROOT / 'docs' / 'recipes.md'
PATIENCE = 20  # seconds
GATEWAY, API, BACKEND = (f'http://127.0.0.1:{port}' for port in (8000, 8001, 5000))
ADMIN = 'admin: {'
ENDED = object()
ENVIRONMENT = {
    'GATEWAY_API_KEY': '0123456789abcdef0123456789abcdef',
    'JWT_KEY': 'of the tests: not less than 32 bytes',
    'DEVICE_KEY': 'of devices: not less than 32 bytes at all',
    'STAFF_KEY': 'of the staff: not less than 32 bytes at all',
    'BACKEND_SECRET': 'of the tests, for webhooks',
    'GITHUB_SECRET': 'of the tests, for GitHub',
}


@dataclass(frozen=True)
class Recipe:
    """One section of the page."""

    title: str
    text: str
    blocks: tuple[Snippet, ...]

    def all(self, language: str) -> list[str]:
        return [block.body for block in self.blocks if block.language == language]

    def one(self, language: str) -> str:
        [found] = self.all(language)
        return found


def recipes() -> dict[str, Recipe]:
    """By title, in the order of the page."""
    found = {}
    lines, blocks = PAGE.read_text().splitlines(), list(snippets(PAGE))
    starts = [number for number, line in enumerate(lines, 1) if line.startswith('## ')]
    for start, end in zip(starts, [*starts[1:], len(lines) + 1], strict=True):
        title = lines[start - 1].removeprefix('## ')
        inside = tuple(block for block in blocks if start < block.line < end)
        found[title] = Recipe(title, '\n'.join(lines[start : end - 1]), inside)
    return found


def replaced(text: str, old: str, new: str) -> str:
    assert old in text, f'{old} stands nowhere in\n{text}'
    return text.replace(old, new)


class Client:
    """A client that runs a snippet of JavaScript; `known` is what its page has beside it."""

    def __init__(self, snippet: str, **known: Any) -> None:
        self._process = subprocess.Popen(
            ['node', ROOT / 'tests' / 'js' / 'recipe.js', snippet, json.dumps(known)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._heard: dict[str, queue.Queue[Any]] = {'log': queue.Queue(), 'value': queue.Queue()}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with self._process.stdout as lines:
            for line in lines:
                kind, value = json.loads(line)
                self._heard[kind].put(value)
        for heard in self._heard.values():
            heard.put(ENDED)

    def _next(self, kind: str) -> Any:
        found = self._heard[kind].get(timeout=PATIENCE)
        assert found is not ENDED, 'the client has ended'
        return found

    def run(self, code: str) -> None:
        """Evaluate an expression in the scope of the snippet."""
        self.ask(f'({code}, null)')

    def ask(self, code: str) -> Any:
        """What an expression gives there; a promise is waited for."""
        self._process.stdin.write(json.dumps(code) + '\n')
        self._process.stdin.flush()
        return self._next('value')

    def until(self, condition: str) -> None:
        """Wait for a condition in the scope of the snippet."""
        assert self.ask(f'until(() => {condition})')

    def logged(self) -> str:
        """The next line of its console."""
        return self._next('log')

    def silent(self) -> bool:
        """Whether all that it has logged was read; behind an `ask`, which comes later."""
        return self._heard['log'].empty()

    def connected(self) -> None:
        """Wait until it is, and has gone over to WebSocket: what is volatile is lost before."""
        self.until('socket.connected && socket.io.engine.transport.name === "websocket"')

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdin.close()


class Backend:
    """What stands on port 5000 in the recipes.

    `reply` gives status and reply by path and body; `asked` are the requests: path, headers, body.
    """

    def __init__(self, reply: Callable[[str, Any], tuple[int, Any]]) -> None:
        self.asked: queue.Queue[tuple[str, Any, bytes]] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers['Content-Length']))
                backend.asked.put((self.path, self.headers, body))
                status, value = reply(self.path, json.loads(body))
                found = b'' if value is None else json.dumps(value).encode()
                self.send_response(status)
                self.send_header('Content-Length', str(len(found)))
                self.end_headers()
                self.wfile.write(found)

            def log_message(self, *args: Any) -> None:
                pass

        backend = self
        self._server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self._server.server_port}'
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def next(self) -> tuple[str, Any, bytes]:
        return self.asked.get(timeout=PATIENCE)

    def end(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@dataclass
class Trial:
    """A recipe whose gateway runs."""

    recipe: Recipe
    gateway: Gateway
    api: str  # '' without one
    clients: contextlib.ExitStack

    def client(self, *changes: tuple[str, str], snippet: str = '', **known: Any) -> Client:
        """The recipe's client, connected; `changes` are made in its snippet."""
        client = self.stranger(snippet or self.recipe.one('js'), *changes, **known)
        client.connected()
        return client

    def stranger(self, snippet: str, *changes: tuple[str, str], **known: Any) -> Client:
        """A client that may be refused."""
        for old, new in ((GATEWAY, self.gateway.url), *changes):
            snippet = replaced(snippet, old, new)
        client = Client(snippet, **known)
        self.clients.callback(client.end)
        return client

    def curl(self, number: int = 0, *changes: tuple[str, str]) -> Any:
        """What a curl line of the recipe prints."""
        line = replaced(self.recipe.all('sh')[number], API, self.api)
        for old, new in changes:
            line = replaced(line, old, new)
        command = ['bash', '-c', line]
        done = subprocess.run(command, check=False, capture_output=True, timeout=PATIENCE)
        assert done.returncode == 0, (done.returncode, done.stderr, line)
        return json.loads(done.stdout)


@contextlib.contextmanager
def cooked(title: str, folder: Path, backend: Backend | None = None) -> Iterator[Trial]:
    """The gateway that a recipe configures, on free ports."""
    recipe = recipes()[title]
    text = recipe.one('yaml')
    if backend:
        text = replaced(text, BACKEND, backend.url)
    with_api = ADMIN in text
    if with_api:
        text = text.replace(ADMIN, f'{ADMIN}listen: "127.0.0.1:0", ')
    config = folder / 'gateway.yaml'
    config.write_text(f'server: {{listen: "127.0.0.1:0", shutdown_timeout: 1s}}\n{text}')
    with running(config) as gateway, contextlib.ExitStack() as clients:
        yield Trial(recipe, gateway, gateway.admin if with_api else '', clients)
