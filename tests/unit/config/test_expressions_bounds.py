"""What an expression may hold whole: less where loops go over it, least where they copy it."""

from types import SimpleNamespace

import pytest

from gateway.config.expressions import Compiler, Environment
from gateway.errors import ActionError

TOO_LARGE = ('bad_value', 'a value in an expression is too large')
EXISTS = 'data.v.exists(a, a == 0)'
EXISTS_2 = 'data.v.exists(a, data.v.exists(b, a == b + 1))'
EXISTS_3 = 'data.v.exists(a, data.v.exists(b, data.v.exists(c, a == b + c + 1)))'
MAP_2 = 'data.v.map(a, data.v.map(b, b))'
MAP_3 = 'data.v.map(a, data.v.map(b, data.v.map(c, c)))'


def outcome(expression, data, **questions):
    scope = SimpleNamespace(args=(data,), **questions)
    try:
        Compiler(Environment({}), 'event').value(f'${{{expression}}}').get(scope)
    except ActionError as error:
        return error.code, error.message
    return None


@pytest.mark.parametrize(
    ('expression', 'values'),
    [
        ('data.v == data.v', 1_000),
        (EXISTS, 1_000),
        (EXISTS_2, 64),
        (EXISTS_3, 16),
        ('data.v.map(a, a)', 200),
        ('data.v.filter(a, a > 1)', 200),
        (MAP_2, 32),
        ('data.v.map(a, data.v.exists(b, a == b))', 32),
        (MAP_3, 12),
    ],
)
def test_a_list_has_fewer_values_than(expression, values):
    assert outcome(expression, {'v': [1] * (values - 1)}) is None
    assert outcome(expression, {'v': [1] * values}) == TOO_LARGE


@pytest.mark.parametrize(
    ('expression', 'characters'),
    [
        ('data.v.exists(a, a == data.t)', 100_000),
        ('data.v.map(a, data.t)', 4_000),
        ('data.v.filter(a, a == data.t)', 4_000),
        ('data.v.exists(a, data.v.exists(b, a + b == data.t))', 16_000),
        ('data.v.map(a, data.v.map(b, data.t))', 2_000),
        ('data.v.map(a, data.v.map(b, data.v.map(c, data.t)))', 2_000),
    ],
)
def test_a_text_that_a_loop_uses_has_no_more_characters_than(expression, characters):
    assert outcome(expression, {'v': ['a'], 't': 'x' * characters}) is None
    assert outcome(expression, {'v': ['a'], 't': 'x' * (characters + 1)}) == TOO_LARGE


def test_so_have_the_texts_and_keys_of_a_list_together():
    texts, keys = ['x' * 2_000] * 2, [{'k' * 2_000: 1}] * 2
    for value in (texts, keys):
        assert outcome('data.v.map(a, 1)', {'v': value}) is None
        assert outcome('data.v.map(a, 1)', {'v': [*value, 'x']}) == TOO_LARGE


def test_a_text_without_a_loop_has_any_length():
    assert outcome("data.t + 'x' == data.t", {'t': 'x' * 1_000_000}) is None


def test_the_answers_of_a_loop_share_one_bound():
    asked = []

    def members(room):
        asked.append(room)
        return [{'sid': 'S1', 'user': 'ann'}] * 300

    loop = 'data.v.exists(room, size(members(room)) == 1)'
    assert outcome(loop, {'v': ['a']}, members=members) is None
    asked.clear()
    assert outcome(loop, {'v': ['a', 'b', *'c' * 900]}, members=members) == TOO_LARGE
    assert asked == ['a', 'b']


@pytest.mark.parametrize('expression', ['data.n * 10.0', '-data.n * 10.0', 'data.n / 0.0'])
def test_what_is_infinite_is_no_result(expression):
    said = ('bad_value', 'the result of an expression is not a JSON value')
    assert outcome(expression, {'n': 1e308}) == said
