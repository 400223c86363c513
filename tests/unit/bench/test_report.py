"""The bars and the table."""

import pytest

from bench.report import Bar, markdown
from bench.stats import Figure

FIGURES = [
    Figure('cost-1000', 'gateway', 'µs', {0: 3.0, 1: 3.2}),
    Figure('cost-1000', 'c-loop', 'µs', {0: 2.0, 1: 2.0}),
    Figure('cost-1000', 'node', 'µs', voids={0: '17 lost'}),
    Figure('peak', 'gateway', 'deliveries/s', {0: 4_000_000.0}),
    Figure('peak', 'c-loop', 'deliveries/s', {0: 500_000.0}),
]


@pytest.mark.parametrize(
    ('bar', 'says', 'verdict'),
    [
        (Bar('cost-1000', 1.6, 'c-loop'), '≤ 1.6 × c-loop', '1.55 met'),
        (Bar('cost-1000', 1.5, 'c-loop'), '≤ 1.5 × c-loop', '1.55 MISSED'),
        (Bar('cost-1000', 3), '≤ 3', '3.1 MISSED'),
        (Bar('peak', 4, 'c-loop', at_least=True), '≥ 4 × c-loop', '8 met'),
        (Bar('peak', 10, 'c-loop', at_least=True), '≥ 10 × c-loop', '8 MISSED'),
        (Bar('cost-1000', 0.5, 'node'), '≤ 0.5 × node', 'not measured'),
        (Bar('echo', 0.9, 'node'), '≤ 0.9 × node', 'not measured'),
    ],
)
def test_a_bar_is_judged(bar: Bar, says: str, verdict: str):
    assert str(bar) == says
    assert bar.judge(FIGURES) == verdict


def test_a_bar_may_compare_two_rows_of_the_gateway():
    figures = [
        Figure('binary-binary', 'gateway', 'µs', {0: 3.0}),
        Figure('binary-json', 'gateway', 'µs', {0: 2.5}),
    ]
    assert Bar('binary-binary', 1.1, other_row='binary-json').judge(figures) == '1.2 MISSED'


def test_the_table_says_what_was_void_and_where_it_was_measured():
    text = markdown(FIGURES, {'kernel': '6.1'})
    assert '| 3.1 (3–3.2) | 2 (2–2) | void (17 lost) |' in text
    assert '| 4,000,000 (4,000,000–4,000,000) | 500,000 (500,000–500,000) | – |' in text
    assert '- cost-1000, node, round 0: 17 lost' in text
    assert '- kernel: 6.1' in text


def test_the_table_counts_noisy_rounds():
    noise = {
        0: {'server': 1.0, 'others': 0.02, 'stolen': 0.0},
        1: {'server': 1.0, 'others': 0.5, 'stolen': 0.0},
        2: {'server': 1.0, 'others': 0.0, 'stolen': 0.3},
    }
    text = markdown([Figure('echo', 'node', 'µs', {0: 1.0}, noise=noise)], {})
    assert 'Rounds during which other work took more than 0.1 of a core: 2 of 3.' in text
