"""How every picture looks: colours, sizes, direct labels.

Rules of this file:
- A target has one colour everywhere, and one marker, so that colour never tells alone. At its
  defaults (`NAME-defaults`) it keeps the colour, and its line is dashed, its marker hollow.
- A picture is drawn twice, for a light and for a dark page.
- The title is the question, the line beneath it the setting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from bench.report.words import latency

WIDTH = 6.4  # inches; 640 pixels on a page, drawn at twice that
DPI = 200
DEFAULTS = '-defaults'
NEAR = 0.9  # of the way to the margin

# By name: in light, in dark, and the marker.
COLOURS = {
    'gateway': ('#0063b1', '#58b0ff', 'o'),
    'node': ('#d1560a', '#ff9147', 's'),
    'python-socketio': ('#00835f', '#2fd0a0', '^'),
    'python-socketio-uvicorn': ('#6b7d00', '#bfd430', 'v'),
    'python-socketio-aiohttp': ('#0a8f9c', '#5fe0ea', '<'),
    'flask-socketio-gevent': ('#b8488a', '#ff9ad0', 'D'),
    'flask-socketio-eventlet': ('#7d1d4b', '#d8709f', 'd'),
    'flask-socketio-threading': ('#a67c00', '#f0cb45', 'p'),
    'send-loop': ('#6e7781', '#8b949e', '1'),
    'send-loop-coalescing': ('#24292f', '#e6edf3', '2'),
    'trial': ('#6a4fc3', '#b09cff', 'h'),
}
SPARE = (
    ('#a3122d', '#ff7b8a', 'P'),
    ('#4d3319', '#d9b48f', 'X'),
    ('#2a9d3a', '#7ee787', '>'),
    ('#3b3b9c', '#9aa0ff', '*'),
)


@dataclass(frozen=True)
class Style:
    """How a target is drawn."""

    colour: str
    marker: str
    hollow: bool = False

    @property
    def line(self) -> dict[str, Any]:
        return {'color': self.colour, 'linestyle': (0, (4, 2)) if self.hollow else '-'}

    @property
    def point(self) -> dict[str, Any]:
        face = 'none' if self.hollow else self.colour
        return {
            'color': self.colour,
            'marker': self.marker,
            'markerfacecolor': face,
            'markeredgecolor': self.colour,
            'linestyle': '',
        }


@dataclass(frozen=True)
class Theme:
    name: str
    paper: str
    ink: str
    faint: str  # text beside the point
    grid: str
    bad: str

    def styles(self, names: Sequence[str]) -> dict[str, Style]:
        """Of every target; those that nobody knows take the spare colours in turn."""
        bases = dict.fromkeys(name.removesuffix(DEFAULTS) for name in names)
        unknown = [base for base in bases if base not in COLOURS]
        known = {**COLOURS, **{base: SPARE[i % len(SPARE)] for i, base in enumerate(unknown)}}
        found = {}
        for name in names:
            light, dark, marker = known[name.removesuffix(DEFAULTS)]
            found[name] = Style(dark if self is DARK else light, marker, name.endswith(DEFAULTS))
        return found


LIGHT = Theme('light', '#ffffff', '#1f2328', '#59636e', '#d8dee4', '#b3261e')
DARK = Theme('dark', '#0d1117', '#e6edf3', '#9198a1', '#2b313a', '#ff7b72')


@dataclass
class Picture:
    """One picture in the making."""

    figure: Figure
    theme: Theme
    styles: dict[str, Style]

    def text(self, title: str, setting: Sequence[str]) -> None:
        """The question, and the lines beneath it; the axes get the room that is left."""
        height = self.figure.get_figheight()
        lines = [fill(line, 98) for line in setting if line]
        beneath = '\n'.join(lines)
        many = beneath.count('\n') + 1 if beneath else 0
        self.figure.text(0.015, 1 - 0.09 / height, title, fontsize=13, fontweight='bold', va='top')
        self.figure.text(
            0.015,
            1 - 0.36 / height,
            beneath,
            fontsize=8.5,
            va='top',
            color=self.theme.faint,
            linespacing=1.35,
        )
        top = 1 - (0.46 + 0.17 * many) / height
        self.figure.set_layout_engine('constrained', rect=(0.01, 0.01, 0.98, top - 0.01))


def rules(theme: Theme) -> dict[str, Any]:
    """Matplotlib's settings."""
    return {
        'font.family': 'DejaVu Sans',
        'font.size': 9.5,
        'figure.facecolor': theme.paper,
        'savefig.facecolor': theme.paper,
        'axes.facecolor': theme.paper,
        'axes.edgecolor': theme.grid,
        'axes.labelcolor': theme.faint,
        'axes.labelsize': 9,
        'axes.spines.top': False,
        'axes.spines.right': False,
        'axes.spines.left': False,
        'axes.grid': True,
        'axes.grid.axis': 'y',
        'axes.axisbelow': True,
        'axes.titlesize': 9.5,
        'axes.titlelocation': 'left',
        'grid.color': theme.grid,
        'grid.linewidth': 0.7,
        'text.color': theme.ink,
        'xtick.color': theme.grid,
        'xtick.labelcolor': theme.faint,
        'xtick.labelsize': 8.5,
        'ytick.color': theme.grid,
        'ytick.labelcolor': theme.faint,
        'ytick.labelsize': 8.5,
        'ytick.left': False,
        'lines.linewidth': 1.8,
        'lines.markersize': 5,
    }


