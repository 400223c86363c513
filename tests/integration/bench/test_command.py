"""`python -m bench` as people type it: figures from two targets, and what may go wrong."""

import fcntl
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator

import pytest

from bench import build, cli, measuring
from bench.arguments import Parser, add_output, add_targets
from bench.result import Result
from bench.scenario import KINDS
from bench.targets import NAMES, target
from tests.support.bench_command import bench, complaint

SMALL = ('--clients', '20', '--duration', '300ms', '--warmup', '50ms')


@pytest.fixture(scope='module', autouse=True)
def own_lock(tmp_path_factory):
    """Who measures something on this machine meanwhile does not keep these waiting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('XDG_CACHE_HOME', str(tmp_path_factory.mktemp('cache')))
        yield


@pytest.fixture(autouse=True, scope='module')
def heeding() -> Iterator[None]:
    """What is started in the background of a script ignores Ctrl-C, and so would its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_two_targets_take_turns_and_leave_a_result_and_a_page(tmp_path, capfd):
    words = ['fanout', '--target', 'gateway,send-loop', '--rounds', '2', *SMALL]
    code = cli.main([*words, '--rate', '50', '--plain', '--out', str(tmp_path)])
    said = capfd.readouterr()
    result = Result.load(tmp_path / 'result.json')
    assert code == bool(any(run.void for run in result.runs)), said.err
    assert [(run.target, run.round) for run in result.runs] == [
        ('gateway', 0),
        ('send-loop', 0),
        ('send-loop', 1),
        ('gateway', 1),
    ]
    assert all(run.received == 20 * run.sent > 0 for run in result.runs)
    assert result.command.startswith('python -m bench fanout --target gateway,send-loop')
    assert 'gateway' in said.out
    assert 'send-loop' in said.out
    assert (tmp_path / 'report.html').read_text().lstrip().startswith('<!')
    lines = said.err.splitlines()
    assert 'fanout: gateway, send-loop; 2 rounds' in lines
    assert 'round 2 of 2: gateway' in lines


def test_a_scenario_file_is_run_and_its_flags_are_those_of_its_kind(tmp_path, capfd):
    path = tmp_path / 'mine.yaml'
    path.write_text('kind: echo\nclients: 5\nduration: 200ms\nwarmup: 50ms\nrounds: 1\n')
    cli.main(['run', str(path), '--pipeline', '2', '--quiet', '--out', str(tmp_path / 'out')])
    assert capfd.readouterr().err == ''
    result = Result.load(tmp_path / 'out' / 'result.json')
    assert result.scenario['name'] == 'mine'
    assert (result.scenario['kind'], result.scenario['pipeline']) == ('echo', 2)
    assert result.runs[0].acknowledged == result.runs[0].events > 0


def test_a_server_that_runs_already_is_measured_and_no_secret_is_kept(tmp_path, capfd):
    core = min(os.sched_getaffinity(0))  # where no load is
    with target('gateway', sys.executable).serving(core) as served:
        words = ['fanout', '--url', served.address.origin, '--pid', str(served.process.pid)]
        words += ['--auth', '{"token": "s3cret"}', '--header', 'Cookie: s3cret', '--rounds', '1']
        cli.main([*words, *SMALL, '--rate', '50', '--quiet', '--out', str(tmp_path)])
    said = capfd.readouterr()
    [run] = Result.load(tmp_path / 'result.json').runs
    assert run.target == served.address.authority
    assert run.received == 20 * run.sent > 0
    assert run.server.cpu > 0
    assert said.err == ''
    assert 's3cret' not in said.out
    for path in ('result.json', 'report.html'):
        assert 's3cret' not in (tmp_path / path).read_text()


@pytest.mark.parametrize('to', ['it alone', 'its whole session, as a terminal does'])
def test_ctrl_c_keeps_what_was_measured_so_far(tmp_path, to):
    words = ('fanout', '--target', 'send-loop', '--rate', '20', '--rounds', '9', '--plain')
    with bench(*words, *SMALL[:2], '--duration', '1500ms', '--out', str(tmp_path)) as process:
        for line in process.stderr:
            if line.startswith('round 2'):
                break
        if to == 'it alone':
            process.send_signal(signal.SIGINT)
        else:
            os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=50)
    assert process.returncode == 130, err
    assert 'Traceback' not in err
    assert err.rstrip().endswith('bench: interrupted: this is what was measured until then')
    assert 'send-loop' in out
    result = Result.load(tmp_path / 'result.json')
    assert result.interrupted
    assert result.runs[0].received == result.runs[0].sent * 20
    assert all('was late' in why for why in result.runs[0].void)  # on a busy machine


