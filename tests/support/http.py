"""One HTTP request, said exactly, and its answer, whoever gives it."""

from tests.support import raw
from tests.support.raw import Answer, Connection

UPGRADE = (
    'Connection: Upgrade\r\nUpgrade: websocket\r\n'
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
)


async def request(
    port: int, method: str, target: str, headers: str = '', body: bytes | None = None
) -> Answer:
    """On a connection of its own."""
    async with raw.connection(port) as peer:
        length = '' if body is None else f'Content-Length: {len(body)}\r\n'
        head = f'{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{length}{headers}\r\n'
        peer.write(head.encode() + (body or b''))
        return await answer(peer, method)


async def answer(peer: Connection, method: str = 'GET') -> Answer:
    """The next one; its body in whatever form it comes. Repeated headers are joined."""
    first, *lines = (await peer.head()).decode('latin-1').split('\r\n')
    headers: dict[str, str] = {}
    for line in filter(None, lines):
        name, _, value = line.partition(': ')
        name = name.lower()
        headers[name] = f'{headers[name]}, {value}' if name in headers else value
    status = int(first.split()[1])
    if method == 'HEAD' or status in (101, 204):
        return Answer(status, headers, b'')
    if 'content-length' in headers:
        return Answer(status, headers, await peer.read(int(headers['content-length'])))
    if headers.get('transfer-encoding') != 'chunked':
        return Answer(status, headers, await peer.rest())
    body = b''
    while size := int(await peer.reader.readuntil(b'\r\n'), 16):
        body += (await peer.read(size + 2))[:-2]
    await peer.read(2)
    return Answer(status, headers, body)
