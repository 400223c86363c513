"""Each kind of scenario with the gateway and the bare loop in C. The figures mean nothing here."""

import os
import signal
import sys
import threading
from typing import Any

import pytest

from bench.figures import COMPANY, QUANTITIES, rows, value
from bench.live import Live
from bench.load.fleet import LoadError
from bench.result import Result, Run
from bench.rig import Settings
from bench.runner import run
from bench.runs import verdict
from bench.scenario import KINDS, Scenario
from bench.targets import TargetError, target

CORES = sorted(os.sched_getaffinity(0))
SHORT = {'duration': '200ms', 'warmup': '50ms', 'rounds': 1}
BOTH = ('gateway', 'send-loop')


def scenario(kind: str, **facts: Any) -> Scenario:
    return KINDS[kind].model_validate(SHORT | facts)


def measured(what: Scenario, *names: str, live: Live | None = None) -> Result:
    settings = Settings(CORES[0], (CORES[-1],), live=live or Live())
    targets = [target(name, sys.executable) for name in names]
    return run(what, targets, settings, 'python -m bench')


def sound(result: Result) -> list[Run]:
    """Its runs. Who was busy depends on the machine; nothing else may be wrong."""
    words = [word.split('%')[0].rstrip('0123456789') for word in excuses()]
    for one in result.runs:
        assert [why for why in one.void if not why.startswith(tuple(words))] == []
    return list(result.runs)


def excuses() -> list[str]:
    return [*verdict([1.0], 0.1, closed=False), *verdict([], 0.1, closed=True, late=0.5)]


def said(one: Run) -> set[str]:
    return {quantity.name for quantity in QUANTITIES if value(one, quantity) is not None}


def test_broadcasts_on_a_schedule_reach_everyone():
    result = measured(scenario('fanout', clients=20, rate=100), *BOTH)
    runs = sound(result)
    assert [one.target for one in runs] == ['gateway', 'send-loop']
    for one in runs:
        assert one.connections == one.recipients == 20
        assert one.received == one.sent * 20 >= 200
        assert one.server
        assert one.server.cpu > 0
        assert {'p50', 'first_p99', 'median_p99', 'last_p99', 'cpu_per_delivery'} <= said(one)
    assert result.environment.load_generator == 'native'
    assert result.targets[0].versions['gateway']


def test_forms_take_turns_on_one_server():
    what = scenario(
        'fanout', clients=20, rate='closed', forms=['json', 'msgpack', 'binary'], rounds=2
    )
    runs = sound(measured(what, *BOTH))
    labels = [(one.target, one.label) for one in runs]
    assert labels[:3] == [('gateway', 'json'), ('gateway', 'msgpack'), ('gateway', 'binary')]
    assert labels[3:5] == [('send-loop', 'json'), ('send-loop', 'binary')]
    assert labels[5:7] == [('send-loop', 'binary'), ('send-loop', 'json')]
    assert labels[7:] == [('gateway', 'binary'), ('gateway', 'msgpack'), ('gateway', 'json')]
    assert all(one.received == one.sent * 20 > 0 for one in runs)


def test_a_target_that_speaks_none_of_the_forms_says_so():
    with pytest.raises(TargetError, match='send-loop speaks no msgpack'):
        measured(scenario('fanout', clients=2, forms=['msgpack']), 'send-loop')


def test_a_probe_is_one_client_more():
    [one] = sound(measured(scenario('fanout', clients=20, rate=20, probe=100), 'gateway'))
    assert one.recipients == 21
    assert one.acknowledged == one.events >= 10
    assert {'echo_p99', 'p99'} <= said(one)
    assert 'cpu_per_event' not in said(one)


def test_the_climb_is_told_step_by_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr('bench.kinds.peak.MOST', 80.0)
    [one] = measured(scenario('fanout', clients=10, rate=20, find_peak='2s'), 'gateway').runs
    assert [step['rate'] for step in one.notes['ladder']] == [20, 40, 80]
    assert [step['failed'] for step in one.notes['ladder']] == [''] * 3
    assert all(step['deliveries'] > 0 and step['p99_ms'] > 0 for step in one.notes['ladder'])
    assert one.values['peak'] == one.received / one.seconds
    assert one.void[0].endswith('the climb ends at 80 broadcasts/s')


@pytest.mark.parametrize('rate', ['closed', 200])
def test_events_are_acknowledged(rate):
    for one in sound(measured(scenario('echo', clients=10, rate=rate), *BOTH)):
        assert one.acknowledged == one.events >= 40
        assert {'cpu_per_event', 'echo_p99', 'events_per_s'} <= said(one)


