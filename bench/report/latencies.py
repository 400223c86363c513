"""Pictures of latency: the percentile curve, second by second, groups alone and together.

Rules of this file:
- What is drawn is what counts: void runs are not in it, and the page says which they are.
- Histograms of all rounds are added up. Where one round must stand for all, it is the one whose
  99th percentile is the median; the others are drawn faintly behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from math import log10
from operator import add
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from bench.histogram import Histogram
from bench.report.look import Picture, label_ends, logarithmic, margin, row_of, spread
from bench.report.words import latency, number
from bench.result import Result, Run, Second

NINES = (50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999)


def counted(result: Result) -> list[Run]:
    return [run for run in result.runs if not run.void]


def merged(runs: Iterable[Run], histogram: str) -> dict[str, Histogram]:
    """By target, all rounds together."""
    found: dict[str, list[Histogram]] = {}
    for run in runs:
        if it := run.histograms.get(histogram):
            found.setdefault(run.target, []).append(it)
    return {target: reduce(add, several) for target, several in found.items()}


def typical(runs: Sequence[Run], histogram: str) -> Run:
    """The run whose 99th percentile is the median of theirs."""
    found = sorted(runs, key=lambda run: run.histograms[histogram].percentile(99))
    return found[(len(found) - 1) // 2]


def curve(picture: Picture, histograms: Mapping[str, Histogram]) -> None:
    """Latency over 1 - p on a log axis: every nine as wide as the one before."""
    axes = picture.figure.add_subplot()
    most = max(histogram.count for histogram in histograms.values())
    ticks = [nine for nine in NINES if most * (100 - nine) >= 100] or [50.0]
    ends, lowest, highest = {}, float('inf'), 0.0
    for name, histogram in histograms.items():
        style = picture.styles[name]
        points = [(p, ms) for p, ms in histogram.curve() if ms > 0]
        odds = [min(histogram.count, 100 / max(100 - p, 1e-12)) for p, _ in points]
        times = [ms for _, ms in points]
        axes.plot(odds, times, drawstyle='steps-pre', **style.line)
        marks = [tick for tick in ticks if histogram.count * (100 - tick) >= 100]
        axes.plot(
            [100 / (100 - tick) for tick in marks],
            [histogram.percentile(tick) for tick in marks],
            **style.point,
        )
        ends[name] = (odds[-1], times[-1])
        lowest, highest = min(lowest, histogram.percentile(1)), max(highest, times[-1])
    axes.set_xscale('log')
    axes.set_xlim(1, most)
    axes.xaxis.set_ticks([100 / (100 - tick) for tick in ticks])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda odds, _: f'{100 - 100 / odds:.6g}'))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel('% that arrived within')
    axes.grid(visible=True, axis='x', alpha=0.6)
    logarithmic(axes, 'y', lowest, highest)
    margin(picture, ends)
    label_ends(picture, axes, ends, 1.0)


def by_second(picture: Picture, runs: Mapping[str, Sequence[Run]], histogram: str) -> None:
    """A panel for each target: latencies above, CPU of the server below."""
    seen = [s for several in runs.values() for run in several for s in run.series]
    most = max((s.max_ns or 0 for s in seen), default=0) / 1e6
    least = min((s.p50_ns for s in seen if s.p50_ns), default=1) / 1e6
    core = max([1.0, *((s.user or 0) + (s.system or 0) for s in seen)])
    served = any(s.user is not None for s in seen)
    columns = min(3, len(runs))
    rows = -(-len(runs) // columns)
    heights = [2.0, 1.0] if served else [1.0]
    grid = picture.figure.subplots(
        rows * len(heights),
        columns,
        sharex=True,
        squeeze=False,
        gridspec_kw={'height_ratios': heights * rows},
    )
    for place, name in enumerate(runs):
        row, column = divmod(place, columns)
        above = grid[row * len(heights)][column]
        chosen = _seconds(picture, above, name, runs[name], histogram)
        above.set_title(name, color=picture.styles[name].colour, fontweight='bold')
        logarithmic(above, 'y', least, most)
        if not place and chosen.series:
            _name_lines(picture, above, chosen.series[0])
        bottom = above
        if served:
            bottom = grid[row * len(heights) + 1][column]
            _cpu(picture, bottom, name, chosen.series)
            bottom.set_ylim(0, core)
        if place + columns >= len(runs):
            bottom.tick_params(labelbottom=True)
            bottom.set_xlabel('seconds')
        for axes in {above, bottom} if column else ():
            axes.tick_params(labelleft=False)
    for place in range(len(runs), rows * columns):
        row, column = divmod(place, columns)
        for part in range(len(heights)):
            grid[row * len(heights) + part][column].set_visible(False)


def _seconds(picture: Picture, axes: Axes, name: str, runs: Sequence[Run], histogram: str) -> Run:
    chosen, colour = typical(runs, histogram), picture.styles[name].colour
    for run in runs:
        if run is not chosen:
            _line(axes, run.series, 'p99_ns', color=colour, linewidth=0.7, alpha=0.35)
    _line(axes, chosen.series, 'max_ns', color=colour, linewidth=0, marker='.', markersize=4)
    _line(axes, chosen.series, 'p99_ns', color=colour, linewidth=1.8)
    _line(axes, chosen.series, 'p50_ns', color=colour, linewidth=1.0, linestyle=(0, (1, 1)))
    return chosen


def _name_lines(picture: Picture, axes: Axes, first: Second) -> None:
    """What the three are, in the first panel only."""
    known = [
        (word, getattr(first, f'{word}_ns') / 1e6)
        for word in ('p50', 'p99', 'max')
        if getattr(first, f'{word}_ns')
    ]
    low, high = (log10(bound) for bound in axes.get_ylim())
    heights = [(log10(ms) - low) / (high - low) + 0.07 for _, ms in known]
    for (word, _), height in zip(known, spread(heights, 0.11, 0, 1), strict=True):
        axes.text(
            first.second,
            height,
            word,
            transform=axes.get_xaxis_transform(),
            fontsize=7.5,
            color=picture.theme.faint,
            va='center',
        )


def _line(axes: Axes, series: Sequence[Second], field: str, **looks: Any) -> None:
    known = [(s.second, getattr(s, field) / 1e6) for s in series if getattr(s, field)]
    axes.plot([at for at, _ in known], [value for _, value in known], **looks)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _cpu(picture: Picture, axes: Axes, name: str, series: Sequence[Second]) -> None:
    """User mode at the bottom, the kernel above it, as shares of a core."""
    known = [s for s in series if s.user is not None and s.system is not None]
    colour = picture.styles[name].colour
    at, user = [s.second for s in known], [s.user or 0.0 for s in known]
    both = [(s.user or 0.0) + (s.system or 0.0) for s in known]
    axes.fill_between(at, 0, user, color=colour, alpha=0.75, linewidth=0)
    axes.fill_between(at, user, both, color=colour, alpha=0.35, linewidth=0)
    if known:
        for low, high, word in ((0, user[0], 'user'), (user[0], both[0], 'kernel')):
            if high - low > 0.15:
                axes.annotate(word, (at[0], low), (3, 2), textcoords='offset points', fontsize=7.5)
    axes.yaxis.set_major_locator(MaxNLocator(2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f'{share * 100:.0f} % CPU'))


def connected(picture: Picture, runs: Mapping[str, Sequence[Run]]) -> None:
    """How many are connected, from second to second."""
    axes = picture.figure.add_subplot()
    ends: dict[str, tuple[float, float]] = {}
    for name, several in runs.items():
        style = picture.styles[name]
        chosen = typical(several, 'connect')
        for run in several:
            at, ready = _sums(run)
            faint = {'linewidth': 0.7, 'alpha': 0.35} if run is not chosen else {}
            axes.plot(at, ready, **{**style.line, **faint})
            if run is chosen:
                ends[name] = (at[-1], ready[-1])
                axes.plot(at[-1:], ready[-1:], **style.point)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.set_xlabel('seconds')
    axes.yaxis.set_major_formatter(FuncFormatter(lambda many, _: number(many)))
    margin(picture, ends)
    label_ends(picture, axes, ends, 0.0)


def _sums(run: Run) -> tuple[list[float], list[int]]:
    """(second's end, connected by then), the last at the very end of the run."""
    at, ready = [0.0], [0]
    for second in run.series:
        at.append(min(second.second + 1.0, run.seconds or second.second + 1.0))
        ready.append(ready[-1] + second.received)
    return at, ready


def groups(
    picture: Picture, found: Mapping[str, Mapping[str, tuple[Histogram | None, Histogram]]]
) -> None:
    """By target and group: p50 to p99, alone (thin) above together (thick)."""
    axes_of = picture.figure.subplots(len(found), 1, sharex=True, squeeze=False)[:, 0]
    every = [h for by_group in found.values() for pair in by_group.values() for h in pair if h]
    low, high = (
        min(h.percentile(50) for h in every),
        max(h.percentile(99) for h in every),
    )
    for axes, (name, by_group) in zip(axes_of, found.items(), strict=True):
        style = picture.styles[name]
        for row, (alone, together) in enumerate(by_group.values()):
            for histogram, above, width in ((alone, -0.2, 1.2), (together, 0.12, 3.5)):
                if histogram:
                    ends = [histogram.percentile(50), histogram.percentile(99)]
                    axes.plot(ends, [row + above] * 2, color=style.colour, linewidth=width)
                    axes.plot(ends[1:], [row + above], **{**style.point, 'markersize': 4 + width})
            _note(picture, axes, row, alone, together)
        row_of(axes, list(by_group))
        axes.set_title(name, color=style.colour, fontweight='bold')
        logarithmic(axes, 'x', low, high * 2.2)
    axes_of[-1].set_xlabel('latency, from p50 to p99')


def _note(
    picture: Picture, axes: Axes, row: int, alone: Histogram | None, together: Histogram
) -> None:
    late = together.percentile(99)
    said = [(late, 0.12, latency(late), picture.theme.ink)]
    if alone:
        before = alone.percentile(99)
        said = [
            (late, 0.12, f'{latency(late)}, {late / before:.2g} × alone', picture.theme.ink),
            (before, -0.2, f'alone {latency(before)}', picture.theme.faint),
        ]
    for at, above, text, colour in said:
        axes.annotate(
            text,
            (at, row + above),
            (9, 0),
            textcoords='offset points',
            va='center',
            fontsize=8,
            color=colour,
        )
