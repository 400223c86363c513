"""The publish API of a running gateway, as a program uses it."""

import contextlib
import http.client
import json
from collections.abc import AsyncIterator
from typing import Any

from tests.support import raw

KEY = 'a-key-that-nobody-guesses'
ADMIN = {'listen': '127.0.0.1:0', 'api_keys': [KEY]}
SPACES = {
    '/': {
        'events': {'enter': [{'join': '${data}'}, {'ack': '${sid}'}], 'echo': {'ack': '${args}'}}
    },
    '/chat': {},
    '/room-*': {},
}
PATIENCE = 20  # seconds for an answer


def port_of(gateway: Any) -> int:
    """The port of the admin listener."""
    return int(gateway.admin.rpartition(':')[2])


class Api:
    """One connection that stays. What it gives is the status and the body, decoded."""

    def __init__(self, gateway: Any, key: str = KEY) -> None:
        self.connection = http.client.HTTPConnection('127.0.0.1', port_of(gateway), PATIENCE)
        self.headers = {'Authorization': f'Bearer {key}'}

    def __enter__(self) -> 'Api':
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def get(self, path: str) -> tuple[int, Any]:
        return self._ask('GET', path, None)

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        """`body` is bytes, or what is to be JSON."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask('POST', path, sent)

    def do(self, *actions: Any) -> tuple[int, Any]:
        return self.post('/do', list(actions))

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, Any]:
        headers = {**self.headers, 'Content-Type': 'application/json'}
        self.connection.request(method, f'/api/v1{path}', body, headers)
        answer = self.connection.getresponse()
        assert answer.headers['Content-Type'] == 'application/json'
        return answer.status, json.loads(answer.read())


@contextlib.asynccontextmanager
async def clients(running: Any, count: int, *rooms: str) -> AsyncIterator[list[raw.Connection]]:
    """So many clients of a gateway with SPACES, in `rooms`."""
    async with contextlib.AsyncExitStack() as stack:
        found = []
        for _ in range(count):
            peer = await stack.enter_async_context(raw.websocket(running.port))
            for room in rooms:
                peer.send(f'421["enter","{room}"]')
                assert await peer.text() == f'431["{peer.sid}"]'
            found.append(peer)
        yield found


async def echo(*peers: raw.Connection) -> None:
    """Nothing else has come before this answer."""
    for peer in peers:
        peer.send('429["echo"]')
        assert await peer.text() == '439[]'
