"""The way out: order, batches, what is sent again, what is lost and counted."""

import asyncio
import contextlib
import json

import pytest

from gateway.cluster import outbox as module
from gateway.cluster.buses.bus import MAX_MESSAGE, Lost
from gateway.cluster.counters import Counters
from gateway.cluster.outbox import Outbox
from gateway.cluster.record import Record
from gateway.cluster.wire import Writer
from tests.support.fake_bus import FakeBus
from tests.support.hub import run, until

WRITER = Writer('me')


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(module, 'BACKOFF', 0.001)
    monkeypatch.setattr(module, 'MAX_BACKOFF', 0.002)


@contextlib.asynccontextmanager
async def outbox(most=1_000, size=10**9):
    bus, counts = FakeBus(), Counters()
    found = Outbox(bus, 'socketio', Record(most, size), counts)
    found.start()
    try:
        yield found, bus, counts
    finally:
        await found.stop(0)


def put(box, *texts):
    for text in texts:
        box.send(WRITER.asked('say', text=text))


def texts(batches):
    return [[json.loads(one).get('text', 'beat') for one in batch] for batch in batches]


def test_what_is_put_in_in_one_turn_leaves_in_one_batch():
    async def scenario():
        async with outbox() as (box, bus, counts):
            put(box, 'a', 'b', 'c')
            await until(lambda: counts.published == 3)
            assert texts(bus.published) == [['a', 'b', 'c']]
            assert [json.loads(one)['gateway']['seq'] for one in bus.published[0]] == [1, 2, 3]

    run(scenario())


def test_what_was_not_confirmed_goes_out_again_one_by_one_at_first():
    async def scenario():
        async with outbox() as (box, bus, counts):
            bus.fails = [Lost('it is away'), Lost('it is away')]
            put(box, *'abcde')
            await until(lambda: box.trouble)
            assert box.trouble == 'it is away'
            await until(lambda: counts.published == 5)
            assert texts(bus.published) == [['a'], ['b', 'c'], ['d', 'e']]
            assert (box.trouble, counts.failures, counts.lost) == ('', 2, {})

    run(scenario())


def test_what_is_now_or_never_goes_first_and_is_dropped_where_it_can_not_go():
    async def scenario():
        async with outbox() as (box, bus, counts):
            bus.fails = [Lost('it is away')]
            put(box, 'a')
            box.send_now(b'{}')
            await until(lambda: counts.failures)
            box.send_now(b'{}')
            await until(lambda: counts.published)
            assert texts(bus.published) == [['beat', 'a']]

    run(scenario())


def test_what_finds_no_room_is_counted(caplog):
    async def scenario():
        async with outbox(most=3) as (box, bus, counts):
            put(box, *'abcde')
            assert counts.lost == {'full': 2}
            await until(lambda: counts.published == 3)
            put(box, 'f')  # published ones make room
            await until(lambda: counts.published == 4)
            assert texts(bus.published) == [['a', 'b', 'c'], ['f']]
            box.send(b'x' * MAX_MESSAGE)
            assert counts.lost == {'full': 2, 'big': 1}

    run(scenario())
    assert [record.message.removeprefix('cluster: ') for record in caplog.records] == [
        'a message for others is lost: too many wait',
        'a message for others is lost: it is larger than a queue carries',
    ]


def test_what_was_not_said_of_losses_is_said_when_it_is_well_again(caplog):
    async def scenario():
        async with outbox(most=3) as (box, bus, counts):
            bus.fails = [Lost('it is away')]
            await until(lambda: not bus.fails or put(box, 'a'))
            put(box, *'bcdef')
            await until(lambda: counts.published >= 3)

    run(scenario())
    assert 'a message for others is lost: too many wait (2 more)' in caplog.text


def test_an_error_that_is_none_of_the_queue_s_is_logged_and_ends_nothing(caplog):
    async def scenario():
        async with outbox() as (box, bus, counts):
            bus.fails = [RuntimeError('a fault of ours')]
            put(box, 'a')
            await until(lambda: counts.published == 1)
            assert texts(bus.published) == [['a']]

    run(scenario())
    assert 'a fault of ours' in caplog.text


def test_a_stop_publishes_what_waits_and_counts_what_it_can_not():
    async def scenario():
        async with outbox() as (box, bus, counts):
            put(box, 'a', 'b')
            await box.stop(5)
            assert texts(bus.published) == [['a', 'b']]
            assert counts.lost == {}
        async with outbox() as (box, bus, counts):
            bus.fails = [Lost('it is away')] * 1_000
            put(box, 'a', 'b')
            await box.stop(0.05)
            assert counts.lost == {'stopped': 2}

    run(scenario())


def test_what_others_lack_is_said_again_and_bounded(monkeypatch):
    monkeypatch.setattr(module, 'REPEATED', 2)

    async def scenario():
        async with outbox() as (box, bus, counts):
            put(box, *'abc')
            await until(lambda: counts.published == 3)
            found, before = box.record.again(1, 3)
            assert (len(found), before) == (3, 0)
            box.repeat(found)
            await until(lambda: len(bus.published) == 2)
            assert texts(bus.published) == [['a', 'b', 'c'], ['a', 'b']]
            assert counts.resent == 2

    run(scenario())


def test_what_several_lack_is_said_again_once():
    async def scenario():
        async with outbox() as (box, bus, counts):
            put(box, *'abc')
            await until(lambda: counts.published == 3)
            found, _ = box.record.again(1, 3)
            for _ in range(4):
                box.repeat(found)
            await until(lambda: len(bus.published) == 2)
            assert texts(bus.published) == [['a', 'b', 'c']] * 2

    run(scenario())


def test_what_is_said_again_goes_in_batches_of_so_many_bytes(monkeypatch):
    monkeypatch.setattr(module, 'BYTES', 100)

    async def scenario():
        async with outbox() as (box, bus, _):
            box.repeat([b'%d' % number * 60 for number in range(4)])
            await until(lambda: len(bus.published) == 2)
            assert [len(batch) for batch in bus.published] == [2, 2]

    run(scenario())


def test_a_stop_waits_for_the_queue_but_not_for_ever(monkeypatch):
    monkeypatch.setattr(module, 'STOPPING', 0.05)

    async def scenario():
        async with outbox() as (box, bus, counts):
            bus.fails = [Lost('it is away')] * 10_000
            put(box, 'a')
            await asyncio.wait_for(box.stop(30), 5)
            assert counts.lost == {'stopped': 1}

    run(scenario())


def test_a_hurry_ends_the_wait_for_the_queue():
    async def scenario():
        async with outbox() as (box, bus, counts):
            bus.fails = [Lost('it is away')] * 10_000
            put(box, 'a')
            hurry = asyncio.Event()
            stopping = asyncio.create_task(box.stop(30, hurry))
            await until(lambda: box.trouble)
            assert not stopping.done()
            hurry.set()
            await asyncio.wait_for(stopping, 5)
            assert counts.lost == {'stopped': 1}

    run(scenario())


def test_a_hurry_before_the_stop_leaves_the_queue_its_short_time():
    async def scenario():
        async with outbox() as (box, bus, _counts):
            put(box, 'a')
            hurry = asyncio.Event()
            hurry.set()
            await box.stop(1, hurry)
            assert texts(bus.published) == [['a']]

    run(scenario())
