"""What the benchmark of handlers measures is there, and answers as it should."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench import routes, targets
from bench.rig import Settings, rig
from bench.scenarios import handlers
from bench.visitor import Visitor

CORE = min(os.sched_getaffinity(0))


@pytest.fixture(autouse=True, scope='module')
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The load generator is compiled afresh."""
    folder = tmp_path_factory.mktemp('cache')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('XDG_CACHE_HOME', str(folder))
        yield folder


def settings() -> Settings:
    target = targets.gateway(sys.executable)
    return Settings([target], rounds=1, ms=50, server_core=CORE, load_core=CORE)


@pytest.mark.parametrize('kind', handlers.KINDS)
def test_each_kind_of_event_is_acknowledged(kind: str):
    target = replace(targets.gateway(sys.executable), config=handlers.KINDS[kind])
    with rig(settings(), target) as it:
        it.load.spin(False)
        it.load.connect(20)
        run = it.load.echo(50, clients=20, window=4)
    assert run.faults == ()
    assert run.events == run.acks >= 80


def test_a_visitor_hears_both_emits_of_handlers_that_sleep():
    config = targets.GATEWAY + 'handlers: [bench.served.working]\n'
    target = replace(targets.gateway(sys.executable), config=config)
    with target.serving(CORE) as (_, port), Visitor(port) as visitor:
        visitor.emit(['work', 0.2], 3)
        assert visitor.hear(3) == [['response', 'start']] * 3
        assert visitor.hear(3) == [['response', 'processed']] * 3


def test_what_routes_add_is_measured_for_each_of_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(routes, 'EVENTS', 100)
    found = routes.rounds(2)
    assert sorted(found) == sorted(handlers.ROUTES)
    assert {len(values) for values in found.values()} == {2}


def test_the_scenario_gives_a_figure_for_each_of_its_rows(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(handlers, 'MARGIN', 1)
    lines: list[str] = []
    figures = handlers.run(replace(settings(), say=lines.append))
    rows = [*handlers.ASLEEP, *handlers.KINDS]
    rows += [f'route-{name}' for name in handlers.ROUTES]
    assert sorted(figure.row for figure in figures) == sorted(rows)
    assert [figure.voids for figure in figures] == [{}] * len(figures), lines
