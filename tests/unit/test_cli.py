"""The command line: words and exit codes."""

import sys
from types import SimpleNamespace

import pytest

from gateway import __version__, cli
from gateway.errors import StartError

GOOD = 'namespaces: {/: {events: {a: {ack: 1}, b: {ack: 2}}}, /chat: }'
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
    """Stands for gateway.app; its `serve` records and may fail."""
    module = SimpleNamespace(configs=[], error=None)

    def serve(config, say, log_level):
        module.configs.append(config)
        say('listening')
        if module.error:
            raise module.error

    module.serve = serve
    monkeypatch.setitem(sys.modules, 'gateway.app', module)
    return module


def test_check_counts(config, capsys):
    file = config(GOOD)
    assert cli.main(['check', '--config', file]) == 0
    assert capsys.readouterr() == (f'{file}: ok (2 namespaces, 2 events)\n', '')


def test_check_counts_one(config, capsys):
    file = config('namespaces: {/: {events: {a: {ack: 1}}}}')
    assert cli.main(['check', '--config', file]) == 0
    assert capsys.readouterr().out == f'{file}: ok (1 namespace, 1 event)\n'


@pytest.mark.parametrize('command', [['check'], ['serve'], []])
def test_a_wrong_configuration_is_3_with_every_problem(config, capsys, app, command):
    file = config(BAD)
    assert cli.main([*command, '--config', file]) == 3
    out, err = capsys.readouterr()
    assert out == ''
    assert err == (
        f'{file}:1:18: server.listen: a port without an address: '
        'write 127.0.0.1:PORT, or 0.0.0.0:PORT for all\n'
        f'{file}:2:36: namespaces."/".events.a.ack: unknown name dta: did you mean data?\n'
    )
    assert app.configs == []


@pytest.mark.parametrize('command', [['serve'], []])
def test_serve_is_the_default(config, app, capsys, command):
    assert cli.main([*command, '--config', config(GOOD)]) == 0
    assert capsys.readouterr().out == 'listening\n'
    assert [list(found.namespaces) for found in app.configs] == [['/', '/chat']]


def test_a_failed_start_is_1(config, app, capsys):
    app.error = StartError('127.0.0.1:80: permission denied')
    file = config(GOOD)
    assert cli.main(['--config', file]) == 1
    assert capsys.readouterr().err == f'{file}: 127.0.0.1:80: permission denied\n'


@pytest.mark.parametrize(
    'argv', [['nope'], ['--nope'], ['--config'], ['serve', 'x'], ['--conf', 'x']]
)
def test_wrong_usage_is_2(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(argv)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith('usage: socketio-gateway')


def test_version(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(['--version'])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f'socketio-gateway {__version__}\n'


def test_help_names_commands_default_and_exit_codes(capsys):
    with pytest.raises(SystemExit):
        cli.main(['--help'])
    out = capsys.readouterr().out
    for words in ('serve', 'check', 'conf/gateway.yaml', 'exit codes:', '3  wrong configuration'):
        assert words in out


def test_the_default_configuration_is_right(monkeypatch, capsys):
    assert cli.main(['check']) == 0
    assert capsys.readouterr().out.startswith('conf/gateway.yaml: ok (')
