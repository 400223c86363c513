"""Turns, failures and interruptions, with targets and measurements that are made up."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from bench import kinds, runner
from bench.interrupts import Interrupts
from bench.live import Live
from bench.load.fleet import LoadError
from bench.result import Run
from bench.rig import Settings, Site
from bench.scenario import Fanout
from bench.targets import TargetError


@dataclass
class Told(Live):
    turns: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    ended: bool = False

    def turn(self, target, number):
        self.turns.append(f'{target} {number}')

    def run(self, run):
        self.runs.append(run)

    def end(self, result):
        self.ended = True


@dataclass
class Named:
    """As much of a target as a runner sees."""

    name: str
    slow: bool = False
    about: str = 'made up'
    settings: str = ''

    def versions(self) -> dict[str, str]:
        return {self.name: '1.0'}


Round = Callable[[Fanout, Site], Iterator[Run]]


def measured(site: Site, **facts) -> Run:
    return Run(target=site.target.name, round=site.round, **facts)


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch):
    def call(round_: Round, *targets: Named, rounds: int = 3):
        monkeypatch.setattr(kinds, 'ROUNDS', {'fanout': round_})
        live = Told()
        scenario = Fanout(name='made-up', rounds=rounds)
        settings = Settings(0, (1,), live=live)
        return runner.run(scenario, targets, settings, 'bench made-up'), live

    return call


def one(scenario: Fanout, site: Site) -> Iterator[Run]:
    yield measured(site)


def test_targets_take_turns_and_slow_ones_only_once(measure):
    result, live = measure(one, Named('a'), Named('b'), Named('c', slow=True))
    assert live.turns == ['a 0', 'b 0', 'c 0', 'b 1', 'a 1', 'a 2', 'b 2']
    assert [f'{run.target} {run.round}' for run in result.runs] == live.turns
    assert list(result.runs) == live.runs
    assert live.ended
    assert not result.interrupted


def test_the_result_says_what_was_measured_and_how(measure):
    def round_(scenario, site):
        site.generators.add('native')
        yield measured(site)

    result, _ = measure(round_, Named('a'))
    assert result.command == 'bench made-up'
    assert result.scenario['name'] == 'made-up'
    assert result.scenario['kind'] == 'fanout'
    assert result.environment.load_generator == 'native'
    assert (result.environment.server_core, result.environment.load_cores) == (0, (1,))
    [target] = result.targets
    assert (target.name, target.about, target.versions) == ('a', 'made up', {'a': '1.0'})


@pytest.mark.parametrize('error', [LoadError('3 failed'), TargetError('3 failed'), OSError(5, 'x')])
def test_a_target_that_fails_makes_its_round_void_and_the_others_go_on(measure, error):
    def round_(scenario, site):
        if (site.target.name, site.round) == ('a', 1):
            raise error
        yield measured(site)

    result, _ = measure(round_, Named('a'), Named('b'))
    assert len(result.runs) == 6
    [void] = [run for run in result.runs if run.void]
    assert (void.target, void.round, void.void) == ('a', 1, (str(error),))


def test_what_a_round_had_found_before_it_failed_is_kept(measure):
    def round_(scenario, site):
        yield measured(site, label='json')
        raise LoadError('gone')

    result, _ = measure(round_, Named('a'), rounds=1)
    assert [(run.label, run.void) for run in result.runs] == [('json', ()), ('', ('gone',))]


def test_where_nothing_can_be_measured_the_first_failure_is_raised_after_one_round(measure):
    seen = []

    def round_(scenario, site):
        seen.append(site.target.name)
        raise LoadError(f'{site.target.name} is gone')
        yield

    with pytest.raises(LoadError, match='a is gone'):
        measure(round_, Named('a'), Named('b'))
    assert seen == ['a', 'b']


def test_ctrl_c_between_measurements_ends_it_with_what_there_is(measure):
    closed = []

    def round_(scenario, site):
        try:
            yield measured(site)
            if site.round == 1:
                os.kill(os.getpid(), signal.SIGINT)
            yield measured(site, label='second')
        finally:
            closed.append(site.round)

    result, live = measure(round_, Named('a'))
    assert [(run.round, run.label) for run in result.runs] == [(0, ''), (0, 'second'), (1, '')]
    assert result.interrupted
    assert live.ended
    assert closed == [0, 1]


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_measurement_that_is_interrupted_is_ended_and_kept(measure, number):
    class Fleet:
        stopped = False

        def stop(self):
            self.stopped = True

    def round_(scenario, site):
        fleet = Fleet()
        with site.interrupts.stoppable([fleet]):
            os.kill(os.getpid(), number)
        yield measured(site, interrupted=fleet.stopped)
        raise AssertionError('it went on')

    result, _ = measure(round_, Named('a'), Named('b'))
    assert [(run.target, run.interrupted) for run in result.runs] == [('a', True)]
    assert result.interrupted


def test_a_second_signal_interrupts_even_a_measurement():
    class Fleet:
        stopped = 0

        def stop(self):
            self.stopped += 1

    interrupts, fleet = Interrupts(), Fleet()
    with interrupts.handled(), interrupts.stoppable([fleet]):
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert fleet.stopped == 1


def test_the_handlers_of_before_are_put_back():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupts().handled():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
