"""A small file of aliases that stands for a huge one is refused, at once."""

import time
from itertools import pairwise

import pytest

from tests.support.problems import said

BOMBS = {  # ten times as much in each line
    'lists': 'x-a: &a [1]\n'
    + ''.join(f'x-{b}: &{b} [{", ".join([f"*{a}"] * 10)}]\n' for a, b in pairwise('abcdefghij')),
    'mappings': 'x-a: &a {k: 1}\n'
    + ''.join(
        f'x-{b}: &{b} {{{", ".join(f"k{i}: *{a}" for i in range(10))}}}\n'
        for a, b in pairwise('abcdefghij')
    ),
    'merges': 'x-a: &a {k: 1}\n'
    + ''.join(
        f'x-{b}: &{b} {{<<: [{", ".join([f"*{a}"] * 10)}]}}\n' for a, b in pairwise('abcdefghij')
    ),
    'merges of merges': 'x-a: &a {k: 1}\n'
    + ''.join(
        f'x-{b}: &{b} {{{", ".join([f"<<: *{a}"] * 10)}}}\n' for a, b in pairwise('abcdefghij')
    ),
}


@pytest.mark.parametrize(
    ('shape', 'place'),
    [('lists', '6:6'), ('mappings', '6:6'), ('merges', '6:14'), ('merges of merges', '6:6')],
)
def test_an_alias_bomb_is_refused_before_it_costs_anything(shape, place):
    before = time.process_time()
    found = said(BOMBS[shape])
    assert time.process_time() - before < 0.2
    assert found == [f'{place}: holds more than 100,000 values: use fewer aliases (*name)']
