"""The words of the command line, and what is said to wrong ones."""

from pathlib import Path

import pytest

from gateway import __version__
from gateway.commands.arguments import COMMANDS, parse


@pytest.mark.parametrize(
    'argv',
    [
        ['check', '--strict', '--config', 'x.yaml'],
        ['--config', 'x.yaml', 'check', '--strict'],
        ['--config', 'y.yaml', 'check', '--config', 'x.yaml', '--strict'],
    ],
)
def test_options_stand_before_or_behind_the_command(argv):
    chosen = parse(argv)
    assert (chosen.command, chosen.config, chosen.strict) == ('check', Path('x.yaml'), True)


@pytest.mark.parametrize('argv', [['--watch'], ['serve', '--watch'], ['--watch', 'serve']])
def test_serve_needs_no_word(argv):
    chosen = parse(argv)
    assert (chosen.command, chosen.watch, chosen.log_level) == ('serve', True, None)
    assert chosen.config == Path('conf/gateway.yaml')


@pytest.mark.parametrize(
    ('argv', 'args'),
    [([], []), (['[1, "a"]'], [1, 'a']), (['{"a": 1}'], {'a': 1}), (['null'], None), (['-5'], -5)],
)
def test_arguments_of_an_event_are_json(argv, args):
    chosen = parse(['explain', '/', 'say', *argv])
    assert (chosen.namespace, chosen.event, chosen.args) == ('/', 'say', args)
    assert (chosen.session, chosen.claims, chosen.auth, chosen.rooms) == ({}, {}, {}, [])


@pytest.mark.parametrize(
    ('argv', 'error'),
    [
        (['chek'], 'socketio-gateway: error: there is no command chek; did you mean check?'),
        (
            ['xyz'],
            (
                'socketio-gateway: error: there is no command xyz; '
                'known here: check, explain, reload, routes, schema, serve'
            ),
        ),
        (
            ['my.yaml'],
            (
                'socketio-gateway: error: my.yaml is no command; '
                'to name a configuration write --config my.yaml'
            ),
        ),
        (['--nope'], 'socketio-gateway: error: unrecognized arguments: --nope'),
        (['--conf', 'x'], 'socketio-gateway: error: unrecognized arguments: --conf'),
        (['--config'], 'socketio-gateway: error: argument --config: expected one argument'),
        (['serve', 'x'], 'socketio-gateway serve: error: unrecognized arguments: x'),
        (['--watch', 'check'], 'socketio-gateway: error: check has no --watch'),
        (['check', '--watch'], 'socketio-gateway check: error: unrecognized arguments: --watch'),
        (
            ['explain', '/', 'say', 'hi'],
            (
                'socketio-gateway explain: error: argument ARGS: not JSON: '
                'Expecting value: line 1 column 1 (char 0); text is written \'"hi"\''
            ),
        ),
        (
            ['explain', '/', 'say', '[1'],
            (
                'socketio-gateway explain: error: argument ARGS: not JSON: '
                "Expecting ',' delimiter: line 1 column 3 (char 2)"
            ),
        ),
        (
            ['explain', '/', 'say', '--session', '[]'],
            (
                'socketio-gateway explain: error: argument --session: '
                'a JSON object is needed, such as {"user": "ann"}'
            ),
        ),
        (
            ['explain', '/', 'say', '--rooms', '[1]'],
            (
                'socketio-gateway explain: error: argument --rooms: '
                'a JSON list of names is needed, such as ["chat:a"]'
            ),
        ),
        (
            ['explain', '/'],
            'socketio-gateway explain: error: the following arguments are required: EVENT',
        ),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_right(argv, error, capsys):
    with pytest.raises(SystemExit) as caught:
        parse(argv)
    assert caught.value.code == 2
    usage, _, last = capsys.readouterr().err.rstrip('\n').rpartition('\n')
    assert last == error
    assert usage.startswith('usage: socketio-gateway')


def help_of(capsys, *argv):
    with pytest.raises(SystemExit) as caught:
        parse([*argv, '--help'])
    assert caught.value.code == 0
    return capsys.readouterr().out


def test_help_names_commands_default_and_exit_codes(capsys):
    text = help_of(capsys)
    for words in (*COMMANDS, 'conf/gateway.yaml', 'exit codes:', '3  wrong configuration'):
        assert words in text


@pytest.mark.parametrize('command', COMMANDS)
def test_each_command_has_help_without_what_is_hidden(command, capsys):
    text = help_of(capsys, command)
    assert text.startswith(f'usage: socketio-gateway {command} ')
    assert '--config FILE' in text
    assert 'lifeline' not in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_help_of_check_says_what_strict_means(capsys):
    text = help_of(capsys, 'check')
    for words in ('# intended', '3  wrong configuration; with --strict also a warning'):
        assert words in text


def test_version(capsys):
    with pytest.raises(SystemExit) as caught:
        parse(['--version'])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f'socketio-gateway {__version__}\n'
