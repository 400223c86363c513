"""How many notes a second programs can publish to one client each, by the API.

The clock runs from the first request to the last note that the client has read. The gateway has one
core, the program and the client another. The floors are a third of what is asked of a quiet
machine (5,000 and 50,000); the figures are printed.
"""

import os

import pytest

from bench.process import Watched
from tests.support.api import ADMIN, KEY, port_of

pytestmark = pytest.mark.alone

ROUNDS = 3  # the best counts: others may have had the core in the rest


@pytest.fixture
def published(gateway, program):
    """`published(command, total, …)`: notes a second, and microseconds of CPU for each."""
    running = gateway({'/': {}}, admin=ADMIN)
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(running.process.pid, {cores[0]})
    watched = Watched(running.process.pid)
    publisher = program('tests.support.publisher', cpu=cores[-1])
    publisher.ask('open', port=running.port, admin=port_of(running), key=KEY)

    def publish(command, total, **options):
        best = 0.0
        for _ in range(ROUNDS):
            before = watched.cpu_ns()
            rate = publisher.ask(command, total=total, **options)
            each = (watched.cpu_ns() - before) / total / 1_000
            print(f'{command} {options}: {rate:,.0f} notes/s, {each:.1f} µs of CPU each')
            best = max(best, rate)
        return best

    return publish


def test_single_requests_on_connections_that_stay(published):
    assert published('single', 3_000, connections=4) > 5_000 / 3


@pytest.mark.parametrize('size', [100, 1_000])
def test_lists(published, size):
    assert published('lists', 20_000, size=size) > 50_000 / 3