def test_the_second_of_two_waits_for_the_first_and_says_so():
    build.cache().mkdir(parents=True, exist_ok=True)
    with (build.cache() / 'lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with bench('echo', '--rounds', '1', *SMALL) as process:
            line = process.stderr.readline()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
    assert line == 'waiting for another run of the benchmarks to end\n'
    assert (process.returncode, err) == (130, 'bench: interrupted\n')


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (['fanuot'], 'unknown command fanuot: did you mean fanout?'),
        (['fanout', '--clinets', '3'], 'unknown flag --clinets: did you mean --clients?'),
        (['fanout', '--target', 'nod'], 'unknown target "nod": did you mean node?'),
        (['run'], 'which scenario? python -m bench run SCENARIO: it comes first'),
        (['run', '--quick'], 'which scenario? python -m bench run SCENARIO: it comes first'),
        (['run', 'nowhere'], 'unknown scenario nowhere: '),
        (['fanout', '--path', '/x'], '--path says how a server of yours is spoken to: add --url'),
        (['fanout', '--url', 'nowhere'], 'nowhere: not a URL such as '),
        (['fanout', '--url', 'http://a:1', '--header', 'x'], '--header x: write it like'),
        (['fanout', '--url', 'http://a:1', '--trigger-body', 'x'], '--trigger-body needs --trig'),
        (['echo', '--url', 'http://a:1', '--trigger-http', 'POST b'], 'not an http:// or https'),
        (['mixed'], 'mixed: no groups; they are written in YAML: python -m bench run FILE'),
        (['bar', '--only', 'peek'], '--only peek: did you mean peak?'),
        (['compare', 'nowhere.json'], 'nowhere.json: No such file or directory'),
        (['compare', __file__], f'{__file__}: not a result of this harness'),
        (['report', 'nowhere.json'], 'nowhere.json: No such file or directory'),
        (['scenarios', 'x'], 'x: nothing can stand here'),
    ],
)
def test_wrong_input_is_one_line_and_an_exit_code(capsys, words, said):
    assert complaint(capsys, *words).startswith(said)


def test_a_folder_that_cannot_be_written_is_found_before_anything_is_measured(tmp_path, capsys):
    (tmp_path / 'file').touch()
    line = complaint(capsys, 'fanout', '--out', str(tmp_path / 'file' / 'out'))
    assert line == f'--out {tmp_path}/file/out: Not a directory'


def test_a_url_at_which_nobody_listens_is_one_line(capsys):
    with socket.socket() as taken:  # bound, but not listening
        taken.bind(('127.0.0.1', 0))
        port = taken.getsockname()[1]
        line = complaint(capsys, 'fanout', '--url', f'http://127.0.0.1:{port}')
    assert f'127.0.0.1:{port}' in line


def test_too_few_descriptors_are_one_line_that_says_how_to_raise_them():
    import resource

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (500, 500))

    with bench('fanout', '--clients', '5000', preexec_fn=few) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert re.fullmatch(r'bench: 5000 clients need \d+ open files .*ulimit -n .*\n', err)


def test_mistakes_in_a_scenario_file_are_shown_with_line_and_caret(tmp_path, capsys):
    path = tmp_path / 'mine.yaml'
    path.write_text('kind: fanout\nclinets: 12\n')
    assert cli.main(['run', str(path)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f'bench: {path}:2:1: clinets: unknown key clinets: did you mean clients?',
        '  2 | clinets: 12',
        '    | ^',
    ]


def test_help_lists_every_command_and_what_can_be_measured(capsys):
    assert cli.main(['--help']) == 0
    text = capsys.readouterr().out
    for name in (*KINDS, *cli.OTHERS):
        assert re.search(rf'^  {name}\b', text, re.MULTILINE), name
    assert cli.main([]) == 2


@pytest.mark.parametrize('command', [*KINDS, *cli.OTHERS])
def test_every_command_has_help(command, capsys):
    try:
        code = cli.main([command, '--help'])
    except SystemExit as end:
        code = end.code
    assert code == 0
    assert capsys.readouterr().out.strip()


def test_targets_and_scenarios_are_listed_with_a_line_each(capsys):
    assert cli.main(['targets']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(NAMES)
    assert all(len(line.split()) > 2 for line in lines)
    assert cli.main(['scenarios']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(len(line.split()) > 2 for line in lines)


@pytest.mark.alone  # what the load sends late is no figure
def test_the_bar_is_judged_from_the_results_in_a_folder(tmp_path, capfd):
    words = ['bar', '--quick', '--plain', '--target', 'gateway,send-loop', '--out', str(tmp_path)]
    for name in ('openloop', 'cost-1000'):
        cli.main([*words, '--only', name])
    said = capfd.readouterr().out.rpartition('CPU per delivery, one')[2]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ['cost-1000.json.gz', 'openloop.json.gz']
    assert re.search(r'start to listening.*≤ 0.5 s +not measured', said)
    assert re.search(r'50 broadcasts/s.*≤ 2 × send-loop +[\d.]+ (met|MISSED)', said)
    assert 'no figures to quote' in said


def test_other_targets_take_part_in_what_any_server_can_do():
    parser = Parser('bar')
    add_targets(parser)
    add_output(parser)
    options = parser.finished(['--target', 'node'])
    assert measuring.asked('openloop', options).targets == ('node',)
    assert measuring.asked('handlers', options).targets == ('gateway',)


def test_the_load_generator_measures_itself(capsys):
    assert cli.main(['selftest']) == 0
    said = capsys.readouterr().out
    rates = [int(found.replace(',', '')) for found in re.findall(r'([\d,]+) messages', said)]
    assert len(rates) == 2
    assert rates[0] >= 5_000_000
