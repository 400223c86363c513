"""What the native load generator counts and times, against the C loop and servers that are good."""

import asyncio
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench import build
from bench.histogram import Histogram
from bench.load.wire import Form
from bench.process import Process, free_port
from tests.support.load_process import LoadProcess, faults, histogram, native
from tests.support.load_server import Server, frame, serving

CLIENTS = 50
CORE = min(os.sched_getaffinity(0))


@contextmanager
def send_loop(*arguments: str) -> Iterator[int]:
    port = free_port()
    with Process([str(build.send_loop()), str(port), *arguments], core=CORE) as process:
        process.wait_port(port)
        yield port


@contextmanager
def connected(*arguments: str, clients: int = CLIENTS) -> Iterator[LoadProcess]:
    with send_loop(*arguments) as port, native() as process:
        process.connect(port, clients)
        yield process


@pytest.mark.parametrize('form', ['json', 'binary'])
def test_one_broadcast_at_a_time_reaches_all(form: Form):
    with connected() as process:
        assert process.wire
        process.wire.form = form
        answer = process.broadcast(count=40, ms=10_000)
    assert faults(answer) == {}
    assert (answer['sent'], answer['received'], answer['completed']) == (40, 40 * CLIENTS, 40)
    assert histogram(answer, 'delivery').count == 40 * CLIENTS
    for name in ('first', 'median', 'last'):
        assert histogram(answer, name).count == 40
    slowest = histogram(answer, 'delivery').percentile(100)
    assert histogram(answer, 'last').percentile(100) == slowest > 0
    [fastest, _], [first, _] = (histogram(answer, of).steps[0] for of in ('delivery', 'first'))
    assert first == fastest > 0


@pytest.mark.parametrize('arguments', [(), ('coalesce',)])
def test_broadcasts_on_a_schedule_with_a_probe_beside_them(arguments: tuple[str, ...]):
    with connected(*arguments) as process:
        process.echo(clients=1, ms=1)  # names the probe's bytes
        answer = process.broadcast(
            interval_ns=5_000_000, ms=500, probe_ns=10_000_000, drain_ms=10_000
        )
    assert faults(answer) == {}
    assert (answer['sent'], answer['received']) == (100, 100 * CLIENTS)
    assert answer['events'] == answer['acks'] == histogram(answer, 'echo').count == 50
    assert 0 < answer['idle_seconds'] <= answer['seconds'] + 0.1


@pytest.mark.parametrize('name', ['broadcast', 'echo'])
def test_a_schedule_lasts_until_its_end(name: str):
    with connected() as process:
        answer = getattr(process, name)(interval_ns=400_000_000, ms=800, drain_ms=10_000)
    assert (answer['sent'] or answer['events']) == 2
    assert 0.8 <= answer['seconds'] < 5  # the last one left after 0.4


def test_what_leaves_late_is_counted():
    with connected() as process:
        process.form()
        process.send('broadcast', interval_ns=1_000_000, ms=1200, drain_ms=10_000, payload=64)
        assert process.child.stdout
        assert json.loads(process.child.stdout.readline())['kind'] == 'tick'  # it is under way
        os.kill(process.child.pid, signal.SIGSTOP)
        threading.Event().wait(0.1)  # the delay is what is tried
        os.kill(process.child.pid, signal.SIGCONT)
        answer = process.answer()
    assert 80 <= answer['late'] < 1200
    assert answer['publish_lag_ns'] > 90_000_000


def test_pipelined_echoes_are_all_acknowledged():
    with connected() as process:
        answer = process.echo(clients=10, pipeline=16, ms=200, drain_ms=10_000)
        again = process.echo(clients=10, pipeline=1, ms=50, payload=4000, drain_ms=10_000)
    assert faults(answer) == faults(again) == {}
    assert answer['events'] == answer['acks'] == histogram(answer, 'echo').count >= 160
    assert again['acks'] >= 10


def test_echoes_on_a_schedule_are_those_of_the_schedule():
    with connected() as process:
        answer = process.echo(clients=10, interval_ns=1_000_000, ms=200, drain_ms=10_000)
    assert faults(answer) == {}
    assert answer['events'] == answer['acks'] == histogram(answer, 'echo').count == 200


