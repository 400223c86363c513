"""Scenario files: what they become, and what is said of the mistakes in them."""

import pytest

from bench.loading import FOLDER, UnknownScenario, about, find, load, scenarios
from bench.scenario import Fanout, Group, Mixed
from bench.targets import NAMES
from gateway.commands.show import shown
from gateway.errors import ConfigError


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / 'mine.yaml'
        path.write_text(text)
        return path

    return write


@pytest.fixture
def complaints(written):
    def collect(text: str) -> list[str]:
        path = written(text)
        with pytest.raises(ConfigError) as caught:
            load(path, NAMES)
        return [str(problem).removeprefix(f'{path}:') for problem in caught.value.problems]

    return collect


def test_a_file_is_a_scenario_named_after_it(written):
    path = written('kind: fanout\nclients: 20\nrate: closed\nduration: 300ms\nforms: [binary]\n')
    expected = Fanout(name='mine', clients=20, rate='closed', duration='300ms', forms=('binary',))
    assert load(path) == expected


def test_groups_share_what_an_x_key_holds(written):
    path = written(
        'kind: mixed\nx-all: &all {clients: 4, payload: 100B}\n'
        'groups:\n  loud: {<<: *all, rate: 100}\n  quiet: *all\nalone: [quiet]\n'
    )
    groups = {
        'loud': Group(clients=4, payload='100B', rate=100),
        'quiet': Group(clients=4, payload='100B'),
    }
    assert load(path) == Mixed(name='mine', groups=groups, alone=('quiet',))


def test_every_mistake_has_its_place_and_how_to_mend_it(complaints):
    text = """\
kind: fanout
clinets: 12
rounds: 0
rate: fast
payload: 12
forms: [json, xml]
targets: [gateway, nod]
"""
    assert complaints(text) == [
        '2:1: clinets: unknown key clinets: did you mean clients?',
        '3:9: rounds: not a usable value: write a whole number from 1 to 1,000',
        '4:7: rate: not a usable value: write a number above 0, up to 100,000 or closed',
        '5:10: payload: a size without a unit: write it like 1MB, 64KB or 512B',
        '6:15: forms[1]: not a usable value: write json, msgpack or binary',
        '7:20: targets[1]: unknown target nod: did you mean node?',
    ]


def test_mistakes_in_groups_are_found_where_they_are(complaints):
    text = 'kind: mixed\ngroups:\n  loud:\n    clients: 0\n    transprt: polling\n    form: xml\n'
    assert complaints(text) == [
        '4:14: groups.loud.clients: not a usable value: write a whole number from 1 to 60,000',
        '5:5: groups.loud.transprt: unknown key transprt: did you mean transport?',
        '6:11: groups.loud.form: not a usable value: write json, msgpack or binary',
    ]


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('kind: fanuot\n', '1:7: kind: unknown kind: did you mean fanout?'),
        ('clients: 3\n', '1:1: kind is missing: write kind: fanout, '),
        ('- 3\n', '1:1: a list, where a mapping is needed: write KEY: VALUE'),
        ('kind: fanout\nkind: echo\n', '2:1: duplicate key kind: keep one of them'),
        ('kind: [\n', '2:1: '),
        ('', '1:1: the file is empty'),
    ],
)
def test_what_is_no_scenario_is_said_in_the_words_of_the_gateways_configuration(
    complaints, text, said
):
    assert complaints(text)[0].startswith(said)


def test_a_mistake_is_shown_with_its_line_and_a_caret(written):
    with pytest.raises(ConfigError) as caught:
        load(written('kind: fanout\nclinets: 12\n'))
    lines = shown(caught.value.problems, caught.value.text).splitlines()
    assert lines[1:] == ['  2 | clinets: 12', '    | ^']


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path, said in (
        (tmp_path / 'none.yaml', 'cannot be read: No such file or directory'),
        (tmp_path, 'cannot be read: Is a directory'),
    ):
        with pytest.raises(ConfigError, match=said):
            load(path)


def test_a_scenario_is_found_by_path_or_by_its_name(tmp_path):
    name, path = next(iter(scenarios().items()))
    assert find(name) == path == FOLDER / f'{name}.yaml'
    assert find(str(tmp_path / 'own.yaml')) == tmp_path / 'own.yaml'
    with pytest.raises(UnknownScenario, match=f'unknown scenario {name}x: did you mean {name}'):
        find(f'{name}x')


@pytest.mark.parametrize('name', scenarios())
def test_what_comes_with_the_harness_can_be_loaded_and_says_what_it_asks(name):
    path = find(name)
    assert load(path, (*NAMES, 'all', 'trial')).name == name
    assert about(path)
