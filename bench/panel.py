"""The panel that a terminal shows while a run lasts.

Rules of this file:
- Drawn in a thread of the lowest priority, at most four times a second, and only when something
  has changed.
- As high as it has to be, and no higher than the terminal.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from time import monotonic, thread_time
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live as Screen
from rich.panel import Panel as Box
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bench.live import Noted, State, counted

PAUSE = 0.25  # seconds between two drawings
WIDE = 4  # columns of figures that fit
FRAME = 8  # lines that the panel has beside its rows


class Panel(Noted):
    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.console = Console(file=stream)
        self.screen = Screen(console=self.console, auto_refresh=False, transient=True)
        self.cpu = 0.0  # seconds that drawing took
        self._fresh, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._draw, name='panel', daemon=True)
        self._thread.start()

    def changed(self) -> None:
        self._fresh.set()

    def close(self) -> None:
        self._closing.set()
        self._fresh.set()
        self._thread.join()

    def _draw(self) -> None:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        with self.screen:
            while self._fresh.wait() and not self._closing.is_set():
                self._fresh.clear()
                with contextlib.suppress(RuntimeError):  # the state changed meanwhile: again
                    self.screen.update(drawn(self.state, self.console.height), refresh=True)
                self._closing.wait(PAUSE)
            self.screen.update(Text(''), refresh=True)
        self.cpu = thread_time()


def drawn(state: State, height: int) -> RenderableType:
    rows = list(state.rows())
    parts: list[RenderableType] = [head(state), now(state)]
    if rows:
        parts += [Text(''), found(state, rows, max(1, height - FRAME))]
    return Box(Group(*parts), title=Text(state.title), title_align='left', border_style='dim')


def head(state: State) -> RenderableType:
    """Whose turn it is, and how far it is."""
    line = Table.grid(padding=(0, 2))
    where = f'round {state.round + 1} of {state.rounds}'
    cells: list[RenderableType] = [Text(state.target, style='bold'), where, Text(state.phase)]
    if state.seconds:
        passed = min(state.seconds, monotonic() - state.since)
        cells += [
            ProgressBar(total=state.seconds, completed=passed, width=20),
            f'{passed:.0f} of {state.seconds:g} s',
        ]
    voids = sum(state.voids.values())
    if voids:
        cells.append(Text(f'{counted(voids, "void run")} so far', style='red'))
    line.add_row(*cells)
    return line


def now(state: State) -> RenderableType:
    """The last second: of the load, then of the server."""
    lines = ('   '.join(parts(state)) for parts in (of_load, of_server))
    return Text('\n'.join(lines), style='cyan')


def of_load(state: State) -> Iterator[str]:
    if tick := state.tick:
        yield f'{tick.connected:,} connected'
        yield f'{tick.received:,}/s'
        if tick.latency:
            p50, p99, most = map(tick.latency.percentile, (50, 99, 100))
            yield f'p50 {p50:.3g}  p99 {p99:.3g}  max {most:.3g} ms'


def of_server(state: State) -> Iterator[str]:
    if server := state.server:
        both = server.user + server.system
        yield f'server CPU {both:.0%} (user {server.user:.0%}, system {server.system:.0%})'
        yield f'{server.rss / 1e6:,.0f} MB'


def found(state: State, rows: list[tuple[str, list[str]]], height: int) -> RenderableType:
    """The medians so far; where targets are many, each has a line."""
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column('median so far')
    names, lines = state.targets, rows
    if len(names) > WIDE:
        names = tuple(row for row, _ in rows[:WIDE])
        columns = zip(*(values for _, values in rows[:WIDE]), strict=True)
        lines = [(name, [*cells]) for name, cells in zip(state.targets, columns, strict=True)]
    for name in names:
        table.add_column(Text(name), justify='right')
    for name, values in lines[:height]:
        table.add_row(Text(name), *values)
    return table
