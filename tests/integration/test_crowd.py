"""9,000 connections to one process: order, and what is left when half of them are cut."""

import resource
import time

import pytest

from tests.support.hub import NOTHING

CROWD = 9_000
WATCHERS = 20

pytestmark = pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < CROWD + 100,
    reason=f'each process needs {CROWD} file descriptors (ulimit -n)',
)


@pytest.fixture
def crowd(program):
    """A hub and its 9,000 clients: two programs, and the sids of the first clients."""
    hub, swarm = program('tests.support.hub'), program('tests.support.swarm')
    hub.before = hub.ask('count')
    hub.sids = swarm.ask('open', port=hub.hello['port'], count=CROWD)
    return hub, swarm


def test_three_sources_keep_their_order_during_chunked_broadcasts(crowd):
    hub, swarm = crowd
    rounds = 40
    hub.start('three_sources', sids=hub.sids[:WATCHERS], rounds=rounds, pause=0.005)
    times = swarm.ask('echo', first=0, last=WATCHERS, count=100)
    told = hub.finish()
    assert len(times) == 100 * WATCHERS
    assert told['under way'] > rounds / 2, 'a broadcast must take several turns of the loop'
    assert swarm.ask('received', source='broadcast', count=rounds) == rounds
    assert swarm.ask('received', source='direct', count=3 * rounds, last=WATCHERS) == 3 * rounds
    assert swarm.ask('received', source='echo', count=100, last=WATCHERS) == 100
    assert hub.ask('counters')['closed'] == {}


def test_half_of_them_are_cut_at_once_and_nothing_of_them_stays(crowd):
    hub, swarm = crowd
    rooms = [f'room {number}' for number in range(5)]
    swarm.ask('emit', event=['settle', rooms])
    settled = {**hub.before, 'sessions': CROWD, 'heartbeats': CROWD, 'namespaces': 1}
    settled |= {'clients': CROWD, 'members': CROWD, 'rooms': 5, 'callbacks': CROWD}
    settled |= {'connects': CROWD}
    assert becomes(hub, settled, 20)

    swarm.ask('cut', count=CROWD // 2)
    half = dict.fromkeys(('sessions', 'heartbeats', 'clients', 'members', 'callbacks'), CROWD // 2)
    assert becomes(hub, settled | half | {'disconnects': CROWD // 2}, 5)
    objects = dict.fromkeys(('Session', 'Client', 'WebSocket'), CROWD // 2)
    assert becomes(hub, objects | {'Polling': 0}, 5, 'alive')

    swarm.ask('echo', first=0, last=WATCHERS, count=10)  # the others noticed nothing
    swarm.ask('cut', count=CROWD // 2)
    totals = {'connects': CROWD, 'disconnects': CROWD}
    assert becomes(hub, hub.before | NOTHING | totals, 5)
    assert becomes(hub, dict.fromkeys([*objects, 'Polling'], 0), 5, 'alive')


def becomes(hub, counts, seconds, command='count'):
    """Whether a hub counts so within so many seconds; where not, the assertion shows how."""
    until = time.monotonic() + seconds
    while (found := hub.ask(command)) != counts and time.monotonic() < until:
        pass
    assert found == counts
    return True
