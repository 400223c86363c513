"""One client over polling, for what the load generator does not do: many events in one request."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any

SEPARATOR = '\x1e'


class Visitor:
    """It has joined the default namespace. TimeoutError where nothing comes in `patience`."""

    def __init__(self, port: int, patience: float = 20) -> None:
        self._http = HTTPConnection('127.0.0.1', port, timeout=patience)
        self._path = '/socket.io/?EIO=4&transport=polling'
        self._path += f'&sid={json.loads(self._ask("GET")[1:])["sid"]}'
        self._ask('POST', '40')
        self._ask('GET')

    def emit(self, event: list[Any], count: int) -> None:
        """The same event, `count` times."""
        self._ask('POST', SEPARATOR.join([f'42{json.dumps(event)}'] * count))

    def hear(self, count: int) -> list[Any]:
        """The next `count` events."""
        found: list[Any] = []
        while len(found) < count:
            packets = self._ask('GET').split(SEPARATOR)
            found += [json.loads(packet[2:]) for packet in packets if packet.startswith('42')]
            if '2' in packets:
                self._ask('POST', '3')
        return found

    def _ask(self, method: str, body: str | None = None) -> str:
        self._http.request(method, self._path, body)
        response = self._http.getresponse()
        text = response.read().decode()
        if response.status != 200:
            raise RuntimeError(f'{method}: {response.status} {text[:100]}')
        return text

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()
