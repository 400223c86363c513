"""Pictures of a result: which there are, and that each can be drawn."""

import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from matplotlib import colors

from bench.report import look, plots
from bench.report.climb import Step, typical
from bench.report.look import DARK, LIGHT, Theme
from bench.result import Result
from tests.support import results

FANOUT = ['latency', 'latency-seconds', 'cpu-per-delivery']


def stems(result: Result) -> list[str]:
    return [plan.stem for plan in plots.plans(result)]


@pytest.mark.parametrize(
    ('make', 'drawn'),
    [
        (results.fanout, FANOUT),
        (results.peak, ['peak', 'cpu-per-delivery']),
        (results.connect, ['connect', 'cpu-per-connection']),
        (results.mixed, ['groups', 'cpu-per-delivery']),
    ],
)
def test_what_a_result_has_is_drawn_for_light_and_dark_pages(
    make: Callable[..., Result], drawn: list[str], tmp_path: Path
):
    paths = plots.draw(make({'gateway': 1.0, 'node': 20.0}), tmp_path / 'new')
    assert [path.name for path in paths] == [
        f'{stem}{theme}.png' for stem in drawn for theme in ('', '-dark')
    ]
    for path in paths:
        width, _ = struct.unpack('>II', path.read_bytes()[16:24])
        assert width == 1280


def test_each_form_has_its_curve():
    found = stems(results.fanout({'gateway': 1.0}, 1, labels=('json', 'binary')))
    assert [stem for stem in found if 'seconds' not in stem] == [
        'latency-json',
        'latency-binary',
        'cpu-per-delivery',
    ]


def test_of_void_runs_nothing_is_drawn():
    assert stems(results.fanout({'gateway': 1.0}, 1, {('gateway', 0): ('3 lost',)})) == []


@pytest.mark.parametrize(
    ('ends', 'shown'), [((3,), 3), ((9, 2, 5), 5), ((5, 9), 5), ((9, 0, 2, 5), 2)]
)
def test_the_climb_with_the_median_end_stands_for_all(ends, shown):
    climbs = [[Step(end, 20.0), Step(end + 10, 90.0, 'late')] for end in ends]
    assert typical(climbs) is climbs[ends.index(shown)]


def test_a_picture_says_how_many_runs_are_not_in_it():
    paces = {'gateway': 1.0, 'node': 2.0}
    voids = {('node', 0): ('3 lost',), ('node', 1): ('3 lost',)}
    said = plots._absent(results.fanout(paces, 2, voids))
    assert said == '2 runs of 4 void and not drawn; nothing left of node'
    assert plots._absent(results.fanout(paces, 2)) == ''


def test_a_server_elsewhere_has_latencies_but_no_cpu(tmp_path: Path):
    run = results.fanout({'http://there:80': 1.0}, 1).runs[0]
    series = tuple(s.model_copy(update={'user': None, 'system': None}) for s in run.series)
    run = run.model_copy(update={'server': None, 'series': series})
    it = results.result([run], {'kind': 'fanout'}, ['http://there:80'])
    assert stems(it) == FANOUT[:2]
    assert len(plots.draw(it, tmp_path)) == 4


@pytest.mark.parametrize('theme', [LIGHT, DARK])
def test_a_target_keeps_its_colour_whoever_is_beside_it(theme: Theme):
    alone, beside = theme.styles(['node']), theme.styles(['a', 'node-defaults', 'b', 'node'])
    assert alone['node'] == beside['node']
    assert beside['node-defaults'].colour == alone['node'].colour
    assert beside['node-defaults'].hollow
    assert not beside['node'].hollow


@pytest.mark.parametrize('theme', [LIGHT, DARK])
def test_colours_and_markers_are_apart_and_seen_on_their_page(theme: Theme):
    found = theme.styles([*look.COLOURS, 'a', 'b', 'c', 'd']).values()
    assert len({style.colour for style in found}) == len(found)
    assert len({style.marker for style in found}) == len(found)
    for style in found:
        assert contrast(style.colour, theme.paper) >= 3


def contrast(one: str, other: str) -> float:
    """As WCAG 2 counts it."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colors.to_rgb(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_labels_that_would_collide_move_apart_in_their_order():
    places = look.spread([0.5, 0.52, 0.1, 1.0, 0.99], 0.1, 0, 1)
    assert sorted(range(5), key=lambda i: places[i]) == [2, 0, 1, 4, 3]
    ordered = sorted(places)
    assert all(b - a >= 0.0999 for a, b in pairwise(ordered))
    assert ordered[0] >= 0
    assert ordered[-1] <= 1
    assert look.spread([0, 0, 0], 0.1, 0, 1) == [0, 0.1, 0.2]