def test_connections_on_a_schedule_come_when_they_are_due():
    with send_loop() as port, native() as process:
        process.setup(port)
        answer = process.ask('connect', count=10, interval_ns=20_000_000)
        more = process.ask('connect', count=5, window=2, first=10)
    assert answer['ready'] == Histogram.of(answer['latency']).count == 10
    assert answer['seconds'] >= 0.18
    assert (more['ready'], Histogram.of(more['latency']).count) == (15, 5)


def test_runs_follow_one_another_on_the_same_connections():
    with connected() as process:
        runs = [
            process.broadcast(count=3, ms=5000, payload=size)
            for size in (32, 64, 125, 4000, 60_000)
        ]
    assert [run['received'] for run in runs] == [3 * CLIENTS] * 5
    assert [faults(run) for run in runs] == [{}] * 5


@pytest.mark.parametrize('leave', ['cut', 'close'])
def test_connections_leave_and_come_back(leave: str):
    with connected() as process:
        assert process.ask(leave) == {'kind': leave}
        answer = process.ask('connect', count=CLIENTS)
        assert answer['ready'] == CLIENTS
        assert faults(process.broadcast(count=1, ms=5000)) == {}


def test_ticks_add_up_to_the_whole():
    with connected() as process:
        answer = process.broadcast(interval_ns=20_000_000, ms=1500, drain_ms=10_000)
        told = list(process.told)
    assert [tick['second'] for tick in told] == [0, 1]
    assert [tick['connected'] for tick in told] == [CLIENTS] * 2
    assert sum(tick['sent'] for tick in told) == answer['sent'] == 75
    assert sum(tick['received'] for tick in told) == answer['received']
    whole = Histogram.of(step for tick in told for step in tick['latency'])
    assert whole == histogram(answer, 'delivery')
    assert 0 < told[1]['sent'] < 75


def test_ticks_of_echoes_and_of_waiting():
    with connected() as process:
        answer = process.echo(clients=5, interval_ns=10_000_000, ms=1200, drain_ms=10_000)
        told = list(process.told)
        process.ask('wait', ms=1100)
        waited = list(process.told)
    assert sum(tick['received'] for tick in told) == answer['acks'] == 120
    assert Histogram.of(step for tick in told for step in tick['latency']) == histogram(
        answer, 'echo'
    )
    assert [(tick['second'], tick['connected']) for tick in waited] == [(0, CLIENTS)]


@pytest.mark.parametrize(
    ('name', 'options'),
    [
        ('broadcast', {'interval_ns': 10_000_000, 'ms': 60_000, 'payload': 64}),
        ('broadcast', {'publish': 0, 'payload': 64}),
        ('echo', {'interval_ns': 10_000_000, 'ms': 60_000}),
        ('echo', {'ms': 60_000}),
        ('wait', {'ms': 60_000}),
        ('connect', {'count': 1000, 'interval_ns': 1_000_000_000}),
    ],
)
def test_a_run_that_is_stopped_ends_at_once(name: str, options: dict[str, int]):
    with connected(clients=3) as process:
        process.form()
        assert process.wire
        echo = process.wire.echo() if name == 'echo' else {}
        process.send(name, **echo, **options)
        if name == 'broadcast' and not options.get('publish', 1):
            assert process.answer() == {'kind': 'ready'}
        process.send('stop')
        answer = process.answer()
        assert (answer['kind'], answer['stopped']) == (name, True)
        process.send('stop')  # nothing runs: it has no answer
        assert process.ask('wait', ms=1)['stopped'] is False


def test_the_end_of_the_input_ends_a_run():
    with send_loop() as port, native() as process:
        process.connect(port, 3)
        process.send('wait', ms=60_000)
        process.leave()


def test_heartbeats_are_answered_and_counted():
    answers = []

    def ping(server: Server, client: asyncio.StreamWriter, data: bytes) -> None:
        answers.append(data)
        asyncio.get_running_loop().call_later(0.01, client.write, frame(b'2'))

    greeting = frame(b'40{}') + frame(b'2') + frame(b'6')
    with serving(Server(ping, connected=greeting)) as server, native() as process:
        process.setup(server.port)
        process.ask('connect', count=1)
        waited = process.ask('wait', ms=200)
        process.ask('cut')
    assert waited['pings'] >= 2
    assert (waited['ready'], waited['failed']) == (1, 0)
    assert set(answers) == {b'3'}


def test_its_own_receiving_keeps_up():
    output = subprocess.run([build.receiver(), 'selftest'], capture_output=True, check=True)
    answer = json.loads(output.stdout)
    assert answer['received'] / answer['cpu_seconds'] >= 5_000_000
