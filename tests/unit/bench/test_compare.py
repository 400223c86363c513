"""A verdict knows the noise."""

import random
from math import exp

import pytest

from bench import compare
from bench.compare import Incomparable, Pairs, comparisons, interval
from bench.figures import QUANTITIES
from tests.support import results

UNITS = {quantity.name: quantity for quantity in QUANTITIES}
CPU, MEMORY = UNITS['cpu_per_delivery'], UNITS['memory_per_connection']
RATE = next(quantity for quantity in QUANTITIES if quantity.better == 'higher')


def pairs(*ratios: float, quantity=CPU) -> Pairs:
    ends = interval(ratios) if len(ratios) >= compare.LEAST else ()
    return Pairs('', quantity, 1.0, ratios[0], ratios, *ends)


@pytest.mark.parametrize(
    ('ratios', 'quantity', 'said'),
    [
        ((0.8,) * 6, CPU, 'B is 25 % faster (25 to 25 %)'),
        ((1.25, 1.2, 1.3, 1.25, 1.25, 1.25), CPU, 'B is 25 % slower (20 to 30 %)'),
        ((1.25, 1.2, 1.3, 1.25, 1.25, 1.25), RATE, 'B is 25 % faster (20 to 30 %)'),
        ((20.0, 19.0, 21.0, 20.0, 20.0, 20.0), CPU, 'B is 20 times slower (19 to 21 times)'),
        ((0.05,) * 6, CPU, 'B is 20 times faster (20 to 20 times)'),
        ((0.8, 0.7, 0.9, 0.8, 0.8, 0.8), MEMORY, 'B needs 20 % less (10 to 30 %)'),
        ((2.5,) * 6, MEMORY, 'B needs 2.5 times as much (2.5 to 2.5 times)'),
        (
            (0.97, 1.04, 1.0, 1.0, 0.99, 1.01),
            CPU,
            'no difference beyond the noise (−3.0 to +4.0 %)',
        ),
        ((0.5,) * 5, CPU, 'too few rounds (5; needs 6)'),
    ],
)
def test_verdicts_are_words(ratios, quantity, said):
    assert pairs(*ratios, quantity=quantity).verdict() == said


def test_b_beside_a_says_the_same_as_a_beside_b():
    ratios = (1.3, 1.1, 1.2, 1.25, 1.18, 1.4)
    there, back = pairs(*ratios), pairs(*(1 / ratio for ratio in ratios))
    assert there.ratio == pytest.approx(1 / back.ratio)
    assert there.verdict().split('%')[0] == back.verdict().replace('fast', 'slow').split('%')[0]


def test_the_interval_holds_the_median_and_is_the_same_each_time():
    ratios = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6)
    low, high = interval(ratios)
    assert 1.0 <= low < 1.3 < high <= 1.6
    assert interval(ratios) == (low, high)


@pytest.mark.parametrize('rounds', [6, 7, 8, 9, 12, 15, 40])
def test_the_interval_holds_the_truth_19_times_in_20(rounds):
    chance, held = random.Random(rounds), 0
    for _ in range(2000):
        low, high = interval([chance.lognormvariate(0.1, 0.2) for _ in range(rounds)])
        held += low <= exp(0.1) <= high
    assert held >= 2000 * 0.95 - 30  # three standard deviations


def test_slower_is_only_what_lies_beyond_the_bound_with_its_whole_interval():
    slower = pairs(1.07, 1.08, 1.09, 1.1, 1.08, 1.06)
    assert slower.slower(0.05)
    assert not slower.slower(0.065)
    assert not pairs(0.8, 0.8, 0.8, 0.8, 0.8, 0.8).slower(0.05)
    assert pairs(0.8, 0.8, 0.8, 0.8, 0.8, 0.8, quantity=RATE).slower(0.05)
    assert not pairs(2.0, 2.0, 2.0, 2.0).slower(0.05)


def test_two_targets_of_one_result_are_paired_by_round_and_label():
    result = results.fanout({'gateway': 1.0, 'node': 2.0}, 6, labels=('json', 'binary'))
    [found] = comparisons([result], ['gateway', 'node'])
    assert found.notes == ()
    rows = [row for row in found.rows if row.quantity is CPU]
    assert [row.label for row in rows] == ['json', 'binary']
    assert all(len(row.ratios) == 6 for row in rows)
    assert all(1.8 < row.ratio < 2.2 for row in rows)
    assert 'json: ' in found.text()
    assert 'node is ' in found.text()


def test_void_rounds_are_no_pairs():
    voids = {('gateway', 0): ('3 lost',), ('node', 1): ('1 closed',)}
    result = results.fanout({'gateway': 1.0, 'node': 2.0}, 6, voids)
    [found] = comparisons([result], ['gateway', 'node'], ['cpu_per_delivery'])
    [row] = found.rows
    assert len(row.ratios) == 4
    assert row.verdict() == 'too few rounds (4; needs 6)'


def test_two_results_say_what_else_may_have_made_the_difference():
    a = results.fanout({'gateway': 1.0}, 6)
    environment = a.environment.model_copy(
        update={'kernel': '7.0', 'load_cores': (2,), 'versions': {'tornado': '7.0'}}
    )
    scenario = {**a.scenario, 'clients': 2000, 'name': 'other'}
    b = a.model_copy(update={'environment': environment, 'scenario': scenario})
    [found] = comparisons([a, b])
    assert found.notes[0].startswith('A and B were not measured in turns')
    assert set(found.notes[1:]) == {
        'the scenarios differ: clients 1000 and 2000',
        'kernel: 6.18.0-generic and 7.0',
        'load cores: (1,) and (2,)',
        'cc: 12.2.0 and none',
        'tornado: 6.6.1 and 7.0',
    }
    assert 'no difference beyond the noise (+0.0 to +0.0 %)' in found.text()


def test_results_of_one_target_each_are_compared_whatever_their_names():
    a, b = (results.fanout({name: pace}, 6) for name, pace in (('gateway', 1.0), ('node', 2.0)))
    [found] = comparisons([a, b], only=['cpu_per_delivery'])
    assert (found.a, found.b) == ('A: gateway', 'B: node')
    assert 'B is ' in found.rows[0].verdict()
    assert 'slower' in found.rows[0].verdict()


@pytest.mark.parametrize(
    ('names', 'targets', 'only', 'said'),
    [
        ([['gateway']], [], [], 'one result: name two of its targets, --targets A,B'),
        ([['gateway']], ['gateway', 'nod'], [], 'no target nod in this result: it has gateway'),
        ([['gateway', 'x'], ['node', 'y']], [], [], 'no common target: gateway, x and node, y'),
        ([['a'], ['a'], ['a']], [], [], 'two results are compared'),
        ([['gateway', 'node']], ['gateway', 'node'], ['p98'], 'no figure p98: there are '),
        ([['gateway', 'node']], ['gateway', 'node'], ['start'], 'nothing was measured in both'),
    ],
)
def test_what_cannot_be_compared_says_why(names, targets, only, said):
    made = [results.fanout(dict.fromkeys(some, 1.0), 1) for some in names]
    with pytest.raises(Incomparable, match=said):
        comparisons(made, targets, only)


def test_json_has_every_row_with_its_interval():
    result = results.fanout({'gateway': 1.0, 'node': 2.0}, 6)
    [found] = comparisons([result], ['gateway', 'node'], ['cpu_per_delivery'])
    [row] = found.as_json()['rows']
    assert row['low'] <= row['ratio'] <= row['high']
    assert (row['quantity'], row['better'], row['rounds']) == ('cpu_per_delivery', 'lower', 6)
    assert compare.LEAST == 6
