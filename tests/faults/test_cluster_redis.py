"""Two gateways whose Redis dies, freezes or falls silent: what is lost, and when all is well again.

One of them emits all the while. What it emits is heard by a client of the other: all of it, once
and in order, or as much less as was counted as lost.
"""

import asyncio
import json
import threading
from time import monotonic

import pytest
import socketio

from gateway.hub.target import EVERYONE
from tests.support import proxy_tcp, queues
from tests.support.cluster import clients, gateways, together
from tests.support.hub import run, until

pytestmark = pytest.mark.usefixtures('loop')

WELL = 10.0  # seconds after the fault has ended: reconnecting is at most 5 s apart


@pytest.fixture
def redis(tmp_path):
    with queues.redis_server(tmp_path) as server:
        yield server


def emit(gateway, *numbers):
    for number in numbers:
        gateway.hub.publish('/', 'note', [number], EVERYONE)


async def numbers(peer, last):
    """What a client has heard, until it hears the last."""
    found = []
    while not found or found[-1] != last:
        found.append(json.loads((await peer.text())[2:])[1])
    return found


async def emitting(gateway, peer, fault, mend):
    """50 emits a second through a fault and its end; what was heard, and what was emitted."""
    count = 0

    async def some(seconds):
        nonlocal count
        until = monotonic() + seconds
        while monotonic() < until:
            emit(gateway, count)
            count += 1
            await asyncio.sleep(0.02)

    await some(0.3)
    heard = asyncio.ensure_future(numbers(peer, -1))
    await asyncio.to_thread(fault)
    await some(3.0)
    await asyncio.to_thread(mend)
    ended = monotonic()
    await some(0.3)
    emit(gateway, -1)
    found = await heard
    return found, [*range(count), -1], monotonic() - ended


def test_redis_is_killed_and_comes_back(tmp_path, redis):
    async def main():
        async with gateways(tmp_path, redis.url) as pair, clients(pair) as (_, other):
            heard, emitted, seconds = await emitting(pair[0], other, redis.kill, redis.start)
            assert heard == emitted
            assert seconds < WELL
            await together(pair)

    run(main())


def test_redis_is_frozen_and_thawed(tmp_path, redis):
    async def main():
        async with gateways(tmp_path, redis.url) as pair, clients(pair) as (_, other):
            heard, emitted, seconds = await emitting(pair[0], other, redis.freeze, redis.thaw)
            assert heard == emitted
            assert seconds < WELL
            await together(pair)

    run(main())


@pytest.mark.parametrize('whose', [0, 1])
def test_a_connection_falls_silent(tmp_path, redis, whose):
    """Of the one that emits, or of the one that hears; it is half-open, and nothing says so."""

    async def main():
        with proxy_tcp.running(redis.port) as proxy:
            through = f'redis://127.0.0.1:{proxy.port}'
            urls = [through, redis.url] if whose == 0 else [redis.url, through]
            async with (
                gateways(tmp_path, urls[0], 1) as (one,),
                gateways(tmp_path, urls[1], 1) as (two,),
            ):
                pair = (one, two)
                await together(pair)
                async with clients(pair) as (_, other):
                    heard, emitted, seconds = await emitting(one, other, proxy.hold, proxy.release)
                    assert heard == emitted
                    assert seconds < WELL
                    await together(pair)

    run(main())


def test_who_is_deaf_knows_within_five_seconds_and_says_so(tmp_path, redis):
    async def main():
        with proxy_tcp.running(redis.port) as proxy:
            async with gateways(tmp_path, f'redis://127.0.0.1:{proxy.port}', 1) as (one,):
                began = monotonic()
                proxy.hold()
                await until(one.cluster.troubles)
                assert monotonic() - began < 5
                proxy.release()
                await together([one])

    run(main())


def test_what_is_beyond_the_bound_is_counted_exactly(tmp_path, redis):
    cluster = f'{{url: "{redis.url}", queue: 100}}'

    async def main():
        async with gateways(tmp_path, cluster) as pair, clients(pair) as (one, other):
            redis.kill()
            emit(pair[0], *range(250))
            assert pair[0].cluster.counts.lost == {'full': 150}
            for number in range(250):
                assert json.loads((await one.text())[2:])[1] == number, 'local clients have all'
            await asyncio.to_thread(redis.start)
            await together(pair)
            assert await numbers(other, 99) == [*range(100)]
            emit(pair[0], -1)
            assert await numbers(other, -1) == [-1]
            assert pair[1].cluster.counts.lost == {}

    run(main())


def test_nobody_waits_for_a_queue_that_is_away(tmp_path, redis):
    async def main():
        async with gateways(tmp_path, redis.url) as pair, clients(pair) as (one, _):
            redis.freeze()
            began = monotonic()
            await pair[0].hub.emit('note', 1)
            await pair[0].hub.disconnect('somebody')
            await pair[0].hub.enter_room('somebody', 'a')
            assert monotonic() - began < 0.5
            assert await one.text() == '42["note",1]'
            redis.thaw()

    run(main())


def test_a_client_that_subscribes_too_slowly_is_cut_by_redis_and_misses_nothing(tmp_path, redis):
    async def main():
        async with gateways(tmp_path, redis.url) as pair, clients(pair) as (_, other):
            emit(pair[0], 0)
            assert await numbers(other, 0) == [0]
            killer = socketio.RedisManager(redis.url, write_only=True)
            killer._redis_connect()
            await asyncio.to_thread(killer.redis.client_kill_filter, _type='pubsub')
            killer.redis.close()
            emit(pair[0], *range(1, 50), -1)
            assert await numbers(other, -1) == [*range(1, 50), -1]

    run(main())


def test_what_is_malformed_hurts_nobody_and_pickles_are_named(tmp_path, redis, caplog):
    bodies = [
        b'\x80\x04\x95\x10',
        b'',
        b'no json',
        b'[]',
        b'{"method":"emit"}',
        b'{"method":"emit","event":"note","data":[1],"namespace":7}',
        b'{"method":"enter_room","sid":"x","room":{}}',
        b'{"method":"gateway.beat"}',
        b'{"method":"gateway.again","host_id":"x","gateway":{"node":1}}',
        b'{"method":"emit","host_id":"x","gateway":{"seq":-1}}',
        b'{"method":"never heard of"}',
    ]

    async def main():
        async with gateways(tmp_path, redis.url) as pair, clients(pair) as (one, other):
            manager = socketio.RedisManager(redis.url, write_only=True)
            manager._redis_connect()
            for body in bodies:
                await asyncio.to_thread(manager.redis.publish, 'socketio', body)
            manager.redis.close()
            emit(pair[0], -1)
            for peer in (one, other):
                assert await numbers(peer, -1) == [-1]
            for gateway in pair:
                refused = gateway.cluster.counts.refused
                assert refused['pickle'] == 1
                assert refused['json'] == 2
                assert refused['form'] >= 5
            assert 'pickled: python-socketio sends JSON since 5.14' in caplog.text
            assert not any(record.exc_info for record in caplog.records)

    run(main())
    assert threading.active_count() < 20
