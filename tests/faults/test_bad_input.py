"""The table of bad input, row by row, beside a client that must notice nothing."""

import asyncio
import logging
from collections import Counter

import pytest

from gateway.engine import websocket
from tests.faults.bad.ear import listening
from tests.faults.bad.row import MARK, SETTINGS
from tests.faults.bad.server import echoing
from tests.faults.bad.states import STATES, leave, say
from tests.faults.bad.table import TABLE
from tests.support import raw
from tests.support.hub import left_behind, run, serving, until

PROMPT = 1.0  # seconds in which the answer must be there


def counts(hub) -> Counter:
    counters = hub.eio.counters
    abandoned = Counter({'upgrades abandoned': counters.upgrades_abandoned})
    return Counter(counters.closed) + Counter(counters.refused) + abandoned


async def complaints(hub, bystander, ear, row):
    """What is wrong with the treatment of one row."""
    loop, empty = asyncio.get_running_loop(), left_behind(hub)
    async with STATES[row.state].enter(hub.port) as peer:
        before = counts(hub)
        ear.records.clear()
        began = loop.time()
        try:
            back = await asyncio.wait_for(say(peer, row), 2 * PROMPT)
        except (
            asyncio.IncompleteReadError,
            TimeoutError,
            ConnectionError,
            AssertionError,
        ) as error:
            yield f'no answer: {error!r}'
        else:
            if tuple(back) != row.back:
                yield f'answered {back!r:.300}'
        if loop.time() - began > PROMPT:
            yield f'after {loop.time() - began:.3f} s'
        moved = counts(hub) - before
        if moved != Counter(row.counted):
            yield f'counted {dict(moved)}'
        if sum(level >= logging.INFO for level, _ in ear.records) > 1:
            yield f'more than one line: {ear.records!r:.500}'
        if any(MARK.decode() in line for _, line in ear.records):
            yield f'logged what was sent: {ear.records!r:.500}'
        await leave(peer, row, hub.port)
    bystander.send('420["echo","well"]')
    if await bystander.text() != '430["well"]':
        yield 'the bystander noticed'
    try:
        await until(lambda: left_behind(hub) == empty)
    except TimeoutError:
        yield f'left behind {left_behind(hub)}, was {empty}'


@pytest.mark.parametrize('part', TABLE)
def test_bad_input_is_answered_counted_and_forgotten(part, monkeypatch):
    monkeypatch.setattr(websocket, 'CLOSE_TIMEOUT', 0.1)
    wrong = []

    async def scenario():
        async with serving(**SETTINGS) as hub, raw.websocket(hub.port) as bystander:
            echoing(hub)
            for row in TABLE[part]:
                async for what in complaints(hub, bystander, ear, row):
                    wrong.append(f'{row}: {what}')  # noqa: PERF401

    with listening() as ear:
        run(scenario())
    assert not wrong, '\n'.join(wrong)
