"""What an operator reads of a call that failed: words, not the names of classes."""

import asyncio

import pytest

from gateway.backends.call import Broken
from gateway.backends.client import Client
from tests.support.backends import call, replying, serving

HALF = b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nabc'


async def closing(_, writer):
    writer.close()


async def in_the_middle(_, writer):
    writer.write(HALF)
    writer.close()


async def failing(url):
    client = Client(1_000, 'agent')
    try:
        with pytest.raises(Broken) as failed:
            await client.send(call(url))
    finally:
        await client.close()
    return str(failed.value)


@pytest.mark.parametrize(
    ('handle', 'words'),
    [
        (closing, 'it closed the connection without a reply'),
        (in_the_middle, 'it closed the connection in the middle of its reply'),
        (replying(b'SSH-2.0-OpenSSH_9.2\r\n'), 'its reply is not HTTP'),
    ],
)
def test_a_broken_reply_is_named(handle, words):
    async def main():
        async with serving(handle) as url:
            assert await failing(url) == words

    asyncio.run(main())


def test_a_port_without_tls_is_named():
    async def greet(_, writer):
        writer.write(b'220 ready\r\n')
        writer.close()

    async def main():
        async with await asyncio.start_server(greet, '127.0.0.1') as server:
            port = server.sockets[0].getsockname()[1]
            words = await failing(f'https://127.0.0.1:{port}/')
            assert words == 'it does not speak TLS as it should'

    asyncio.run(main())


def test_a_port_that_nobody_listens_on_is_named():
    async def main():
        async with serving(closing) as url:
            pass
        assert await failing(url) == 'connection refused'

    asyncio.run(main())


def test_a_name_without_an_address_is_named():
    assert asyncio.run(failing('http://nowhere.invalid/')) == 'its name has no address'
