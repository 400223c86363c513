"""Listening: the subscription is renewed when it ends, and when one is deaf."""

import asyncio
import contextlib

import pytest

from gateway.cluster import subscription as module
from gateway.cluster.buses.bus import Lost
from gateway.cluster.counters import Counters
from gateway.cluster.subscription import Subscription
from tests.support.fake_bus import FakeBus
from tests.support.hub import run, until


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(module, 'BACKOFF', 0.001)
    monkeypatch.setattr(module, 'MAX_BACKOFF', 0.002)
    monkeypatch.setattr(module, 'BEAT', 0.01)
    monkeypatch.setattr(module, 'DEAF', 0.05)


class World:
    """`echo`: heartbeats come back; `publishes`: they can be said."""

    def __init__(self):
        self.bus, self.counts = FakeBus(), Counters()
        self.echo = self.publishes = True
        self.subscription = Subscription(self.bus, ['socketio'], len, self.beat, self.counts)

    def beat(self):
        if self.echo and self.publishes:
            self.subscription.own_heartbeat()
        return self.publishes


@contextlib.asynccontextmanager
async def world():
    found = World()
    found.subscription.start()
    try:
        await until(lambda: not found.subscription.trouble)
        yield found
    finally:
        await found.subscription.stop()


def test_who_hears_itself_is_well_and_stays_so():
    async def scenario():
        found = World()
        assert found.subscription.trouble == 'the queue is not subscribed to yet'
        async with world() as found:
            assert (found.bus.subscriptions, found.counts.renewals) == (1, 0)

    run(scenario())


def test_a_subscription_that_ends_is_made_anew():
    async def scenario():
        async with world() as found:
            found.echo = False
            found.bus.ended.set_exception(Lost('it is away'))
            await until(lambda: found.subscription.trouble)
            assert found.subscription.trouble == 'it is away'
            found.echo = True
            await until(lambda: not found.subscription.trouble)
            assert found.bus.subscriptions == 2
            assert found.counts.deaf == 0

    run(scenario())


def test_who_does_not_hear_itself_is_deaf_and_subscribes_anew():
    async def scenario():
        async with world() as found:
            found.echo = False
            await until(lambda: found.subscription.trouble)
            assert found.subscription.trouble == 'nothing is heard'
            assert found.counts.deaf == 1
            await until(lambda: found.bus.subscriptions > 1)

    run(scenario())


def test_who_is_behind_is_not_deaf():
    """Others are heard: one's own heartbeat stands in the queue behind them."""

    async def scenario():
        async with world() as found:
            found.echo = False
            for _ in range(30):  # three times as long as silence may be
                found.bus.heard(b'of another')
                await asyncio.sleep(0.005)
            assert (found.counts.deaf, found.bus.subscriptions) == (0, 1)

    run(scenario())


def test_who_can_say_nothing_is_not_deaf():
    async def scenario():
        async with world() as found:
            found.publishes = False
            count = 0

            def waited():
                nonlocal count
                count += 1
                return count > 100

            await until(waited)
            assert (found.counts.deaf, found.bus.subscriptions) == (0, 1)

    run(scenario())


def test_an_error_that_is_none_of_the_queue_s_is_logged_and_ends_nothing(caplog):
    async def scenario():
        async with world() as found:
            found.bus.ended.set_exception(RuntimeError('a fault of ours'))
            await until(lambda: found.bus.subscriptions == 2)

    run(scenario())
    assert 'a fault of ours' in caplog.text