@pytest.mark.parametrize(('storm', 'added'), [('handshake', 30), ('reconnect', 40)])
def test_storms_of_connections_end_with_all_connected(storm, added):
    what = scenario('connect', clients=40, counted_from=10, storm=storm)
    for one in sound(measured(what, *BOTH)):
        assert one.connections == 40
        assert one.values['added'] == one.histograms['connect'].count == added
        assert {'cpu_per_connection', 'connect_max', 'all_connected'} <= said(one)


def test_clients_at_rest_are_measured_by_their_memory():
    what = scenario('idle', clients=60, counted_from=20)
    for one in sound(measured(what, *BOTH)):
        assert one.connections == 60
        assert one.values['added'] == 40
        assert {'memory_per_connection', 'idle_cpu'} <= said(one)


def test_missing_heartbeats_void_a_run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr('bench.kinds.idle.INTERVAL', 0.1)
    [one] = measured(scenario('idle', clients=4, counted_from=1), 'gateway').runs
    assert one.void == ('0 heartbeats instead of 8',)


def test_groups_are_measured_together_and_alone():
    groups = {
        'quiet': {'clients': 10, 'rate': 50},
        'rooms': {'clients': 20, 'room_size': 5, 'rate': 100, 'form': 'binary', 'slow_readers': 2},
    }
    result = measured(scenario('mixed', groups=groups, alone=['quiet'], rounds=2), *BOTH)
    runs = sound(result)
    order = ['quiet alone', 'quiet', 'rooms', 'together']
    assert [one.label for one in runs if (one.target, one.round) == ('gateway', 0)] == order
    order = ['quiet', 'rooms', 'together', 'quiet alone']
    assert [one.label for one in runs if (one.target, one.round) == ('gateway', 1)] == order
    for one in runs:
        assert one.connections == 30
        assert {'quiet': 10, 'quiet alone': 10, 'rooms': 5}.get(one.label, 0) == one.recipients
        assert (one.server is None) is (one.label in groups)
    for one in (one for one in runs if one.label == 'together'):
        parts = [it for it in runs if it.label in groups and it.target == one.target]
        assert one.received == sum(it.received for it in parts if it.round == one.round)
        assert one.notes == {'slow_readers': 2, 'slow_readers_cut_off': 0}
    [company] = [row for row in rows(result) if row.quantity is COMPANY]
    assert company.label == 'quiet'


def test_polling_and_msgpack_join_in():
    groups = {
        'polling': {'clients': 5, 'rate': 20, 'transport': 'polling'},
        'packed': {'clients': 5, 'rate': 20, 'form': 'msgpack'},
    }
    result = measured(scenario('mixed', groups=groups), 'gateway')
    assert [one.received > 0 for one in sound(result)] == [True] * 3


@pytest.mark.parametrize(
    ('group', 'name', 'why'),
    [
        ({'form': 'msgpack'}, 'send-loop', r'send-loop speaks no msgpack \(group g\)'),
        ({'transport': 'polling'}, 'send-loop', r'send-loop has no polling \(group g\)'),
        ({'clients': 10, 'room_size': 3}, 'gateway', r'10 clients fill no rooms of 3 \(g\)'),
    ],
)
def test_groups_that_cannot_be_say_why(group, name, why):
    with pytest.raises(TargetError, match=why):
        measured(scenario('mixed', groups={'g': group}), name)


def test_ctrl_c_ends_the_measurement_and_keeps_what_it_has_found():
    class Impatient(Live):
        """Interrupts after the first second of a measurement."""

        measuring = False

        def phase(self, text, seconds=None):
            self.measuring = text.startswith('measuring')

        def tick(self, tick, server=None, load=None):
            if self.measuring:
                self.measuring = False
                threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT)).start()

    what = scenario('fanout', clients=10, rate=100, duration='60s', warmup='0s', rounds=3)
    result = measured(what, 'gateway', live=Impatient())
    assert result.interrupted
    [one] = sound(result)
    assert one.interrupted
    assert 0 < one.seconds < 30
    assert one.received > 0
    assert {'p99', 'cpu_per_delivery'} <= said(one)


def test_a_server_that_is_not_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr('bench.rig.Rig.connect', failing)
    with pytest.raises(LoadError, match='connection refused'):
        measured(scenario('echo', clients=2), 'send-loop')


def failing(*args: object, **kwargs: object) -> None:
    raise LoadError('2 of 2 connections failed: connection refused')
