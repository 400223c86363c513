"""Pictures of what it costs: bars with the spread of the rounds, and the climb to the peak.

Rules of this file:
- Bars begin at zero. Their order is that of the targets.
- Each round is a dot; the figure beside the bar is the median, and how many times that of the
  first target it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.ticker import FuncFormatter, MaxNLocator

from bench.report.climb import Step, typical
from bench.report.look import Picture, label_ends, logarithmic, margin, row_of
from bench.report.words import latency, number, ratio, short


@dataclass(frozen=True)
class Bar:
    """One target's rounds."""

    target: str
    median: float
    values: tuple[float, ...]
    beside: float | None = None  # times the first target's


def bars(picture: Picture, by_label: Mapping[str, Sequence[Bar]], unit: str) -> None:
    """A panel for each label, all on one scale."""
    shapes = [max(1, len(several)) for several in by_label.values()]
    panels = picture.figure.subplots(
        len(by_label), 1, sharex=True, squeeze=False, gridspec_kw={'height_ratios': shapes}
    )[:, 0]
    most = max(max(bar.values) for several in by_label.values() for bar in several)
    for axes, (label, several) in zip(panels, by_label.items(), strict=True):
        for row, bar in enumerate(several):
            style = picture.styles[bar.target]
            axes.barh(
                row,
                bar.median,
                height=0.62,
                edgecolor=style.colour,
                color='none' if style.hollow else (style.colour, 0.55),
                linewidth=1.2,
                linestyle='--' if style.hollow else '-',
            )
            if len(bar.values) > 1:
                axes.plot([min(bar.values), max(bar.values)], [row] * 2, color=style.colour)
                axes.plot(
                    bar.values,
                    [row] * len(bar.values),
                    linestyle='',
                    marker='o',
                    markersize=3.5,
                    color=style.colour,
                    markeredgecolor=picture.theme.paper,
                    markeredgewidth=0.5,
                )
            axes.annotate(
                number(bar.median) + (f'   {ratio(bar.beside)}' if bar.beside else ''),
                (max(bar.values), row),
                (7, 0),
                textcoords='offset points',
                va='center',
                fontsize=9,
            )
        row_of(axes, [bar.target for bar in several])
        for text, bar in zip(axes.get_yticklabels(), several, strict=True):
            text.set_color(picture.styles[bar.target].colour)
        axes.set_title(label)
        axes.set_xlim(0, most * 1.28)
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    panels[-1].set_xlabel(unit)


def ladder(picture: Picture, climbs: Mapping[str, Sequence[Sequence[Step]]], bound: float) -> None:
    """p99 over deliveries a second; of each target the climb with the median end stands out."""
    axes = picture.figure.add_subplot()
    every = [step for several in climbs.values() for steps in several for step in steps]
    known = [step.p99 for step in every if step.p99 > 0]
    rates = [step.deliveries for step in every if step.deliveries > 0]
    ends: dict[str, tuple[float, float]] = {}
    for name, several in climbs.items():
        style = picture.styles[name]
        shown = typical(several)
        for steps in several:
            order = sorted((s for s in steps if s.p99 > 0), key=lambda step: step.deliveries)
            good = [step for step in order if not step.failed]
            looks = {} if steps is shown else {'alpha': 0.3, 'linewidth': 0.8}
            axes.plot([s.deliveries for s in good], [s.p99 for s in good], **style.line | looks)
            if steps is not shown:
                continue
            axes.plot([s.deliveries for s in good], [s.p99 for s in good], **style.point)
            bad = [step for step in order if step.failed]
            axes.plot(
                [s.deliveries for s in bad],
                [s.p99 for s in bad],
                linestyle='',
                marker='x',
                color=style.colour,
                markersize=7,
                markeredgewidth=1.8,
            )
            if good:
                ends[f'{name} {short(good[-1].deliveries)}/s'] = (good[-1].deliveries, good[-1].p99)
    logarithmic(axes, 'x', min(rates), max(rates), short)
    logarithmic(axes, 'y', min(known), max(*known, bound))
    axes.axhline(bound, color=picture.theme.bad, linewidth=1.2, linestyle=(0, (4, 2)))
    axes.annotate(
        f'bound {latency(bound)}',
        (0, bound),
        (3, -11),
        xycoords=('axes fraction', 'data'),
        textcoords='offset points',
        color=picture.theme.bad,
        fontsize=8.5,
    )
    axes.set_xlabel('deliveries a second (crosses: failed)')
    axes.set_ylabel('p99')
    margin(picture, ends)
    label_ends(picture, axes, ends, 1.0)
