"""One HTML file with everything that a result says: nothing to load, nothing to run.

Rules of this file:
- All text is escaped, for a target's name and its answers come from anywhere.
- Pictures are inlined, each for a light and a dark page.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from bench.report import table, words
from bench.result import Result

TEMPLATE = Path(__file__).with_name('page.html')
DARK = '-dark'
READING = (
    'Latency counts from the moment at which a message was due, so a server that stalls can’t hide '
    'it; read a curve from the left (what most clients see) to the right (what the unluckiest '
    'see). '
    'Compare targets within this page only: they took turns on one machine, and another '
    'machine, or the same one an hour later, gives other figures. '
    'A difference smaller than the spread of the rounds is noise, and loopback is no network.'
)
TITLES = {
    'fanout': 'Broadcasts to many clients',
    'echo': 'Acknowledged events',
    'connect': 'Connecting',
    'idle': 'Clients at rest',
    'mixed': 'Groups of clients at once',
}


def html(result: Result, pictures: Sequence[Path] | None = None) -> str:
    """The page; the pictures are drawn where they are not given."""
    if pictures is None:
        from bench.report import plots  # noqa: PLC0415 - a table needs no matplotlib

        with TemporaryDirectory() as folder:
            return html(result, plots.draw(result, Path(folder)))
    void = [f'{words.where(run)}: {why}' for run, why in words.voids(result)]
    parts = {
        'title': escape(title(result)),
        'setting': escape(words.setting(result)),
        'interrupted': '<p class="bad">Interrupted: these are the rounds until then.</p>'
        if result.interrupted
        else '',
        'reading': READING,
        'pictures': '\n'.join(shown(pictures)),
        'figures': tabular(table.figures(result)),
        'ladders': '\n'.join(
            f'<h2>The climb of {escape(name)}</h2>\n{tabular(climb)}'
            for name, climb in table.ladders(result)
        ),
        'voids': f'<h2>Void</h2>\n<ul class="bad">\n{items(void)}\n</ul>' if void else '',
        'noise': escape(words.noise(result)),
        'environment': '\n'.join(
            f'<dt>{escape(name)}</dt><dd>{escape(value)}</dd>'
            for name, value in words.environment(result)
        ),
        'command': escape(result.command),
    }
    return Template(TEMPLATE.read_text(encoding='utf-8')).substitute(parts)


def title(result: Result) -> str:
    said = result.scenario
    kind = str(said.get('kind', ''))
    name = str(said.get('name', ''))
    return name if name and name != kind else TITLES.get(kind, kind)


def items(lines: Iterable[str]) -> str:
    return '\n'.join(f'<li>{escape(line)}</li>' for line in lines)


def tabular(it: table.Table) -> str:
    head = ''.join(f'<th scope="col">{escape(name)}</th>' for name in it.head)
    body = '\n'.join(
        '<tr>' + ''.join(f'<td>{escape(cell)}</td>' for cell in line) + '</tr>' for line in it.lines
    )
    return f'<div class="wide"><table>\n<tr>{head}</tr>\n{body}\n</table></div>'


def shown(pictures: Sequence[Path]) -> Iterable[str]:
    for path in pictures:
        if path.stem.endswith(DARK):
            continue
        dark = path.with_name(f'{path.stem}{DARK}{path.suffix}')
        about = escape(path.stem.replace('-', ' '))
        yield (
            f'<picture><source media="(prefers-color-scheme: dark)" srcset="{inlined(dark)}">'
            f'<img alt="{about}" src="{inlined(path)}"></picture>'
        )


def inlined(path: Path) -> str:
    return f'data:image/png;base64,{b64encode(path.read_bytes()).decode()}'