def paint(
    stem: Path, names: Sequence[str], height: float, draw: Callable[[Picture], None]
) -> Iterator[Path]:
    """STEM.png and STEM-dark.png."""
    for theme, suffix in ((LIGHT, ''), (DARK, '-dark')):
        with rc_context(rules(theme)):  # type: ignore[arg-type]
            figure = Figure(figsize=(WIDTH, height))
            FigureCanvasAgg(figure)
            draw(Picture(figure, theme, theme.styles(names)))
            path = stem.with_name(f'{stem.name}{suffix}.png')
            figure.savefig(path, dpi=DPI, metadata={'Software': None})
            yield path


def logarithmic(axes: Axes, axis: str, low: float, high: float, wording: Any = latency) -> None:
    """A log axis with few round ticks, in words."""
    low, high = low * 0.85, high * 1.15
    steps = [(1, 2, 5), (1, 3), (1,), (1,)]
    decades = range(-6, 13)
    ticks: list[float] = []
    for step in steps:
        ticks = [s * 10.0**d for d in decades for s in step if low <= s * 10.0**d <= high]
        if len(ticks) <= 7:
            break
    getattr(axes, f'set_{axis}scale')('log')
    getattr(axes, f'set_{axis}lim')(low, high)
    scale = getattr(axes, f'{axis}axis')
    scale.set_ticks(ticks)
    scale.set_major_formatter(FuncFormatter(lambda value, _: wording(value)))
    scale.set_minor_locator(NullLocator())
    scale.set_minor_formatter(NullFormatter())


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places next to the wanted ones, at least `gap` apart, within bounds where there is room."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    places = list(wanted)
    floor = low
    for i in order:
        places[i] = floor = max(places[i], floor)
        floor += gap
    ceiling = high
    for i in reversed(order):
        places[i] = ceiling = min(places[i], ceiling)
        ceiling -= gap
    return places


def margin(picture: Picture, names: Iterable[str]) -> None:
    """Room at the right for the longest of these names."""
    engine = picture.figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    left, bottom, width, height = engine.get()['rect']
    room = (max(map(len, names), default=0) * 0.068 + 0.3) / WIDTH
    engine.set(rect=(left, bottom, width - room, height))


def row_of(axes: Axes, names: Sequence[str]) -> None:
    """Rows from top to bottom, one a name."""
    axes.yaxis.set_ticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.grid(visible=False, axis='y')
    axes.grid(visible=True, axis='x')
    axes.tick_params(axis='y', labelsize=9)


def label_ends(
    picture: Picture, axes: Axes, ends: Mapping[str, tuple[float, float]], edge: float
) -> None:
    """Names in the right margin, each beside the end of its line, with a hair to it.

    A name may have more words after it; the first one tells the target.
    """
    picture.figure.canvas.draw()
    picture.figure.set_layout_engine('none')
    inverse = axes.transAxes.inverted()
    spots = [inverse.transform(axes.transData.transform(end)) for end in ends.values()]
    gap = 0.155 / (axes.get_position().height * picture.figure.get_figheight())
    places = spread([y for _, y in spots], gap, 0.0, 1.0)
    for name, (x, y), place in zip(ends, spots, places, strict=True):
        colour = picture.styles[name.split()[0]].colour
        if x > NEAR * edge:  # a hair through the whole picture says less than the colour
            axes.plot(
                [x, max(x, edge) + 0.01, max(x, edge) + 0.03],
                [y, y, place],
                linewidth=0.6,
                transform=axes.transAxes,
                color=colour,
                clip_on=False,
                alpha=0.7,
            )
        axes.text(
            max(x, edge) + 0.04,
            place,
            name,
            transform=axes.transAxes,
            color=colour,
            va='center',
            fontsize=8.5,
        )
