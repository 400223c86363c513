"""permessage-deflate against the clients of websockets and wsproto.

Small versions of groups 12 (messages of many sizes) and 13 (what is offered) of Autobahn's test
suite, by their case names. A window smaller than 15 for what the server sends is declined.
"""

import random

import pytest
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Request, TextMessage
from wsproto.extensions import PerMessageDeflate

from tests.support import raw
from tests.support.hub import run
from tests.support.ws_echo import echoing

ON = {'compression': {'threshold': '1B'}}
AGREED = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'
SIZES = (0, 16, 64, 256, 1_024, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072)
WORDS = ['connection', 'größe', '消息', 'a', 'message', '🙂', '42["event",{"a":1}]']


pytestmark = pytest.mark.usefixtures('loop')


def text(size):
    return ' '.join(random.Random(size).choices(WORDS, k=size))[:size]


MESSAGES = {
    '12.1': text,
    '12.2': lambda size: text(size).encode(),
    '12.3': lambda size: random.Random(size).randbytes(size),  # doesn't get smaller
    '12.4': lambda size: '*' * size,
    '12.5': bytes,
}
OFFERS = {
    '13.1': ({}, AGREED),
    '13.2': ({'server_no_context_takeover': True}, AGREED),
    '13.3': ({'server_max_window_bits': 9}, None),
    '13.4': ({'server_max_window_bits': 15}, f'{AGREED}; server_max_window_bits=15'),
    '13.5': ({'server_no_context_takeover': True, 'server_max_window_bits': 9}, None),
    '13.6': ({'client_no_context_takeover': True, 'client_max_window_bits': 9}, AGREED),
    '13.7': ({'client_max_window_bits': True}, AGREED),
}


@pytest.mark.parametrize('group', MESSAGES)
def test_messages_come_back(group):
    async def scenario():
        async with echoing(**ON) as engine, connect(engine.url, max_size=None) as peer:
            assert [extension.name for extension in peer.protocol.extensions]
            for size in SIZES:
                message = MESSAGES[group](size)
                for part in (message, [message[: size // 3], message[size // 3 :], message[:0]]):
                    await peer.send(part)  # a list goes out in fragments
                    assert await peer.recv() == message

    run(scenario())


@pytest.mark.parametrize('case', OFFERS)
def test_an_offer_is_answered_and_kept(case):
    parameters, answer = OFFERS[case]

    async def scenario():
        offer = [ClientPerMessageDeflateFactory(**parameters)]
        async with (
            echoing(**ON) as engine,
            connect(engine.url, compression=None, extensions=offer) as peer,
        ):
            assert peer.response.headers.get('Sec-WebSocket-Extensions') == answer
            for message in (text(20_000), text(20_000), '', text(300).encode()):
                await peer.send(message)
                assert await peer.recv() == message

    run(scenario())


def test_wsproto_understands_every_message():
    async def scenario():
        async with echoing(**ON) as engine, raw.connection(engine.port) as peer:
            protocol = WSConnection(ConnectionType.CLIENT)
            deflate = PerMessageDeflate()
            target = f'/socket.io/?{raw.WEBSOCKET}'
            request = Request(f'127.0.0.1:{engine.port}', target, extensions=[deflate])
            peer.write(protocol.send(request))
            protocol.receive_data(await peer.head())
            assert isinstance(next(protocol.events()), AcceptConnection)
            assert deflate.enabled()
            for size in SIZES:
                for sent in (TextMessage(text(size)), BytesMessage(text(size).encode())):
                    peer.write(protocol.send(sent))
                    assert await answer(peer, protocol) == (type(sent), sent.data)
            peer.write(protocol.send(CloseConnection(1000)))
            protocol.receive_data(await peer.rest())
            [closing] = protocol.events()
            assert (type(closing), closing.code) == (CloseConnection, 1000)

    run(scenario())


async def answer(peer, protocol):
    """The next whole message, as its kind and what it holds."""
    parts = []
    while True:
        protocol.receive_data(await peer.reader.read(65_536))
        for event in protocol.events():
            parts.append(event.data)
            if event.message_finished:
                return type(event), type(event.data)().join(map(type(event.data), parts))
