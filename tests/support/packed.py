"""A raw client that speaks msgpack; `CONNECT` and `LEAVE` are those of the main namespace."""

import base64

import msgpack

from tests.support import raw

CONNECT = b'\x82\xa4type\x00\xa3nsp\xa1/'
LEAVE = b'\x82\xa4type\x01\xa3nsp\xa1/'


def event(*data, **more):
    return msgpack.packb({'type': 2, 'nsp': '/', 'data': [*data], **more})


async def received(peer):
    """The next message, which is msgpack."""
    opcode, body = await peer.receive()
    assert opcode == raw.BINARY, body
    return msgpack.unpackb(body)


async def join(peer):
    peer.send(CONNECT)
    reply = await received(peer)
    assert (reply['type'], reply['nsp'], list(reply)) == (0, '/', ['type', 'nsp', 'data'])
    peer.sid = reply['data']['sid']


async def poll_join(port):
    """A session over polling that speaks msgpack."""
    poller = await raw.polling(port, join=False)
    assert (await poller.post(b'b' + base64.b64encode(CONNECT))).body == b'ok'
    [packet] = await polled(poller)
    poller.sid = packet['data']['sid']
    return poller


async def polled(poller):
    parts = (await poller.poll()).split(b'\x1e')
    assert all(part.startswith(b'b') for part in parts), parts
    return [msgpack.unpackb(base64.b64decode(part[1:], validate=True)) for part in parts]
