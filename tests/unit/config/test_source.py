"""Strict YAML: the core schema, places, bounds; any text loads or is a ConfigError."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.scalars import Spelled, scalar
from gateway.config.source import Document, spell
from gateway.errors import ConfigError

SPELLED = {'010', '0o17', '0x1F'}  # integers that are not written as their digits


def load(text: str):
    document = Document('f.yaml', text)
    if document.problems:
        raise ConfigError(document.problems)
    return document.root.plain()


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('null', None),
        ('~', None),
        ('', None),
        ('true', True),
        ('False', False),
        ('on', 'on'),
        ('off', 'off'),
        ('yes', 'yes'),
        ('No', 'No'),
        ('y', 'y'),
        ('12', 12),
        ('-3', -3),
        ('010', 10),
        ('0o17', 15),
        ('0x1F', 31),
        ('0b11', '0b11'),
        ('1_000', '1_000'),
        ('1:30', '1:30'),
        ('2026-11-22', '2026-11-22'),
        ('1.5', 1.5),
        ('1e3', 1000.0),
        ('.5', 0.5),
        ('.inf', float('inf')),
        ('-.INF', float('-inf')),
        ('25s', '25s'),
    ],
)
def test_plain_scalars_follow_the_core_schema(text, value):
    found = scalar(text)
    assert found == value
    assert isinstance(found, type(value))
    assert (type(found) is Spelled) is (text in SPELLED)


def test_names_that_yaml_1_1_reads_as_booleans_stay_names():
    assert load('{on: off, yes: no}') == {'on': 'off', 'yes': 'no'}


def test_quoted_scalars_are_text():
    assert load('["1", \'true\', "~"]') == ['1', 'true', '~']


def test_merges():
    text = 'x-base: &b {a: 1, b: 2}\nx-more: &m {b: 3, c: 4}\nall: {<<: [*b, *m], a: 0}\n'
    assert load(text)['all'] == {'a': 0, 'b': 2, 'c': 4}


def test_keys_are_names_as_they_are_written():
    text = '{404: a, 1e3: b, true: c, null: d, 2026-11-22: e, 012: f, "x": g, &n 7: h, 0x7: i}'
    names = ['404', '1e3', 'true', 'null', '2026-11-22', '012', 'x', '7', '0x7']
    assert list(load(text)) == names


def test_an_alias_may_be_a_key():
    assert load('{a: &a 010, *a : b}') == {'a': 10, '010': 'b'}


def test_what_is_no_text_is_no_key():
    for text, what in (
        ('? [a]\n: b', '1:3: a list, where a key is needed: write text'),
        ('? {a: b}\n: c', '1:3: a mapping, where a key is needed: write text'),
        ('? \n: b', '1:2: an empty key: write its name'),
    ):
        with pytest.raises(ConfigError) as caught:
            load(text)
        assert str(caught.value) == f'f.yaml:{what}'


def test_a_quoted_merge_key_is_a_key():
    assert load('{"<<": 1}') == {'<<': 1}


def test_places():
    document = Document('f.yaml', 'a:\n  - {b: [1, "x"]}\n')
    assert document.place(('a', 0, 'b', 1)) == 'f.yaml:2:13'
    assert document.place(('a', 0, 'nothing', 'below')) == 'f.yaml:2:5'
    problem = document.problem(('a', 0, 'b'), 'bad', key=True)
    assert str(problem) == 'f.yaml:2:6: a[0].b: bad'


def test_paths_are_spelled_as_people_write_them():
    path = ('namespaces', '/', 'events', 'chat', 1, 'emit', 'to')
    assert spell(path) == 'namespaces."/".events.chat[1].emit.to'
    assert spell(('a\n"b',)) == '"a\\n\\"b"'


def test_aliases_may_not_nest_beyond_the_limit():
    lines = ['a0: &a0 [1]']
    lines += [f'a{i}: &a{i} {"[" * 12}*a{i - 1}{"]" * 12}' for i in range(1, 8)]
    with pytest.raises(ConfigError, match='nested deeper than 64 levels'):
        load('\n'.join(lines))


def test_several_mistakes_are_found_in_one_run():
    with pytest.raises(ConfigError) as caught:
        load('{a: 1, a: 2, [3]: 4, b: !x y}')
    assert [problem.column for problem in caught.value.problems] == [8, 14, 25]


YAML_LIKE = st.text(st.sampled_from('ab12 \n\t:-{}[]"\'#&*!|>%@`$,?<.~\\é\x07'), max_size=60)


@given(st.text(max_size=60) | YAML_LIKE)
@settings(max_examples=300, deadline=None)
def test_any_text_loads_or_is_a_configuration_error(text):
    try:
        document = Document('f.yaml', text)
    except ConfigError:
        return
    document.root.plain()


def test_surrogates_come_in_pairs():
    assert load(r'["\ud83d\ude00", "\\ud800"]') == ['\U0001f600', r'\ud800']
    with pytest.raises(ConfigError, match=r'1:2: half a character'):
        load(r'["\ud800"]')


def test_an_escape_beyond_unicode():
    with pytest.raises(ConfigError, match=r'1:5: an escape that is no character'):
        load(r'["\UFFFFFFFF"]')
