"""Percentiles, merging and ratios of the benchmarks' figures."""

import math

import pytest

from bench.stats import Figure, Histogram


def test_a_percentile_is_the_step_that_holds_that_rank():
    histogram = Histogram.of([[1_000_000, 98], [2_000_000, 1], [3_000_000, 1]])
    assert histogram.count == 100
    assert histogram.percentile(50) == 1.0
    assert histogram.percentile(98) == 1.0
    assert histogram.percentile(99) == 2.0
    assert histogram.percentile(99.5) == 3.0
    assert histogram.percentile(100) == 3.0


def test_histograms_add_up_and_percentiles_are_not_averaged():
    calm = Histogram.of([[1_000_000, 99], [5_000_000, 1]])
    storm = Histogram.of([[100_000_000, 100]])
    assert calm.percentile(99) == 1.0
    both = calm + storm
    assert both.count == 200
    assert both.percentile(99) == 100.0
    assert both.steps == ((1_000_000, 99), (5_000_000, 1), (100_000_000, 100))


def test_an_empty_histogram_has_no_percentile():
    assert math.isnan(Histogram().percentile(99))


@pytest.mark.parametrize('pair', [[-1, 1], [5, 0]])
def test_what_is_no_step_is_refused(pair: list[int]):
    with pytest.raises(ValueError, match='not a step'):
        Histogram.of([pair])


@pytest.mark.parametrize('percent', [0, 101])
def test_what_is_no_percentage_is_refused(percent: int):
    with pytest.raises(ValueError, match='not a percentage'):
        Histogram.of([[1, 1]]).percentile(percent)


def test_a_ratio_is_the_median_of_each_rounds_ratio():
    # The machine slows down fourfold; the two stay 1 : 2 in each round but one.
    mine = Figure('cost', 'gateway', 'µs', {0: 1.0, 1: 2.0, 2: 4.0})
    other = Figure('cost', 'node', 'µs', {0: 2.0, 1: 4.0, 2: 40.0})
    assert mine.ratio(other) == 0.5
    assert mine.median == 2.0
    assert mine.spread == (1.0, 4.0)


def test_void_rounds_take_no_part_in_a_ratio():
    mine = Figure('cost', 'gateway', 'µs', {0: 1.0, 2: 3.0}, voids={1: '3 lost'})
    other = Figure('cost', 'node', 'µs', {1: 2.0, 2: 12.0}, voids={0: '1 closed'})
    assert mine.ratio(other) == 0.25
    assert mine.ratio(Figure('cost', 'node', 'µs', {7: 4.0})) == 0.5
    assert mine.ratio(Figure('cost', 'node', 'µs', voids={0: '9 lost'})) is None
