"""What every target of the benchmarks does, tried on one that runs."""

import asyncio
import json
from typing import Any

import pytest

from bench.targets import Target
from tests.support.peers import connected
from tests.support.raw import websocket


def assert_serves(target: Target) -> None:
    """A fresh process of it does what it should, and is gone afterwards.

    By the official client; but what speaks WebSocket only is bare, and knows but one key of it.
    """
    with target.serving(None) as served:
        process = served.process
        assert process
        assert process.cpu_ns() > 0
        if 'polling' in target.transports:
            asyncio.run(official(served.address.origin))
        else:
            asyncio.run(bare(served.address.port))
    with pytest.raises(OSError, match='Invalid argument'):
        process.cpu_ns()


async def official(url: str) -> None:
    hears = {'listen': ['msg']}
    async with connected(url, **hears) as one, connected(url, 'upgrade', **hears) as two:
        assert await one.ask('echo', ('here', 2, {'deep': [None]})) == ['here', 2, {'deep': [None]}]
        assert await two.ask('echo', 'there') == 'there'
        assert await one.ask('enter', 'red') is None
        for payload in ('to all', b'\x00\xff'):
            await two.do('emit', 'pub', payload)
            assert [await peer.heard('msg') for peer in (one, two)] == [[payload]] * 2
        await two.do('emit', 'say', ('red', 'to the room'))
        await two.do('emit', 'pub', 'to all again')
        assert [await one.heard('msg') for _ in range(2)] == [['to the room'], ['to all again']]
        assert await two.heard('msg') == ['to all again']


async def bare(port: int) -> None:
    async with websocket(port) as one, websocket(port) as two:

        async def heard(peer: Any) -> Any:
            text = await peer.text()
            assert text.startswith('42')
            return json.loads(text[2:])

        one.send('4217["echo","here",2]')
        assert await one.text() == '4317["here",2]'
        one.send('420["enter","red"]')
        assert await one.text() == '430[]'
        two.send('42["pub","to all"]')
        assert [await heard(peer) for peer in (one, two)] == [['msg', 'to all']] * 2
        two.send('42["say","red","to the room"]')
        two.send('42["pub","to all again"]')
        assert await heard(one) == ['msg', 'to the room']
        assert [await heard(peer) for peer in (one, two)] == [['msg', 'to all again']] * 2
        for event, told in (('"pub"', [one, two]), ('"say","red"', [one])):
            two.send(f'451-[{event},{{"_placeholder":true,"num":0}}]')
            two.send(b'\x00\xff')
            for peer in told:
                assert await peer.text() == '451-["msg",{"_placeholder":true,"num":0}]'
                assert await peer.receive() == (2, b'\x00\xff')
