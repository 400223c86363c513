"""Problems with their lines: the caret stands under the place, whatever stands before it."""

from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.config.quote import quoted
from gateway.errors import ConfigError, Problem


def caret(line, column):
    [_, shown, below] = quoted([Problem('f', 1, column, '', 'x')], line).splitlines()
    assert shown.startswith('  1 | ')
    assert below.startswith('    | ')
    return shown[6:], below[6:]


def test_a_problem_is_its_line_the_line_of_the_file_and_a_caret():
    text = 'a:\n  b: c\n'
    problems = [
        Problem('f.yaml', 2, 6, 'a.b', 'wrong', 'mend it'),
        Problem('f.yaml', 1, 1, '', 'x'),
    ]
    assert quoted(problems, text) == (
        'f.yaml:2:6: a.b: wrong: mend it\n'
        '  2 |   b: c\n'
        '    |      ^\n'
        '\n'
        'f.yaml:1:1: x\n'
        '  1 | a:\n'
        '    | ^'
    )


@pytest.mark.parametrize(
    ('line', 'column', 'shown', 'below'),
    [
        ('\ta: b', 2, '    a: b', '    ^'),
        ('a\tb', 3, 'a    b', '     ^'),
        ('日本: x', 5, '日本: x', '      ^'),
        ('e\u0301: x', 5, 'e\u0301: x', '   ^'),
        ('a: \x1b[2Jx', 8, 'a: \N{REPLACEMENT CHARACTER}[2Jx', '       ^'),
        ('a: x', 5, 'a: x', '    ^'),
        ('a: x', 50, 'a: x', '    ^'),
    ],
)
def test_the_caret_stands_under_the_place(line, column, shown, below):
    assert caret(line, column) == (shown, below)


@pytest.mark.parametrize('sign', ['x', '日', '\t'])
@pytest.mark.parametrize('place', [0, 30, 500, 999])
def test_a_long_line_is_cut_around_the_place(sign, place):
    line = sign * place + '#' + sign * (999 - place)
    shown, below = caret(line, place + 1)
    before = shown[: shown.index('#')]
    wide = {'日': 2}.get(sign, 1)
    cells = sum(wide if one == sign else 1 for one in before)
    assert below == ' ' * cells + '^'
    assert len(shown) <= 102
    assert shown.startswith('…') is (place * {'日': 2, '\t': 4}.get(sign, 1) > 60)
    if place < 900:
        assert shown.endswith('…')


def test_lines_are_those_that_the_places_count():
    text = 'a\r\nb\rc\x85d\u2028e'
    for number, letter in enumerate('abcde', 1):
        assert f'  {number} | {letter}\n' in quoted([Problem('f', number, 1, '', 'x')], text)


def test_numbers_of_lines_may_have_several_digits():
    assert quoted([Problem('f', 12, 2, '', 'x')], '\n' * 11 + 'ab').endswith(
        '\n  12 | ab\n     |  ^'
    )


@pytest.mark.parametrize('line', [0, 2, 3, 99])
def test_without_a_line_there_is_nothing_to_quote(line):
    assert quoted([Problem('f', line, 1, '', 'x')], 'a\n\n') == f'f:{line}:1: x'


def test_an_error_of_a_file_has_its_text_and_never_what_a_variable_holds(tmp_path):
    path: Path = tmp_path / 'g.yaml'
    text = 'server: {listen: "x${env.SECRET}"}\nnamespaces: {/: }\n'
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path, {'SECRET': 'hunter2'})
    shown = quoted(caught.value.problems, caught.value.text)
    assert '  1 | server: {listen: "x${env.SECRET}"}\n    |                  ^' in shown
    assert 'hunter2' not in shown


@pytest.mark.parametrize(
    ('url', 'shown'),
    [
        ('redis://me:s3cret@h/0', 'redis://me:******@h/0'),
        ('redis://:s€cret@h/0', 'redis://:******@h/0'),
        ('amqp://a:b/c@d@h//', 'amqp://a:***@d@h//'),
        ('redis://me:${env.PASSWORD}@h', 'redis://me:${env.PASSWORD}@h'),
        ('redis://h:6379/0', 'redis://h:6379/0'),
        ('http://h/a:b', 'http://h/a:b'),
    ],
)
def test_the_password_of_a_url_is_in_no_log(url, shown):
    text = f'cluster: {url} # x'
    place = text.index('#') + 1
    expected = f'f:1:{place}: x\n  1 | cluster: {shown} # x\n    | {" " * (place - 1)}^'
    assert quoted([Problem('f', 1, place, '', 'x')], text) == expected
