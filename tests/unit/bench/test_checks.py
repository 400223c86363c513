"""What can't be measured is found before anything is started."""

import os
from argparse import Namespace

import pytest

from bench import arguments, checks, cli, measuring, whom
from bench.scenario import KINDS, Fanout, Group, Mixed
from bench.targets import limits, remote, target
from tests.support.bench_command import complaint


@pytest.fixture(autouse=True)
def nothing_is_started(monkeypatch: pytest.MonkeyPatch):
    def measured(*_):
        raise AssertionError('it went on to measure')

    monkeypatch.setattr(measuring, 'measured', measured)


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (['fanout', '--python', '/nonexistent'], '--python: /nonexistent is no program that can'),
        (['fanout', '--python', '/'], '--python: / is no program that can be started'),
        (['handlers', '--target', 'node'], 'node: handlers measures only gateway'),
        (['compression', '--target', 'send-loop'], 'send-loop: compression measures only gateway'),
        (['tls', '--target', 'python-socketio'], 'python-socketio: tls measures only gateway'),
        (['start', '--url', 'http://a:1'], 'a:1: start measures only servers that it starts'),
        (['fanout', '--forms', 'msgpack', '--target', 'node'], 'node speaks no msgpack'),
        (['run', 'polling', '--target', 'send-loop'], 'send-loop has no polling (group polling)'),
        (['fanout', '--find-peak', '50ms', '--rate', 'closed'], '--find-peak climbs from a rate'),
        (['fanout', '--name', '../x'], '../x: a name is up to 100 letters, digits, dots, dashes'),
        (['fanout', '--name', 'a/b'], 'a/b: a name is '),
        (['selftest', '--server-core', '0'], 'unknown flag --server-core'),
        (['selftest', '--generator', 'native'], 'unknown flag --generator'),
        (['selftest', '--python', '/bin/sh'], 'unknown flag --python'),
    ],
)
def test_what_cannot_be_measured_is_one_line(capsys, words, said):
    assert complaint(capsys, *words).startswith(said)


def test_of_all_those_are_left_out_that_cannot_be_measured_so(capsys):
    found = [target(name) for name in ('gateway', 'node')]
    scenario = KINDS['handlers'](targets=('all',))
    assert [one.name for one in found if whom.measurable(scenario, one)] == ['gateway']
    assert capsys.readouterr().err == 'bench: left out: node: handlers measures only gateway\n'


def test_a_scenario_that_a_target_speaks_in_part_is_measured():
    checks.able(Fanout(forms=('json', 'msgpack')), target('node'))
    checks.possible(Fanout(name='Größe 2.5_a-b'))


def test_a_load_process_needs_descriptors_for_its_own_clients_only(monkeypatch):
    asked = []
    monkeypatch.setattr(limits, 'descriptors', asked.append)
    groups = {'a': Group(clients=30), 'b': Group(clients=101)}
    assert whom.share(Fanout(clients=999, probe=1), 4) == 250
    assert whom.share(Mixed(groups=groups), 2) == 51
    assert whom.share(KINDS['tls'](clients=100), 4) == 100
    target('gateway').check(999, 250)
    with pytest.raises(checks.TargetError):
        remote('http://127.0.0.1:1').check(999, 250)
    assert asked == [999, 250]


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch):
    """A machine of four cores, and those of them on which process 7 may run."""

    def set_to(*cores: int):
        sets = {0: {0, 1, 2, 3}, 7: {*cores}}
        monkeypatch.setattr(os, 'sched_getaffinity', lambda pid: sets[pid])
        return remote('http://127.0.0.1:1', pid=7)

    return set_to


def test_a_server_that_may_run_where_the_load_is_is_told_and_noted(allowed, capsys):
    found = checks.apart(allowed(0, 1, 2), (1, 2))
    assert 'may run on core 1, 2, where the load is' in found.about
    said = capsys.readouterr().err
    assert said.startswith('bench: process 7 may run on core 1, 2, where the load is')
    assert said.count('\n') == 1
    apart = allowed(0)
    assert checks.apart(apart, (1, 2)) is apart
    assert capsys.readouterr().err == ''


def test_a_server_on_the_very_core_of_the_load_is_refused(allowed):
    with pytest.raises(arguments.Wrong, match=r'^--load-cores: 1 is the core of process 7$'):
        checks.apart(allowed(1), (1,))


def test_a_smoke_test_never_has_more_clients_nor_none():
    groups = {f'g{number}': Group(clients=1) for number in range(150)}
    quick = arguments.quickened(Mixed(name='many', groups=groups), {})
    assert {group.clients for group in quick.groups.values()} == {1}
    groups = {'a': Group(clients=60, room_size=20), 'b': Group(clients=5), 'c': Group(clients=900)}
    quick = arguments.quickened(Mixed(name='some', groups=groups), {})
    assert [group.clients for group in quick.groups.values()] == [20, 5, 33]


def test_the_commands_of_the_bar_repeat_how_it_was_measured():
    parser = arguments.Parser('bar')
    arguments.add_machine(parser)
    assert measuring.machine_words(parser, parser.finished([])) == []
    chosen = Namespace(server_core=3, load_cores=(1, 2), generator='python')
    words = ['--server-core', '3', '--load-cores', '1,2', '--generator', 'python']
    assert measuring.machine_words(parser, chosen) == words


def test_the_bar_keeps_with_each_result_the_command_that_repeats_it(monkeypatch, tmp_path):
    kept = []

    def measured(scenario, targets, options, command):
        kept.append(command)
        raise measuring.Failed('not now')

    monkeypatch.setattr(measuring, 'measured', measured)
    words = ['bar', '--only', 'echo', '--quick', '--generator', 'python', '--target', 'gateway']
    cli.main([*words, '--out', str(tmp_path)])
    said = 'python -m bench run echo --target gateway --generator python --quick'
    assert kept == [said]
