"""The long-polling transport of a client (engine.io-protocol, 4): one GET waits, POSTs send.

Rules of this file:
- Packets of one request are separated by 0x1E; a binary message is `b` and base64.
- GET and POST have a connection each; a POST takes all that has been sent meanwhile.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import Coroutine

from bench.load.python.client import GONE, Client
from bench.load.python.frames import BINARY, TEXT
from bench.load.python.http import Http, Response
from bench.load.python.server import Opener, why

SEPARATOR = b'\x1e'


class Polling:
    def __init__(self, client: Client, opener: Opener, path: bytes, headers: bytes) -> None:
        self.client, self.headers = client, headers
        self.path = path + b'&transport=polling'
        self.waiting: list[tuple[int, bytes]] = []
        self.in_, self.out = (Http(opener, client.load.read) for _ in range(2))
        self.more = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self.tasks.append(asyncio.create_task(self._run(self._read())))

    def send(self, *messages: tuple[int, bytes]) -> None:
        self.waiting += messages
        self.more.set()

    def close(self) -> None:
        self.send((TEXT, b'1'))
        asyncio.get_running_loop().call_later(0.1, self.cut)

    def cut(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.in_.cut()
        self.out.cut()

    async def _run(self, part: Coroutine[None, None, None]) -> None:
        try:
            await part
        except OSError as error:
            self.client.gone(why(error))

    async def _read(self) -> None:
        response = await self.in_.ask(self._request(b'GET'))
        if self._good(response):
            opening = json.loads(response.body.partition(SEPARATOR)[0][1:])
            self.path += b'&sid=' + opening['sid'].encode()
            self.tasks.append(asyncio.create_task(self._run(self._write())))
        while self._good(response):
            for packet in response.body.split(SEPARATOR):
                if packet[:1] == b'b':
                    self.client.message(BINARY, b64decode(packet[1:]))
                elif packet:
                    self.client.message(TEXT, packet)
            self.client.flush()
            response = await self.in_.ask(self._request(b'GET'))

    async def _write(self) -> None:
        while True:
            await self.more.wait()
            self.more.clear()
            waiting, self.waiting = self.waiting, []
            packets = [
                b'b' + b64encode(body) if opcode == BINARY else body for opcode, body in waiting
            ]
            if not self._good(await self.out.ask(self._request(b'POST', SEPARATOR.join(packets)))):
                return

    def _good(self, response: Response) -> bool:
        if response.status != 200:
            self.client.gone(response.said)
        return self.client.state != GONE

    def _request(self, method: bytes, body: bytes = b'') -> bytes:
        length = b'Content-Length: %d\r\n' % len(body) if method == b'POST' else b''
        kind = b'Content-Type: text/plain;charset=UTF-8\r\n' if body else b''
        return b'%b %b HTTP/1.1\r\n%b%b%b\r\n%b' % (
            *(method, self.path, self.headers),
            *(kind, length, body),
        )
