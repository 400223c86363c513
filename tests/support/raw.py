"""Clients that say exactly what they are told to: WebSocket frames and HTTP requests, in bytes."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

PATIENCE = 10  # seconds for an answer
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
MASK = b'\x12\x34\x56\x78'

HANDSHAKE = (
    'GET /socket.io/?{query} HTTP/1.1\r\n'
    'Host: 127.0.0.1:{port}\r\n'
    'Connection: Upgrade\r\n'
    'Upgrade: websocket\r\n'
    'Sec-WebSocket-Version: 13\r\n'
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    '{headers}\r\n'
)
SWITCHED = (
    b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    b'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
)
WEBSOCKET, POLLING = 'EIO=4&transport=websocket', 'EIO=4&transport=polling'


def frame(opcode: int, payload: bytes, *, fin: bool = True, size: int | None = None) -> bytes:
    """A masked frame; `size` is announced instead of the payload's own."""
    size = len(payload) if size is None else size
    first = (0x80 if fin else 0) | opcode
    if size < 126:
        header = bytes((first, 0x80 | size))
    elif size < 65_536:
        header = bytes((first, 0xFE)) + size.to_bytes(2, 'big')
    else:
        header = bytes((first, 0xFF)) + size.to_bytes(8, 'big')
    return header + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


class Answer(NamedTuple):
    """Of an HTTP request."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """One TCP connection; every reading method gives up after PATIENCE."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def read(self, count: int) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(count), PATIENCE)

    async def head(self) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(b'\r\n\r\n'), PATIENCE)

    async def rest(self) -> bytes:
        """Everything until the server closes; a reset is a close too."""
        with contextlib.suppress(ConnectionResetError):
            return await asyncio.wait_for(self.reader.read(), PATIENCE)
        return b''

    async def answer(self) -> Answer:
        """The next HTTP answer."""
        first, *lines = (await self.head()).decode('latin-1').split('\r\n')
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(':') for line in lines if line)
        }
        body = await self.read(int(headers.get('content-length', 0)))
        return Answer(int(first.split()[1]), headers, body)

    # WebSocket.

    def send(self, text: str | bytes) -> None:
        """A message: text, or binary."""
        data = text.encode() if isinstance(text, str) else text
        self.write(frame(TEXT if isinstance(text, str) else BINARY, data))

    async def receive(self) -> tuple[int, bytes]:
        """The next frame, whatever it is: opcode and payload."""
        first, size = await self.read(2)
        assert first & 0xF0 == 0x80, 'our frames are final and use no extension'
        assert size < 128, 'our frames are not masked'
        if size == 126:
            size = int.from_bytes(await self.read(2), 'big')
        elif size == 127:
            size = int.from_bytes(await self.read(8), 'big')
        return first & 0xF, await self.read(size)

    async def text(self) -> str:
        """The next frame, which is text."""
        opcode, payload = await self.receive()
        assert opcode == TEXT, (opcode, payload)
        return payload.decode()

    async def closed(self) -> bytes:
        """The payload of the close frame, which must be next; the close is answered."""
        opcode, payload = await self.receive()
        assert opcode == CLOSE, (opcode, payload)
        self.write(frame(CLOSE, payload[:2]))
        assert await self.rest() == b''
        self.writer.close()
        return payload

    async def join(self, namespace: str = '/', auth: Any = None) -> str:
        """CONNECT; the sid that was given."""
        name = '' if namespace == '/' else f'{namespace},'
        self.send(f'40{name}' + ('' if auth is None else json.dumps(auth)))
        reply = await self.text()
        assert reply.startswith(f'40{name}{{"sid":"'), reply
        return json.loads(reply[2 + len(name) :])['sid']

    def reset(self) -> None:
        """Cut it: the server gets an RST."""
        self.writer.transport.abort()


@contextlib.asynccontextmanager
async def connection(
    port: int, tls: ssl.SSLContext | None = None, local: str = ''
) -> AsyncIterator[Connection]:
    """Over TLS, if a context is given; from the address `local`."""
    source = (local, 0) if local else None
    reader, writer = await asyncio.open_connection('127.0.0.1', port, ssl=tls, local_addr=source)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def websocket(
    port: int,
    query: str = WEBSOCKET,
    headers: str = '',
    join: str | None = '/',
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Connection]:
    """An upgraded connection that has read its OPEN packet and joined a namespace; `sid`."""
    async with connection(port, tls) as peer:
        peer.write(HANDSHAKE.format(query=query, port=port, headers=headers).encode())
        assert await peer.head() == SWITCHED
        peer.open = json.loads((await peer.text())[1:])
        if join is not None:
            peer.sid = await peer.join(join)
        yield peer


async def ask(
    port: int,
    query: str,
    body: bytes | None = None,
    headers: str = '',
    method: str = '',
    tls: ssl.SSLContext | None = None,
    local: str = '',
) -> Answer:
    """One HTTP request below /socket.io/ on a connection of its own."""
    async with connection(port, tls, local) as peer:
        method = method or ('GET' if body is None else 'POST')
        length = '' if body is None else f'Content-Length: {len(body)}\r\n'
        peer.write(
            f'{method} /socket.io/?{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n'
            f'{length}{headers}\r\n'.encode()
            + (body or b'')
        )
        return await peer.answer()


class Poller:
    """A session over polling; each request is a connection of its own."""

    def __init__(self, port: int, opened: dict[str, Any]) -> None:
        self.port, self.open = port, opened
        self.query = f'{POLLING}&sid={opened["sid"]}'

    async def poll(self) -> bytes:
        answer = await ask(self.port, self.query)
        assert answer.status == 200, answer
        return answer.body

    async def post(self, body: bytes) -> Answer:
        return await ask(self.port, self.query, body)

    async def join(self) -> str:
        assert (await self.post(b'40')).body == b'ok'
        reply = await self.poll()
        assert reply.startswith(b'40{"sid":"'), reply
        return json.loads(reply[2:])['sid']


async def polling(port: int, join: bool = True) -> Poller:
    answer = await ask(port, POLLING)
    assert answer.status == 200, answer
    poller = Poller(port, json.loads(answer.body[1:]))
    if join:
        poller.sid = await poller.join()
    return poller
