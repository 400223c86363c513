"""The command line: words, exit codes, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway import cli
from gateway.config.load import load
from gateway.errors import ConfigError, StartError
from tests.support.gateway import ROOT

GOOD = 'namespaces: {/: {events: {a: {ack: 1}, b: {ack: 2}}}, /chat: }'
ODD = 'socketio: {allowed_origins: "*"}\nnamespaces: {/: {events: {e: {ack: 1}}}}'
BAD = 'server: {listen: 1}\nnamespaces: {/: {events: {a: {ack: "${dta}"}}}}'


@pytest.fixture
def config(tmp_path):
    def write(text):
        file = tmp_path / 'g.yaml'
        file.write_text(text)
        return str(file)

    return write


@pytest.fixture
def app(monkeypatch):
    """Stands for gateway.daemon; its `serve` records and may fail."""
    module = SimpleNamespace(configs=[], error=None)

    def serve(config, say, log_level):
        module.configs.append((config, log_level))
        say('listening')
        if module.error:
            raise module.error

    module.serve = serve
    monkeypatch.setitem(sys.modules, 'gateway.daemon', module)
    return module


def test_check_counts(config, capsys):
    file = config(GOOD)
    assert cli.main(['check', '--config', file]) == 0
    assert capsys.readouterr() == (f'{file}: ok (2 namespaces, 2 events)\n', '')


@pytest.mark.parametrize('command', [['check'], ['serve'], ['routes'], ['explain', '/', 'a'], []])
def test_a_wrong_configuration_is_3_with_every_problem(config, capsys, app, command):
    file = config(BAD)
    assert cli.main([*command, '--config', file]) == 3
    out, err = capsys.readouterr()
    assert out == ''
    assert err == (
        f'{file}:1:18: server.listen: a port without an address: '
        'write 127.0.0.1:PORT, or 0.0.0.0:PORT for all\n'
        '  1 | server: {listen: 1}\n'
        '    |                  ^\n'
        '\n'
        f'{file}:2:36: namespaces."/".events.a.ack: unknown name dta: did you mean data?\n'
        '  2 | namespaces: {/: {events: {a: {ack: "${dta}"}}}}\n'
        '    |                                    ^\n'
    )
    assert app.configs == []


def test_a_mistake_of_python_at_a_start_is_3(config, app, capsys):
    file = config(GOOD)
    app.error = ConfigError([load(ROOT / file).problem(('namespaces', '/chat'), 'no module')])
    assert cli.main(['--config', file]) == 3
    assert capsys.readouterr().err.startswith(f'{file}:1:61: namespaces."/chat": no module\n  1 | ')


@pytest.mark.parametrize('strict', [[], ['--strict']])
def test_what_is_odd_is_told_and_3_with_strict_alone(config, capsys, strict):
    file = config(ODD)
    assert cli.main(['check', *strict, '--config', file]) == (3 if strict else 0)
    out, err = capsys.readouterr()
    if not strict:
        assert (out, err) == (f'{file}: ok (1 namespace, 1 event)\n', '')
        return
    assert out == ''
    assert err == (
        f'{file}:1:29: warning: socketio.allowed_origins: '
        'pages of every site may connect: list the origins\n'
        '  1 | socketio: {allowed_origins: "*"}\n'
        '    |                             ^\n'
        '\n'
        'what is meant to be so: write # intended at the end of its line\n'
    )


def test_strict_is_content_with_what_is_intended(config):
    file = config(ODD.replace('\n', '  # intended: a public service\n', 1))
    assert cli.main(['check', '--strict', '--config', file]) == 0


@pytest.mark.parametrize('command', [['serve'], [], ['--log-level', 'debug']])
def test_serve_is_the_default(config, app, capsys, command):
    assert cli.main([*command, '--config', config(GOOD)]) == 0
    assert capsys.readouterr().out == 'listening\n'
    [(found, level)] = app.configs
    assert list(found.namespaces) == ['/', '/chat']
    assert level == ('debug' if command[1:] else None)


def test_a_failed_start_is_1(config, app, capsys):
    app.error = StartError('127.0.0.1:80: permission denied')
    file = config(GOOD)
    assert cli.main(['--config', file]) == 1
    assert capsys.readouterr().err == f'{file}: 127.0.0.1:80: permission denied\n'


@pytest.mark.parametrize(
    ('missing', 'folder', 'error'),
    [
        ('watchfiles', '.', '--watch needs watchfiles: pip install watchfiles'),
        ('', 'nowhere', 'no folder /'),
    ],
)
def test_a_watch_that_cannot_be_is_1(config, capsys, monkeypatch, missing, folder, error):
    monkeypatch.setattr(sys, 'orig_argv', [sys.executable, '-c', ''])
    monkeypatch.setattr('gateway.commands.watch.signal.signal', lambda *args: None)
    if missing:
        monkeypatch.setitem(sys.modules, missing, None)
    file = Path(config(GOOD)).parent / folder / 'g.yaml'
    assert cli.main(['--watch', '--config', str(file)]) == 1
    assert capsys.readouterr().err.startswith(f'{file}: {error}')


def test_routes_is_a_table_or_json(config, capsys):
    file = config(GOOD)
    assert cli.main(['routes', '--config', file]) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == [
        'NAMESPACE',
        'EVENT',
        'DOES',
        'WHERE',
    ]
    assert cli.main(['routes', '--json', '--config', file]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [space['namespace'] for space in found['namespaces']] == ['/', '/chat']


def test_explain_tells(config, capsys):
    route = '{if: "${session.ok}", ack: ["${data}", "${rooms}", "${auth}"]}'
    file = config(f'namespaces: {{/: {{events: {{a: {route}}}}}}}')
    options = ['--session', '{"ok": true}', '--rooms', '["r"]', '--auth', '"me"', '--claims', '{}']
    assert cli.main(['explain', '/', 'a', '[7]', *options, '--config', file]) == 0
    assert capsys.readouterr().out.endswith('acknowledges with 7, ["r"], "me"\n')


def test_schema_is_json(capsys):
    assert cli.main(['schema']) == 0
    assert json.loads(capsys.readouterr().out)['$schema'].startswith('https://json-schema.org/')


def test_the_default_configuration_is_right_and_not_odd(capsys):
    assert cli.main(['check', '--strict']) == 0
    assert capsys.readouterr().out.startswith('conf/gateway.yaml: ok (')


# Ctrl-C while the module that is named is being imported.
INTERRUPTED = """
import os, runpy, signal, sys
config, module = sys.argv[1:]
def hook(event, args):
    if event == 'import' and args[0] == module:
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(hook)
sys.argv[1:] = ['--config', config]
runpy.run_path('run_gateway.py', run_name='__main__')
"""


@pytest.mark.parametrize(
    'module',
    [
        'argparse',
        'gateway.config.load',
        'yaml',
        'gateway.app',
        'tornado.web',
        'gateway.routing.router',
    ],
)
def test_an_interrupted_start_says_nothing(config, module):
    file = config('server: {listen: 127.0.0.1:0}\n' + GOOD)
    ended = subprocess.run(
        [sys.executable, '-c', INTERRUPTED, file, module],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, '')


def test_a_reader_that_has_seen_enough_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, 'w') as output:
        ended = subprocess.run(
            [sys.executable, 'run_gateway.py', 'routes'],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (1, b'')


def test_main_leaves_the_signal_as_it_was(config):
    before = signal.getsignal(signal.SIGINT)
    assert cli.main(['check', '--config', config(GOOD)]) == 0
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize('command', [['check'], []])
def test_a_python_without_the_dependencies_is_told_in_one_line(command):
    ended = subprocess.run(
        [sys.executable, '-S', 'run_gateway.py', *command],
        cwd=ROOT,
        env={'PATH': ''},
        capture_output=True,
        text=True,
        encoding='utf-8',
        timeout=30,
        check=False,
    )
    name, _, rest = ended.stderr.partition(' ')
    assert name in cli.NEEDED
    assert rest == (
        'is not installed for this Python: '
        'run make install, then .venv/bin/python run_gateway.py …\n'
    )
    assert ended.returncode == 1


def test_another_module_that_is_missing_is_our_own_fault(config, monkeypatch):
    def serve(chosen):
        raise ModuleNotFoundError(name='elsewhere')

    monkeypatch.setitem(cli.COMMANDS, 'check', serve)
    with pytest.raises(ModuleNotFoundError):
        cli.main(['check', '--config', config(GOOD)])


def test_without_a_file_the_option_that_names_one_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(['check']) == 3
    assert capsys.readouterr().err == (
        'conf/gateway.yaml:1:1: cannot be read: No such file or directory\n'
        '--config FILE names another\n'
    )
