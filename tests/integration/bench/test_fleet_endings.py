"""How the measurements and the processes of a fleet end: told to, by mistake, by force."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bench.load.fleet import Address, Fleet, LoadError, Measured, Tick
from bench.load.generator import ROOT
from bench.load.wire import Dialect
from bench.process import free_port
from bench.targets import target

CORES = sorted(os.sched_getaffinity(0))
TWO = (CORES[0], CORES[-1])
LONG = 600.0  # seconds: what ends before was ended


@pytest.fixture(scope='module')
def address() -> Iterator[Address]:
    with target('send-loop', sys.executable).serving(CORES[0]) as served:
        yield served.address


@pytest.fixture(params=['native', 'python'])
def native(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == 'native')


RUNS: dict[str, Callable[[Fleet], Measured]] = {
    'broadcast': lambda fleet: fleet.broadcast(LONG, rate=50),
    'one at a time': lambda fleet: fleet.broadcast(LONG),
    'echo': lambda fleet: fleet.echo(LONG, rate=50),
    'connect': lambda fleet: fleet.connect(1000, rate=3),
}


@pytest.mark.parametrize(('run', 'native'), [*((run, True) for run in RUNS), ('echo', False)])
def test_stop_ends_the_run_from_another_thread(run: str, native: bool, address: Address):
    armed = threading.Event()

    def tick(_: Tick) -> None:
        if armed.is_set():
            armed.clear()
            threading.Thread(target=fleet.stop).start()

    with Fleet(address, TWO, native=native, spin=False, on_tick=tick) as fleet:
        fleet.connect(10)
        armed.set()
        begun = time.monotonic()
        measured = RUNS[run](fleet)
        assert measured.stopped
        assert measured.faults == ()
        assert time.monotonic() - begun < LONG / 10
        assert not fleet.wait(0.01).stopped


def test_stop_ends_the_run_from_a_signal_handler(native: bool, address: Address):
    with Fleet(
        address,
        TWO,
        native=native,
        spin=False,
        on_tick=lambda _: os.kill(os.getpid(), signal.SIGUSR1),
    ) as fleet:
        before = signal.signal(signal.SIGUSR1, lambda *_: fleet.stop())
        try:
            fleet.connect(10)
            fleet.wait(0.01)  # takes the stop that connecting has set off
            assert fleet.broadcast(LONG, rate=50).stopped
        finally:
            signal.signal(signal.SIGUSR1, before)


def test_stop_while_nothing_runs_ends_the_next(native: bool, address: Address):
    with Fleet(address, TWO, native=native, spin=False) as fleet:
        fleet.connect(10)
        fleet.stop()
        assert fleet.broadcast(LONG, rate=50).stopped
        assert not fleet.broadcast(0.05, rate=50).stopped


def test_a_refused_connection_is_one_clear_line(native: bool):
    with Fleet(Address('localhost', free_port()), TWO, native=native) as fleet:
        with pytest.raises(LoadError) as caught:
            fleet.connect(4)
        assert str(caught.value) == '4 of 4 connections failed: connection refused'
        assert fleet.connected == 0


def test_a_name_that_is_not_known_is_one_clear_line():
    fleet = Fleet(Address('nowhere.invalid', 1), TWO)
    with pytest.raises(LoadError, match=r'^nowhere\.invalid: '):
        fleet.__enter__()


def test_a_namespace_that_is_refused_says_so(native: bool):
    with (
        target('gateway', sys.executable).serving(CORES[0]) as served,
        Fleet(served.address, TWO, Dialect(namespace='/nowhere'), native=native) as fleet,
        pytest.raises(LoadError, match=r'4 of 4 connections failed: refused: \{"message":"Inval'),
    ):
        fleet.connect(4)


MISUSES: dict[str, Callable[[Fleet], object]] = {
    'nobody is connected': lambda fleet: (fleet.cut(), fleet.broadcast(1)),
    '10 clients do not fill 3 rooms evenly': lambda fleet: (
        fleet.cut(),
        fleet.connect(10, rooms=3),
        fleet.broadcast(1),
    ),
    '2 rooms, of which 0 were entered': lambda fleet: fleet.broadcast(1, rooms=2),
    'of another serializer': lambda fleet: fleet.broadcast(1, form='msgpack'),
    'speak one serializer': lambda fleet: fleet.connect(1, form='msgpack'),
    'want fleets of their own': lambda fleet: fleet.connect(1, transport='polling'),
}


@pytest.mark.parametrize('why', MISUSES)
def test_what_makes_no_sense_is_refused(why: str, address: Address):
    with Fleet(address, TWO, spin=False) as fleet:
        fleet.connect(10)
        with pytest.raises(LoadError, match=why):
            MISUSES[why](fleet)


def test_a_process_that_dies_ends_the_fleet(native: bool, address: Address):
    with Fleet(address, TWO, native=native, spin=False) as fleet:
        fleet.connect(10)
        os.kill(fleet.crew.members[-1].process.pid, signal.SIGKILL)
        with pytest.raises(LoadError, match='the load generator ended with -9'):
            fleet.broadcast(LONG, rate=50)
        with pytest.raises(LoadError, match='the load generator has ended'):
            fleet.wait(1)


def test_ctrl_c_is_for_us_alone(native: bool, address: Address):
    with Fleet(address, TWO, native=native, spin=False) as fleet:
        groups = {os.getpgid(generator.process.pid) for generator in fleet.crew.members}
        assert os.getpgrp() not in groups  # whom the terminal tells
        for generator in fleet.crew.members:
            os.kill(generator.process.pid, signal.SIGINT)
        fleet.connect(10)
        assert fleet.broadcast(20, count=1).received == 10


ORPHANS = """\
import sys
from bench.load.fleet import Address, Fleet
with Fleet(Address('127.0.0.1', int(sys.argv[1])), {cores}, native={native}) as fleet:
    fleet.connect(10)
    print(*(each.process.pid for each in fleet.crew.members), flush=True)
    fleet.broadcast(600, rate=10)
"""


def test_no_process_is_left_behind_when_we_are_killed(native: bool, address: Address):
    code = ORPHANS.format(cores=TWO, native=native)
    argv = [sys.executable, '-c', code, str(address.port)]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        try:
            pids = [os.pidfd_open(int(word)) for word in parent.stdout.readline().split()]
        finally:
            parent.kill()
    assert len(pids) == (2 if native else 1)
    for pid in pids:
        assert select.select([pid], [], [], 30)[0], 'it is still there'
        os.close(pid)
