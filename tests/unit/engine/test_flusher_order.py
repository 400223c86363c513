"""Whatever is queued, in whatever order, and whatever the kernel takes of it: each client gets its
packets once and in order, by way of its outbox or past it.
"""

import asyncio

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.engine import flusher as flushers
from gateway.engine.counters import Counters
from gateway.engine.flusher import Flusher
from gateway.wire.engineio import OVERHEAD, Packet

CLIENTS = 3


class Session:
    """A session and its WebSocket in one; `fd` is its place among the others."""

    def __init__(self, fd, plain, counters):
        self.fd, self.plain, self.counters = fd, plain, counters
        self.sid = str(fd)
        self.transport, self.wire = self, self if plain else None
        self.outbox, self.size, self.urgent, self.closed = [], 0, False, False
        self.takes = None  # bytes of the next frame that the kernel has room for; None: all
        self.got = self.kept = b''

    def write(self, data):
        assert not self.kept, 'behind what the kernel has refused'
        takes, self.takes = self.takes, None
        if takes == 0:
            raise BlockingIOError
        sent = len(data) if takes is None else min(takes, len(data))
        self.got += data[:sent]
        return sent

    def leave(self, session, data, sent):
        self.kept = data[sent:]
        self.size += len(self.kept)
        self.wire = None

    def drain(self):
        self.got += self.kept
        self.size -= len(self.kept)
        self.kept = b''
        self.wire = self if self.plain and not self.closed else None
        self.flush(self)

    def flush(self, session):
        if self.kept or not self.outbox:
            return
        data = b''.join(packet.frame for packet in self.outbox)
        self.outbox.clear()
        self.size = 0
        try:
            sent = self.write(data)
        except BlockingIOError:
            sent = 0
        if sent != len(data):
            self.leave(self, data, sent)

    def close(self, flusher):
        self.closed = True
        flusher.settle(self)
        self.wire = None
        self.drain()


class World:
    """A flusher and its sessions; `queued`: what each of them should get."""

    def __init__(self, plain):
        self.counters = Counters()
        self.flusher = Flusher(1_000_000, self.counters)
        self.sessions = [Session(fd, fd in plain, self.counters) for fd in range(CLIENTS)]
        self.queued = [b''] * CLIENTS
        self.told = self.bytes = 0

    def write(self, fd, data):
        return self.sessions[fd].write(data)

    def packet(self, *whom):
        packet = Packet(b'%d;' % self.told)
        for session in whom:
            self.queued[session.fd] += packet.frame
            self.told += 1
            self.bytes += packet.size - OVERHEAD
        return packet

    def broadcast(self, numbers):
        whom = [one for one in self.sessions if one.fd in numbers and not one.closed]
        self.flusher.broadcast(whom, self.packet(*whom))

    def direct(self, number):
        session = self.sessions[number]
        if not session.closed:
            self.flusher.direct(session, self.packet(session))

    def takes(self, number):
        self.sessions[number % CLIENTS].takes = number // CLIENTS

    def drain(self, number):
        self.sessions[number].drain()

    def close(self, number):
        if not self.sessions[number].closed:
            self.sessions[number].close(self.flusher)

    def spread(self, _):
        self.flusher.spread()

    def end(self):
        for session in self.sessions:
            while session.kept or session.outbox:
                session.drain()
        assert [session.got for session in self.sessions] == self.queued
        assert not any(session.size for session in self.sessions)
        counted = self.counters.packets_queued, self.counters.bytes_queued
        assert counted == (self.told, self.bytes)


who = st.integers(0, CLIENTS - 1)
STEPS = {
    'broadcast': st.sets(who, min_size=1),
    'direct': who,
    'takes': st.integers(0, 4 * CLIENTS - 1),
    'drain': who,
    'close': who,
    'spread': st.none(),
    'pass': st.none(),
}
steps = st.lists(
    st.one_of([st.tuples(st.just(name), value) for name, value in STEPS.items()]), max_size=40
)


def played(steps, plain):
    """A world in which that has happened; a slice is over after each single session."""
    world = World(plain)

    async def scenario():
        for name, value in steps:
            if name == 'pass':
                await asyncio.sleep(0)
            else:
                getattr(world, name)(value)
        for _ in range(len(steps) * CLIENTS):
            await asyncio.sleep(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flushers, 'write', world.write)
        patch.setattr(flushers, 'SLICE', -1.0)
        patch.setattr(flushers, '_CHECK_EVERY', 1)
        asyncio.run(scenario())
    return world


@settings(max_examples=1_000)
@given(steps=steps, plain=st.sets(who))
@example(steps=[('direct', 0), ('direct', 1), ('broadcast', {1})], plain={0, 1})
@example(steps=[('takes', CLIENTS), ('broadcast', {0}), ('pass', 0), ('broadcast', {0})], plain={0})
def test_each_client_gets_its_packets_once_and_in_order(steps, plain):
    played(steps, plain).end()


def test_a_broadcast_alone_goes_past_the_outboxes(monkeypatch):
    monkeypatch.delattr(Session, 'flush')
    everyone = set(range(CLIENTS))
    world = played([('broadcast', everyone)], everyone)
    assert [session.got for session in world.sessions] == world.queued


def test_one_to_nobody_leaves_it_alone(monkeypatch):
    monkeypatch.delattr(Session, 'flush')
    everyone = set(range(CLIENTS))
    world = played([('broadcast', everyone), ('broadcast', set())], everyone)
    assert [session.got for session in world.sessions] == world.queued


def test_one_to_nobody_is_no_fanout():
    world = played([('broadcast', set()), ('pass', None)], set())
    assert not any(world.counters.fanouts.counts)


def test_two_are_one_write(monkeypatch):
    writes = []
    write = Session.write
    monkeypatch.setattr(Session, 'write', lambda one, data: writes.append(one) or write(one, data))
    world = played([('broadcast', {0, 1}), ('broadcast', {0, 2})], {0, 1, 2})
    assert len(writes) == 3
    world.end()
