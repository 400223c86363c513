"""Conversations that are cut at every byte: nobody complains, nothing stays, others go on."""

import asyncio
import itertools
import logging

from gateway.engine import polling, websocket
from tests.faults.bad.conversations import CONVERSATIONS
from tests.faults.bad.ear import listening
from tests.faults.bad.row import MARK, SETTINGS, SID
from tests.faults.bad.server import echoing
from tests.faults.bad.states import STATES
from tests.support import raw
from tests.support.hub import left_behind, run, serving, until

AT_ONCE = 16
REASONS = {'transport close', 'transport error', 'ping timeout', 'connect timeout'}
TIMES = {
    'ping_interval': '1s',
    'ping_timeout': '1s',
    'connect_timeout': '1s',
    'upgrade_timeout': '1s',
}


async def cut(port, conversation, size, way):
    """Say `size` bytes of it, and go."""
    async with STATES[conversation.state].enter(port) as peer:
        said = conversation.said.replace(SID, peer.session.encode())
        peer.write(said[:size])
        if way == 'RST':
            await asyncio.sleep(0)  # else what has been said might never leave
            peer.reset()


def cuts(loop):
    """Every byte, by FIN on one loop and by RST on the other, in turns."""
    for conversation in CONVERSATIONS:
        for size in range(len(conversation.said) + 17):  # a session's id is longer than SID
            yield conversation, size, ('FIN', 'RST')[(size + (loop == 'uvloop')) % 2]


async def go_on(bystander):
    """Echo, and answer heartbeats, until it is told to end."""
    for number in itertools.count():
        bystander.send(f'420["echo",{number}]')
        while (said := await bystander.text()) != f'430[{number}]':
            assert said == '2', said
            bystander.send('3')
        await asyncio.sleep(0.01)


def test_a_conversation_may_end_at_any_byte(loop, monkeypatch):
    monkeypatch.setattr(websocket, 'CLOSE_TIMEOUT', 0.5)
    monkeypatch.setattr(polling, 'LINGER', 0.5)

    async def scenario():
        async with serving(**SETTINGS | TIMES) as hub, raw.websocket(hub.port) as bystander:
            echoing(hub)
            empty, remaining = left_behind(hub), cuts(loop)

            async def worker():
                for one in remaining:
                    await cut(hub.port, *one)

            other = asyncio.create_task(go_on(bystander))
            await asyncio.gather(*[worker() for _ in range(AT_ONCE)])
            await until(lambda: left_behind(hub) == empty)
            assert not other.done()
            other.cancel()
            counters = hub.eio.counters
            assert sum(counters.closed.values()) == counters.sessions - 1
            assert counters.closed.keys() <= REASONS, 'what is not whole is no violation'
            assert counters.closed['transport close'] > 500
            assert counters.closed['transport error'] > 50

    with listening() as ear:
        run(scenario())
    assert [line for level, line in ear.records if level >= logging.INFO] == []
    assert [line for _, line in ear.records if MARK.decode() in line] == []
