"""A page and a client that takes its time: one that takes nothing is cut, the others are served."""

import asyncio
import socket

import pytest

from tests.faults.inside import admitted, inside
from tests.support.hub import run, until

SIZE = 3_000_000  # bytes of a page, far more than the kernel holds here
KERNEL = 16_384  # bytes that it is asked to hold at either end


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """What runs `talk(gateway, client)` with a client that has asked for a big page."""
    connections = admitted(monkeypatch)
    pages = tmp_path / 'pages'
    pages.mkdir()
    (pages / 'big.js').write_bytes(bytes(SIZE))

    async def scenario(talk):
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL)
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            async with inside(tmp_path, {'/': {}}, server={'pages': {'/': str(pages)}}) as gateway:
                await loop.sock_connect(client, ('127.0.0.1', gateway.port))
                await loop.sock_sendall(client, b'GET /big')
                await until(lambda: connections)
                connections[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL)
                await loop.sock_sendall(
                    client, b'.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
                )
                await talk(gateway, client)

    return lambda talk: run(scenario(talk))


async def read(client, count):
    """`count` bytes, or what there is until the end."""
    data = bytearray()
    while len(data) < count:
        more = await asyncio.get_running_loop().sock_recv(client, count - len(data))
        if not more:
            break
        data += more
    return bytes(data)


def test_a_client_that_reads_nothing_of_a_page_is_cut(asked, monkeypatch):
    monkeypatch.setattr('gateway.app.IDLE_TIMEOUT', 0.3)

    async def talk(gateway, client):
        assert (await read(client, 12)) == b'HTTP/1.1 200'
        await until(lambda: not gateway._http._connections)
        assert len(await read(client, SIZE)) < SIZE / 2

    asked(talk)


def test_a_client_that_reads_a_page_slowly_gets_all_of_it(asked, monkeypatch):
    monkeypatch.setattr('gateway.app.IDLE_TIMEOUT', 2)

    async def talk(gateway, client):
        loop = asyncio.get_running_loop()
        begin = loop.time()
        head, _, page = (await read(client, 30_000)).partition(b'\r\n\r\n')
        assert head.startswith(b'HTTP/1.1 200')
        while more := await read(client, 30_000):
            page += more
            await asyncio.sleep(0.03)
        assert loop.time() - begin > 2.5, 'more than the bound, all in all'
        assert page == bytes(SIZE)

    asked(talk)
