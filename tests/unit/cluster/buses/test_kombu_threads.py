"""Threads of Kombu that are stuck, that wait for the loop, and what they hand over to it."""

import asyncio
import contextlib
import threading
import time

import pytest

from gateway.cluster.buses import bus as buses
from gateway.cluster.buses import kombu as kombu_bus
from gateway.cluster.buses import kombu_inbox
from gateway.cluster.buses.bus import Lost, Oversized
from gateway.cluster.buses.kombu_inbox import Inbox, Reader
from gateway.cluster.buses.kombu_threads import THREADS
from gateway.cluster.buses.kombu_url import Address
from tests.support.hub import run, until


@pytest.fixture
def stuck(monkeypatch):
    """No connection comes about before this is set."""
    event = threading.Event()
    free = Address.connected

    @contextlib.contextmanager
    def connected(self, heartbeat=0):
        event.wait()
        with free(self, heartbeat) as found:
            yield found

    monkeypatch.setattr(Address, 'connected', connected)
    monkeypatch.setattr(kombu_bus, 'TIMEOUT', 0.05)
    yield event
    event.set()


def test_threads_that_are_stuck_are_left_behind_but_not_for_ever_more(stuck):
    async def fails(trying, text):
        with pytest.raises(Lost, match=text):
            await trying

    async def scenario():
        bus = buses.open('kombu+memory://')
        before = threading.active_count()
        for text in ['not answered'] * THREADS + ['is stuck in 4 threads'] * 3:
            await fails(bus.publish('socketio', [b'x']), text)
            await fails(bus.listen(['socketio'], print, print), text)
        assert threading.active_count() == before + 2 * THREADS
        begun = time.monotonic()
        await bus.close()
        assert time.monotonic() - begun < 1
        stuck.set()
        await until(lambda: threading.active_count() == before)
        await bus.publish('socketio', [b'x'])
        await bus.close()
        await until(lambda: threading.active_count() == before)

    run(scenario())


def test_who_is_cancelled_does_not_wait_for_a_thread_that_is_stuck(stuck, monkeypatch):
    monkeypatch.setattr(kombu_bus, 'TIMEOUT', 20)

    async def scenario():
        bus = buses.open('kombu+memory://')
        tasks = [
            asyncio.create_task(bus.publish('socketio', [b'x'])),
            asyncio.create_task(bus.listen(['socketio'], print, print)),
        ]
        await asyncio.sleep(0)
        begun = time.monotonic()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=10)
        assert all(task.cancelled() for task in tasks)
        assert time.monotonic() - begun < 2

    run(scenario())


def test_a_batch_that_nobody_waits_for_is_not_gone_on_with(monkeypatch, stuck):
    published = []
    monkeypatch.setattr(
        kombu_bus.Producer, 'publish', lambda self, body, **_: published.append(body)
    )

    async def scenario():
        bus = buses.open('kombu+memory://')
        with pytest.raises(Lost):
            await bus.publish('socketio', [b'x'])
        before = threading.active_count()
        stuck.set()
        await until(lambda: threading.active_count() == before - 1)
        assert published == []

    run(scenario())


def test_a_thread_waits_where_the_loop_does_not_take_what_it_has(monkeypatch):
    monkeypatch.setattr(kombu_inbox, 'WAITING', 10)
    monkeypatch.setattr(kombu_inbox, 'WAITING_SIZE', 1_000)

    async def scenario():
        for body, most in ((b'%d', 10), (b'x' * 150 + b'%d', 6), (b'x' * 2_000 + b'%d', 1)):
            inbox, put, heard = Inbox(Oversized()), [], []

            def fill(inbox=inbox, put=put, body=body):
                for number in range(50):
                    inbox.put(body % number)
                    put.append(number)

            thread = threading.Thread(target=fill)
            thread.start()
            await until(lambda put=put, most=most: len(put) == most)
            await asyncio.to_thread(thread.join, 0.05)
            assert len(put) == most
            hearing = asyncio.create_task(inbox.hear(heard.append))
            await until(lambda heard=heard: len(heard) == 50)
            assert heard == [body % number for number in range(50)]
            hearing.cancel()
            thread.join()

    run(scenario())


def test_a_thread_that_waits_goes_when_nobody_listens_any_more(monkeypatch):
    monkeypatch.setattr(kombu_inbox, 'WAITING', 1)

    async def scenario():
        inbox = Inbox(Oversized())
        thread = threading.Thread(target=lambda: [inbox.put(b'x') for _ in range(5)])
        thread.start()
        inbox.leave()
        await asyncio.to_thread(thread.join, 10)
        assert not thread.is_alive()

    run(scenario())


def test_the_loop_is_woken_once_for_all_that_has_come_and_gets_its_turn():
    async def scenario():
        inbox, heard, wakes = Inbox(Oversized()), [], []
        inbox._post.call = lambda function: (wakes.append(function), function())
        for number in range(500):
            inbox.put(b'%d' % number)
        assert len(wakes) == 1

        def slowly(body):
            time.sleep(0.0005)
            heard.append(body)

        hearing = asyncio.create_task(inbox.hear(slowly))
        turns = 0
        while len(heard) < 500:
            await asyncio.sleep(0)
            turns += 1
        assert turns > 50
        inbox.put(b'last')
        inbox.fail(Lost('gone'))
        with pytest.raises(Lost, match='gone'):
            await hearing
        assert heard[-1] == b'last'

    run(scenario())


class Broken:
    """A connection that gives what nobody can read."""

    connected = True
    supports_heartbeats = False

    def drain_events(self, timeout):
        raise ValueError('secret')


def test_a_transport_that_gives_nothing_readable_is_lost(caplog):
    async def scenario():
        broken = Broken()
        reader = Reader(broken, Inbox(Oversized()))
        for _ in range(kombu_inbox.UNREADABLE):
            reader.drain()
        with pytest.raises(Lost, match='nothing that Kombu can read'):
            reader.drain()
        broken.connected = False
        with pytest.raises(ValueError, match='secret'):
            Reader(broken, Inbox(Oversized())).drain()

    run(scenario())
    assert caplog.messages == ['cluster: a message is passed over that Kombu cannot read']
