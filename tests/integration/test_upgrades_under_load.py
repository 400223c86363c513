"""Upgrades while numbered messages go both ways: every number once, in order, on both sides."""

import asyncio
import itertools
import random

import pytest

from gateway.wire.engineio import Packet
from tests.support import raw
from tests.support.engine import PATIENT, echoing, opened, switch
from tests.support.hub import run

pytestmark = pytest.mark.usefixtures('loop')


class Client:
    """One that upgrades as the official client does, while numbered messages go both ways."""

    BEFORE, DURING, AFTER = 2, 2, 3

    def __init__(self, engine, taken) -> None:
        self.engine, self.taken = engine, taken
        self.numbers = itertools.count()
        self.heard: list[bytes] = []
        self.paused = False

    async def life(self) -> None:
        """It sends 7 messages, and gets 14."""
        port = self.engine.port
        async with raw.connection(port) as get, raw.connection(port) as post:
            poller = await opened(port)
            self.request = f'/socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\n'
            polls = asyncio.create_task(self.poll(get))
            for _ in range(self.BEFORE):
                await self.post(post)
            async with raw.connection(port) as peer:
                await switch(peer, poller.sid)
                peer.send('2probe')
                for _ in range(self.DURING):
                    await self.post(post)
                assert await peer.text() == '3probe'
                self.paused = True
                await polls
                peer.send('5')
                for _ in range(self.AFTER):
                    peer.send(f'4{next(self.numbers)}')
                sent = next(self.numbers)
                while len(self.heard) < 2 * sent:
                    self.heard.append((await peer.text())[1:].encode())
                assert self.heard == [b'%d' % number for number in range(2 * sent)]
                assert self.taken[poller.sid] == [b'%d' % number for number in range(sent)]
                assert not self.engine.sockets[poller.sid].outbox
                peer.send('1')
                await peer.closed()

    async def poll(self, peer) -> None:
        while not self.paused:
            peer.write(f'GET {self.request}\r\n'.encode())
            packets = (await peer.answer()).body.split(b'\x1e')
            self.heard += [packet[1:] for packet in packets if packet[:1] == b'4']

    async def post(self, peer) -> None:
        packet = f'4{next(self.numbers)}'
        peer.write(f'POST {self.request}Content-Length: {len(packet)}\r\n\r\n{packet}'.encode())
        assert (await peer.answer()).body == b'ok'


def test_upgrades_under_load_lose_and_reorder_nothing(loop):
    """1,000, of which 200 on asyncio's loop."""
    batches = 16 if loop == 'uvloop' else 4

    async def scenario():
        taken, told = {}, {}

        def answer(session):
            if not session.closed:
                number = told[session.sid] = told.get(session.sid, -1) + 1
                session.send(Packet(b'4%d' % number))

        def twice(session, data, is_binary):
            """At once, and in whatever state the upgrade is then."""
            taken.setdefault(session.sid, []).append(data[1:])
            answer(session)
            later = random.random() / 8  # seconds: a poll waits 0.1 s while an upgrade is under way
            asyncio.get_running_loop().call_later(later, answer, session)

        async with echoing(**PATIENT) as engine:
            engine.on('message', twice)
            for _ in range(batches):
                await asyncio.gather(*[Client(engine, taken).life() for _ in range(50)])
            assert engine.counters.upgrades == len(engine.reasons) == 50 * batches
            assert set(engine.reasons.values()) == {'transport close'}
            assert engine.counters.upgrades_abandoned == 0
            assert engine.counters.packets_undelivered == 0

    run(scenario())
