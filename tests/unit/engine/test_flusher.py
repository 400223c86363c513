"""Outboxes and their order, with transports that only note what they are given."""

import asyncio

import pytest

from gateway.engine import flusher as flushers
from gateway.engine.counters import Counters
from gateway.engine.flusher import Flusher
from gateway.engine.reason import Reason
from gateway.wire.engineio import Packet

LIMIT = 1_000


class Session:
    """What the flusher sees of a session; `takes` is whether its kernel buffer takes bytes."""

    def __init__(self, written, name, takes=True):
        self.name, self.takes, self.written = name, takes, written
        self.outbox, self.size, self.urgent, self.closed = [], 0, False, False
        self.transport, self.wire = self, None
        self.reasons, self.aborted = [], False
        self.sid = name

    def flush(self, session):
        assert session is self
        if self.takes and not self.aborted:
            self.written.append((self.name, [packet.payload for packet in self.outbox]))
            self.outbox.clear()
            self.size = 0

    def abort(self):
        self.aborted = True

    def close(self, reason, *_):
        self.closed = True
        self.reasons.append(reason)


@pytest.fixture
def written():
    return []


@pytest.fixture
def counters():
    return Counters()


@pytest.fixture
def flusher(counters):
    return Flusher(LIMIT, counters)


def run(steps):
    async def scenario():
        for step in steps:
            step()
            await asyncio.sleep(0)

    asyncio.run(scenario())


def test_queueing_never_writes_and_one_pass_writes_all_with_one_call(flusher, written, counters):
    a, b = Session(written, 'a'), Session(written, 'b')

    def queue():
        flusher.broadcast([a, b], Packet(b'1'))
        flusher.direct(a, Packet(b'2'))
        flusher.broadcast([b], Packet(b'3'))
        assert written == []

    run([queue])
    assert written == [('a', [b'1', b'2']), ('b', [b'1', b'3'])]
    assert (counters.packets_queued, a.size, a.outbox) == (4, 0, [])


def test_what_is_urgent_goes_first(flusher, written):
    crowd = [Session(written, number) for number in range(5)]

    def queue():
        flusher.broadcast(crowd, Packet(b'all'))
        flusher.direct(crowd[4], Packet(b'direct'))

    run([queue])
    assert [name for name, _ in written] == [4, 0, 1, 2, 3]
    assert written[0] == (4, [b'all', b'direct'])


def test_a_long_broadcast_gives_the_loop_back(flusher, written, monkeypatch):
    clock = iter(range(10**6))
    monkeypatch.setattr(flushers, 'monotonic', lambda: next(clock))  # each look is a second later
    crowd = [Session(written, number) for number in range(100)]
    passes = []
    steps = [lambda: flusher.broadcast(crowd, Packet(b'all'))]
    steps += [lambda: passes.append(len(written))] * 5
    run(steps)
    assert passes[-1] == 100
    assert 0 < passes[0] < passes[1] < 100
    assert [name for name, _ in written] == list(range(100))


def test_broadcasts_that_overlap_are_one_from_the_first_on(flusher, written, counters, monkeypatch):
    clock = iter(range(1, 10**6))
    monkeypatch.setattr(flushers, 'monotonic', lambda: next(clock))
    first, second = Session(written, 'first'), Session(written, 'second')

    def queue():
        flusher.broadcast([first], Packet(b'1'))
        flusher.direct(first, Packet(b'2'))  # which takes the broadcast into the outbox
        next(clock), next(clock)
        flusher.broadcast([second], Packet(b'3'))

    run([queue])
    assert [name for name, _ in written] == ['first', 'second']
    assert counters.fanouts.sum == next(clock) - 2  # from 1 to the last look


def test_a_slow_consumer_keeps_one_message_more_and_is_closed_once(flusher, written, counters):
    slow, other = Session(written, 'slow', takes=False), Session(written, 'other')
    big = Packet(b'x' * LIMIT)

    def queue():
        flusher.broadcast([slow, other], big)

    run([queue, lambda: None])
    assert (slow.outbox, slow.reasons) == ([big], [])
    run([queue, lambda: None])
    assert slow.aborted
    assert slow.reasons == [Reason.SLOW_CONSUMER]
    assert written == [('other', [big.payload])] * 2
    assert counters.packets_queued == 3


@pytest.mark.parametrize('times', [1, 2], ids=['its own', 'the one before'])
def test_who_fails_where_it_owes_too_much_fails_alone(times, flusher, written, monkeypatch):
    failing, other = Session(written, 'failing', takes=False), Session(written, 'other')
    big = Packet(b'x' * LIMIT)

    def fail(session):
        raise MemoryError

    def queue():
        monkeypatch.setattr(failing, 'flush', fail)
        for _ in range(times):
            flusher.broadcast([failing, other], Packet(b'1'))
        flusher.direct(failing, Packet(b'2'))

    run([lambda: flusher.direct(failing, big), queue, lambda: None])
    assert written == [('other', [b'1'] * times)]
    assert failing.reasons[0] is Reason.SERVER_ERROR


def test_only_what_the_kernel_refuses_counts(flusher, written):
    prompt = Session(written, 'prompt')

    def queue():
        for _ in range(50):
            flusher.broadcast([prompt], Packet(b'x' * LIMIT))

    run([queue])
    assert not prompt.reasons
    assert sum(len(packets) for _, packets in written) == 50


def test_a_slow_consumer_of_direct_messages(flusher, written):
    slow = Session(written, 'slow', takes=False)
    run([lambda: flusher.direct(slow, Packet(b'x' * LIMIT))] * 3 + [lambda: None])
    assert set(slow.reasons) == {Reason.SLOW_CONSUMER}
    assert len(slow.outbox) == 1


def test_a_closed_session_takes_nothing(flusher, written, counters):
    session = Session(written, 'closed')
    session.closed = True
    run([lambda: flusher.direct(session, Packet(b'1'))])
    assert (written, counters.packets_undelivered) == ([], 1)


def test_volatile_packets_skip_who_owes_something_of_an_earlier_turn(flusher, written, counters):
    blocked, fresh = Session(written, 'blocked', takes=False), Session(written, 'fresh')
    refused = Session(written, 'refused')
    refused.size = 10  # its transport holds what the kernel has refused
    everyone = [blocked, fresh, refused]
    run([lambda: flusher.broadcast([blocked], Packet(b'1'))])

    def queue():
        flusher.broadcast([fresh], Packet(b'2'))
        assert flusher.prompt(everyone) == [fresh]

    run([queue])
    assert counters.volatile_dropped == 2
