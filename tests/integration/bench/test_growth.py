"""The measuring behind docs/scaling.md, in small, against the C loop."""

import os
from pathlib import Path

import pytest

from bench.scaling.costs import Costs
from bench.scaling.growth import Plan, kernel_bytes, largest_cache, measure
from bench.targets import target

pytestmark = pytest.mark.alone

CORES = sorted(os.sched_getaffinity(0))


@pytest.fixture
def plan() -> Plan:
    return Plan(
        targets=[target('send-loop')],
        server_core=CORES[0],
        load_cores=CORES[-1:],
        rounds=1,
        seconds=0.3,
        sizes=(150, 300),
        resting=0.2,
    )


def test_every_cost_is_measured(plan: Plan, tmp_path: Path):
    result = measure(plan, 'a command')
    result.save(tmp_path / 'growth.json.gz')
    assert type(result).load(tmp_path / 'growth.json.gz') == result
    by_label = {run.label: run for run in result.runs}
    assert list(by_label) == [
        'connect 150',
        'broadcast 150',
        'cold 150',
        'payload 1024',
        'payload 8192',
        'echo',
        'connect 300',
        'broadcast 300',
        'cold 300',
        'idle',
    ]
    assert by_label['connect 300'].values == {'added': 150}
    assert by_label['broadcast 300'].received == by_label['broadcast 300'].sent * 300 > 0
    assert by_label['payload 8192'].recipients == 150
    assert by_label['idle'].connections == 300
    # Runs as short as these may be void because other processes were at work, too.
    reasons = {void for run in result.runs for void in run.void}
    assert all(void.startswith(('the server used only', 'the load gen')) for void in reasons)
    valid = result.model_copy(
        update={'runs': tuple(run.model_copy(update={'void': ()}) for run in result.runs)}
    )
    costs = Costs.of(valid, 'send-loop')
    assert set(costs.delivery) == {150, 300}
    assert 0 < costs.delivery[150] < 1000
    assert 0 < costs.cold < 1000
    assert costs.event > 0


def test_the_kernel_and_the_processor_say_what_they_hold():
    assert kernel_bytes() > 1 << 20
    assert largest_cache() >= 1 << 18
