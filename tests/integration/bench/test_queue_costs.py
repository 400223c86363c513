"""The measuring of the queue behind docs/scaling.md, in small."""

import os

from bench.scaling.joined import Queue
from bench.scaling.queue import Plan, measure

CORES = sorted(os.sched_getaffinity(0))


def test_every_cost_of_the_queue_is_measured():
    plan = Plan(CORES[0], CORES[-1], rounds=1, seconds=0.5, clients=100, bursts=1, calm=0.2)
    result = measure(plan, 'a command')
    assert [run.label for run in result.runs] == [
        'one',
        'two',
        'alone',
        'burst',
        'calm',
        'listeners',
    ]
    one, two = result.runs[:2]
    for run in (one, two):
        assert run.received == run.sent * 100 > 0
        assert run.recipients == 100
    valid = [run.model_copy(update={'void': ()}) for run in result.runs]
    queue = Queue.of(result.model_copy(update={'runs': tuple(valid)}))
    assert 0 < queue.hear < 1_000
    assert 0 < queue.each < 100
