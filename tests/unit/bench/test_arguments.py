"""Flags are made from the scenario's models, and say in one line what is wrong with them."""

import pytest

from bench import usage
from bench.arguments import Parser, Wrong, fields, flag, parse, repeated
from bench.scenario import KINDS, Fanout
from bench.values import share


def parsed(*words: str, kind: str = 'fanout'):
    return parse(kind, KINDS[kind](name=kind), words)


def complaint(*words: str, kind: str = 'fanout') -> str:
    with pytest.raises(Wrong) as caught:
        parsed(*words, kind=kind)
    assert '\n' not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize('kind', KINDS)
def test_every_field_of_a_scenario_is_a_flag_with_its_description(kind, capsys):
    with pytest.raises(SystemExit) as end:
        parsed('--help', kind=kind)
    words = ' '.join(capsys.readouterr().out.split())
    assert end.value.code == 0
    for name, info in fields(KINDS[kind]).items():
        assert f'{flag(name)} ' in words
        assert info.description in words


def test_only_mappings_the_kind_and_the_targets_are_no_flags():
    left_out = {
        name for model in KINDS.values() for name in {*model.model_fields} - {*fields(model)}
    }
    assert left_out == {'kind', 'targets', 'groups'}


def test_help_begins_with_examples_and_has_defaults_as_they_would_be_typed(capsys):
    with pytest.raises(SystemExit):
        parsed('--help')
    words = ' '.join(capsys.readouterr().out.split())
    assert words.index('python -m bench fanout --') < words.index('--rounds N')
    assert '--duration TIME The length of each measurement. (default: 5s)' in words
    assert '--warmup TIME' in words
    assert '(default: 500ms)' in words
    assert '--payload SIZE The size of each message. (default: 64B)' in words
    assert '--rate N|closed' in words
    assert '--forms NAME,…' in words


def test_every_example_of_the_help_can_be_parsed():
    import shlex

    examples = [
        shlex.split(line.partition('   ')[0])
        for kind in KINDS
        for line in usage.command(kind).replace('\\\n', '').splitlines()
        if line.startswith('  python -m bench ')
    ]
    own = [words[3:] for words in examples if words[3] in KINDS]
    assert len(own) >= 10
    for kind, *flags in own:
        parsed(*flags, kind=kind)


def test_values_are_read_by_the_model():
    _, scenario = parsed(
        *('--clients', '10', '--rate', '20', '--duration', '2s', '--payload', '1KB'),
        *('--forms', 'json,binary', '--find-peak', '50ms', '--name', 'mine'),
    )
    assert scenario == Fanout(
        name='mine',
        clients=10,
        rate=20.0,
        duration='2s',
        payload='1KB',
        forms=('json', 'binary'),
        find_peak='50ms',
    )
    assert parsed('--rate', 'closed')[1].rate == 'closed'


def test_flags_change_a_scenario_and_leave_the_rest_of_it():
    base = Fanout(name='file', clients=7, duration='9s', targets=('node',))
    _, scenario = parse('run', base, ['--clients', '8'])
    assert scenario == base.model_copy(update={'clients': 8})
    assert parse('run', base, ['--clients=1', '--target', 'gateway'])[1].targets == ('gateway',)


def test_targets_are_separated_by_commas_or_repeated():
    _, scenario = parsed('--target', 'gateway, node', '--target', 'send-loop', '--target', 'node')
    assert scenario.targets == ('gateway', 'node', 'send-loop')


def test_a_url_stands_alone_unless_targets_are_named():
    assert parsed('--url', 'http://a:1')[1].targets == ()
    assert parsed('--url', 'http://a:1', '--target', 'node')[1].targets == ('node',)


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (['--clinets', '3'], 'unknown flag --clinets: did you mean --clients?'),
        (['--clients', '0'], '--clients 0: not a usable value: write a whole number from 1 to'),
        (['--clients', '1e3'], '--clients 1e3: not a usable value: write a whole number from 1'),
        (['--duration', '5'], '--duration 5: not a duration: write it like 25s, 300ms, 2m or 1h'),
        (['--duration', '2h'], '--duration 2h: out of range: write 10ms to 1h'),
        (['--payload', '5B'], '--payload 5B: out of range: write 32B to 60KB'),
        (['--rate', 'x'], '--rate x: not a usable value: write a number above 0, up to 100,000 or'),
        (['--forms', 'json,xml'], '--forms json,xml: not a usable value: write json, msgpack or'),
        (['--rate'], '--rate: expected one argument'),
        (['--server-core', '4096'], '--server-core: 4096 is no core of this machine: write'),
        (['--load-cores', '0,x'], '--load-cores: x is no core of this machine: write'),
        (['--auth', '{a'], '--auth: not JSON: '),
        (['--generator', 'go'], "--generator: invalid choice: 'go'"),
        (['12'], '12: nothing can stand here'),
    ],
)
def test_what_is_wrong_with_a_flag_is_one_line_that_says_how_to_mend_it(words, said):
    assert complaint(*words).startswith(said)


def test_a_smoke_test_is_small_but_for_what_flags_say():
    _, scenario = parsed('--quick', '--clients', '500', '--rate', '20')
    assert (scenario.clients, scenario.rounds, scenario.rate) == (500, 2, 20.0)
    assert scenario.duration < 1
    assert scenario.name == 'fanout-quick'
    _, idle = parsed('--quick', kind='idle')
    assert idle.counted_from < idle.clients


def test_the_command_of_a_result_repeats_it_without_secrets():
    words = ['echo', '--auth', '{"token": "s3cret"}', '--header=Cookie: s3cret', '--name', 'a b']
    assert repeated(words) == "python -m bench echo --auth … '--header=…' --name 'a b'"
    assert repeated(['echo', '--query', 'token=s3cret', '--quick']).endswith('--query … --quick')


def test_the_command_of_a_result_names_no_folder_of_this_machine():
    words = [
        'echo',
        '--out',
        '/a',
        '--plain',
        '--python=/b',
        '--rounds',
        '3',
        '--quiet',
        '--out=/c',
    ]
    assert repeated(words) == 'python -m bench echo --rounds 3'


def test_a_percentage_is_a_share():
    assert share('5%') == share('5') == 0.05
    parser = Parser('compare')
    parser.add_argument('--than', type=share)
    with pytest.raises(Wrong, match=r'--than: x is no percentage: write it like 5%'):
        parser.finished(['--than', 'x'])
