"""Names of namespaces with `*`: what they match, in which order, and which are ambiguous."""

import re
from itertools import combinations, product

import pytest

from gateway.config.patterns import ambiguous, in_order, is_pattern, matcher, overlap

NAMES = [''.join(letters) for size in range(1, 7) for letters in product('ab', repeat=size)]
PATTERNS = [
    pattern
    for size in range(1, 5)
    for pattern in map(''.join, product('ab*', repeat=size))
    if is_pattern(pattern)
]
MATCHED = {pattern: set(filter(matcher(pattern), NAMES)) for pattern in PATTERNS}


@pytest.mark.parametrize(
    ('pattern', 'name', 'expected'),
    [
        ('/org-*', '/org-1', True),
        ('/org-*', '/org-a/b', True),
        ('/org-*', '/org-', False),
        ('/org-*', '/x/org-1', False),
        ('/*', '/', False),
        ('/*', '/a', True),
        ('/*/chat', '/a/chat', True),
        ('/*/chat', '//chat', False),
        ('/a*a', '/a', False),
        ('/a*a', '/aa', False),
        ('/a*a', '/aba', True),
        ('/*-*', '/a-b', True),
        ('/*-*', '/-b', False),
        ('/*.b', '/a\n.b', True),
    ],
)
def test_a_star_is_any_text_of_at_least_one_character(pattern, name, expected):
    assert matcher(pattern)(name) is expected


def test_the_matcher_agrees_with_regular_expressions():
    for pattern, names in MATCHED.items():
        expression = re.compile(pattern.replace('*', '.+'))
        assert names == set(filter(expression.fullmatch, NAMES)), pattern


def test_two_patterns_overlap_where_a_name_matches_both():
    for one, other in combinations(PATTERNS, 2):
        assert overlap(one, other) is bool(MATCHED[one] & MATCHED[other]), (one, other)


def test_patterns_are_asked_from_the_longest_literal_text():
    names = ['/', '/*', '/org-*', '/a*', '/org-*-b', '/b*']
    assert in_order(names) == ['/org-*-b', '/org-*', '/a*', '/b*', '/*']


def test_only_patterns_with_equally_much_literal_text_are_ambiguous():
    names = ['/a-1', '/a-*', '/*-b', '/a-*-b', '/*', '/b-*']
    assert list(ambiguous(names)) == [('/a-*', '/*-b'), ('/*-b', '/b-*')]


def test_a_long_name_is_matched_at_once():
    pattern = '/' + '*a' * 20 + '*b'
    assert matcher(pattern)('/' + 'a' * 100_000) is False
