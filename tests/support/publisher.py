"""A program that publishes as fast as it is answered, to one client that reads.

Started and spoken to as tests/support/program.py says. A command ends when the client has all.
"""

import asyncio
import json
import re
import time

import uvloop

from tests.support import commands, raw
from tests.support.hub import until

NOTE = re.compile(rb'42\["note",(\d+)\]')
HEAD = (
    'POST /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n'
    'Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n'
)


class Reader(asyncio.Protocol):
    """Numbers that a WebSocket client is sent."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.rest = b''

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        end = 0
        for match in NOTE.finditer(data):
            self.numbers.append(int(match[1]))
            end = match.end()
        self.rest = data[end:]


class Caller(asyncio.Protocol):
    """Sends the next of `requests` when the one before is answered as expected."""

    def __init__(self, requests, expected: bytes) -> None:
        self.requests = requests
        self.expected = expected
        self.done = asyncio.get_running_loop().create_future()
        self.answer = b''

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
            self.done.set_result(None)
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        if self.answer.endswith(self.expected):
            assert self.answer.startswith(b'HTTP/1.1 200 '), self.answer
            self.answer = b''
            self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(self.answer.decode()))


class Publisher:
    """`open` first; the others publish `total` notes and tell how many a second those were."""

    async def open(self, port: int, admin: int, key: str) -> str:
        self.admin, self.key = admin, key
        self.reader = Reader()
        reader, writer = await asyncio.open_connection('127.0.0.1', port)
        peer = raw.Connection(reader, writer)
        peer.write(raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=port, headers='').encode())
        assert await peer.head() == raw.SWITCHED
        await peer.text()
        self.sid = await peer.join()
        writer.transport.set_protocol(self.reader)
        self.writer = writer
        return self.sid

    async def single(self, total: int, connections: int) -> float:
        """A request for each."""
        requests = [self._request('emit', self._emit(number)) for number in range(total)]
        return await self._publish(requests, b'{"done":1}', connections)

    async def lists(self, total: int, size: int) -> float:
        """`size` of them in a request, on one connection."""
        requests = [
            self._request('do', [{'emit': self._emit(start + n)} for n in range(size)])
            for start in range(0, total, size)
        ]
        return await self._publish(requests, b'{"done":%d}' % size, 1)

    def _emit(self, number: int) -> dict:
        return {'namespace': '/', 'event': 'note', 'to': f'sid:{self.sid}', 'data': number}

    def _request(self, path: str, body) -> bytes:
        content = json.dumps(body).encode()
        return HEAD.format(path=path, key=self.key, length=len(content)).encode() + content

    async def _publish(self, requests: list[bytes], expected: bytes, connections: int) -> float:
        received = self.reader.numbers
        received.clear()
        total = sum(request.count(b'"note"') for request in requests)
        left = iter(requests)
        loop = asyncio.get_running_loop()
        start = time.perf_counter()
        callers = [Caller(left, expected) for _ in range(connections)]
        for caller in callers:
            await loop.create_connection(lambda caller=caller: caller, '127.0.0.1', self.admin)
        await asyncio.gather(*[caller.done for caller in callers])
        await until(lambda: len(received) >= total)
        seconds = time.perf_counter() - start
        in_order = received == list(range(total))
        assert in_order if connections == 1 else sorted(received) == list(range(total))
        return total / seconds


if __name__ == '__main__':
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(commands.serve(Publisher(), {}))
