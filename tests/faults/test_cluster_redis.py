"""Two gateways whose Redis dies, freezes or falls silent."""

import asyncio
import re
from time import monotonic

import pytest
import socketio

from tests.support import queues
from tests.support.cluster import clients, gateways
from tests.support.cluster_faults import emit, fails, falls_silent, goes_deaf, numbers, overflows
from tests.support.hub import run

pytestmark = pytest.mark.usefixtures('loop')


@pytest.fixture
def redis(tmp_path):
    with queues.redis_server(tmp_path) as server:
        yield server


def test_redis_is_killed_and_comes_back(tmp_path, redis):
    fails(tmp_path, redis.url, redis.kill, redis.start)


def test_redis_is_frozen_and_thawed(tmp_path, redis):
    fails(tmp_path, redis.url, redis.freeze, redis.thaw)


@pytest.mark.parametrize('whose', [0, 1])
def test_a_connection_falls_silent(tmp_path, redis, whose):
    falls_silent(tmp_path, redis.url, redis.port, whose)


def test_who_is_deaf_knows_within_five_seconds_and_says_so(tmp_path, redis):
    goes_deaf(tmp_path, redis.url, redis.port)


def test_what_is_beyond_the_bound_is_counted_exactly(tmp_path, redis):
    overflows(tmp_path, redis.url, redis.kill, redis.start)


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
        b'{"method":"enter_room","sid":"SID","room":{}}',
        b'{"method":"gateway.beat"}',
        b'{"method":"gateway.resend","host_id":"x","gateway":{"node":"HOST","first":"1"}}',
        b'{"method":"emit","host_id":"x","gateway":{"seq":-1}}',
        b'{"method":"never heard of"}',
    ]

    async def main():
        async with gateways(tmp_path, redis.url) as pair, clients(pair) as (one, other):
            manager = socketio.RedisManager(redis.url, write_only=True)
            manager._redis_connect()
            names = {b'SID': one.sid.encode(), b'HOST': pair[0].cluster.host_id.encode()}
            for body in bodies:
                said = re.sub(rb'SID|HOST', lambda found: names[found[0]], body)
                await asyncio.to_thread(manager.redis.publish, 'socketio', said)
            manager.redis.close()
            emit(pair[0], -1)
            for peer in (one, other):
                assert await numbers(peer, -1) == [-1]
            for gateway, form in zip(pair, (7, 5), strict=True):
                counts = {'pickle': 1, 'json': 2, 'form': form}
                assert gateway.cluster.counts.refused == counts
            assert 'pickled: python-socketio sends JSON since 5.14' in caplog.text
            assert not any(record.exc_info for record in caplog.records)

    run(main())
