"""The gateway's own rows are there, and what they measure answers as it should."""

import os
import sys
from dataclasses import replace
from typing import Any

import pytest

from bench.figures import rows
from bench.own import handlers, routes
from bench.own.visitor import Visitor
from bench.result import Result
from bench.rig import Settings
from bench.runner import run
from bench.scenario import KINDS
from bench.targets import GATEWAY, Local, TargetError, target

CORES = sorted(os.sched_getaffinity(0))


def measured(kind: str, *names: str, **facts: Any) -> Result:
    what = KINDS[kind].model_validate({'duration': '100ms', 'warmup': '20ms', 'rounds': 1, **facts})
    targets = [target(name, sys.executable) for name in names]
    return run(what, targets, Settings(CORES[0], (CORES[-1],)), 'python -m bench')


def figures(result: Result) -> dict[str, set[str]]:
    """The quantities of each label; who was busy depends on the machine."""
    for one in result.runs:
        assert [why for why in one.void if 'of its core' not in why] == []
    kept = [one.model_copy(update={'void': ()}) for one in result.runs]
    found: dict[str, set[str]] = {}
    for row in rows(result.model_copy(update={'runs': tuple(kept)})):
        found.setdefault(row.label, set()).add(row.quantity.name)
    return found


def test_the_time_until_each_listens_is_measured():
    result = measured('start', 'gateway', 'send-loop', rounds=2)
    [row] = rows(result)
    assert {name: len(values) for name, values in row.values.items()} == {
        'gateway': 2,
        'send-loop': 2,
    }
    assert row.ratio('gateway', 'send-loop') > 1


def test_handlers_and_routes_have_a_row_for_each_kind(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(handlers, 'MARGIN', 1.0)
    found = figures(measured('handlers', 'gateway', clients=10))
    assert {'echo_p99'} <= found['calm'] & found['asleep']
    assert all('cpu_per_event' in found[label] for label in handlers.KINDS)
    assert {label for label, names in found.items() if names == {'added_per_event'}} == {
        'actions 64',
        'actions 1mb',
        'guard 64',
        'guard 1mb',
    }


def test_only_the_gateway_has_handlers_to_measure():
    with pytest.raises(TargetError, match="send-loop: these are the gateway's own rows"):
        measured('handlers', 'send-loop')


def test_a_visitor_hears_both_emits_of_handlers_that_sleep():
    known = target('gateway', sys.executable)
    assert isinstance(known, Local)
    config = GATEWAY + 'handlers: [bench.own.served.working]\n'
    with (
        replace(known, config=config).serving(CORES[0]) as served,
        Visitor(served.address.port) as visitor,
    ):
        visitor.emit(['work', 0.2], 3)
        assert visitor.hear(3) == [['response', 'start']] * 3
        assert visitor.hear(3) == [['response', 'processed']] * 3


def test_what_routes_add_is_measured_for_each_of_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(routes, 'EVENTS', 100)
    found = routes.rounds(2)
    assert sorted(found) == ['actions-1mb', 'actions-64', 'guard-1mb', 'guard-64']
    assert {len(values) for values in found.values()} == {2}


def test_compression_saves_bytes_in_the_gateway_and_in_node():
    result = measured('compression', 'gateway', 'node', clients=20)
    costs = {'cpu_per_delivery', 'bytes_per_delivery', 'memory_per_connection'}
    labels = ['plain 1 KB', 'plain 16 KB', 'deflate 1 KB', 'deflate 16 KB']
    assert figures(result) == dict.fromkeys(labels, costs)
    sent = {row.label: row for row in rows(result) if row.quantity.name == 'bytes_per_delivery'}
    for name in ('gateway', 'node'):
        assert sent['plain 16 KB'].median(name) > 16_000
        assert sent['deflate 16 KB'].median(name) < 8_000


def test_tls_is_measured_beside_plain_tcp():
    costs = {'cpu_per_connection', 'memory_per_connection', 'cpu_per_delivery'}
    found = figures(measured('tls', 'gateway', 'node', clients=20))
    assert found == {'plain': costs, 'tls': costs}


def test_what_the_harness_cannot_change_is_not_compressed():
    with pytest.raises(TargetError, match='send-loop: only gateway, node'):
        measured('compression', 'send-loop')
