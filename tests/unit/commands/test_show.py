"""Problems as they are printed: plain, and on a terminal."""

import io

import pytest

from gateway.commands.show import shown, wants_colour
from gateway.errors import Problem

TEXT = 'a: 1\nb: 2\n'
ONE = Problem('g.yaml', 1, 4, 'a', 'wrong', 'mend it')
TWO = Problem('g.yaml', 2, 4, '', 'odd')


def test_each_has_its_line_and_an_empty_one_between():
    assert shown([ONE, TWO], TEXT) == (
        'g.yaml:1:4: a: wrong: mend it\n  1 | a: 1\n    |    ^\n'
        '\n'
        'g.yaml:2:4: odd\n  2 | b: 2\n    |    ^'
    )


def test_a_mark_stands_behind_the_place():
    assert shown([ONE], '', 'warning') == 'g.yaml:1:4: warning: a: wrong: mend it'
    assert shown([TWO], '', 'warning') == 'g.yaml:2:4: warning: odd'


@pytest.mark.parametrize(('mark', 'colour'), [('', '31'), ('warning', '33')])
def test_colours(mark, colour):
    rest = f' {mark}: odd' if mark else ' odd'
    assert shown([TWO], TEXT, mark, colour=True) == (
        f'\x1b[1mg.yaml:2:4:\x1b[0m{rest}\n  2 | b: 2\n    |    \x1b[{colour}m^\x1b[0m'
    )
    assert shown([TWO], '', mark, colour=True) == f'\x1b[1mg.yaml:2:4:\x1b[0m{rest}'


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ('stream', 'env', 'wanted'),
    [
        (Terminal(), {}, True),
        (Terminal(), {'NO_COLOR': ''}, True),
        (Terminal(), {'NO_COLOR': '1'}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(stream, env, wanted):
    assert wants_colour(stream, env) is wanted
