"""What is told while a run lasts: nothing, plain lines, or a panel that costs next to nothing."""

import io
import os
import pty
import threading
from types import SimpleNamespace

import pytest
from rich.console import Console

from bench.histogram import Histogram
from bench.live import Lines, Live, Noted, live
from bench.panel import PAUSE, Panel, drawn
from bench.scenario import Fanout
from tests.support import results

LATENCY = Histogram.from_samples([400_000] * 98 + [9_000_000] * 2)
TICK = SimpleNamespace(second=0, sent=50, received=50_000, connected=1000, latency=LATENCY)
SERVER = SimpleNamespace(user=0.25, system=0.5, rss=61_000_000)


def tell(view: Live, void: bool = False) -> None:
    """A scenario of one round."""
    result = results.fanout({'gateway': 1.0, 'node': 2.0}, 1)
    view.begin(Fanout(name='loud'), ('gateway', 'node'), 1)
    for number, run in enumerate(result.runs):
        view.turn(run.target, 0)
        view.phase('measuring', 5.0)
        view.tick(TICK, SERVER)
        view.run(run.model_copy(update={'void': ('3 lost',) if void and number else ()}))
    view.end(result)


def test_plain_lines_say_whose_turn_it_is_and_what_was_found():
    stream = io.StringIO()
    with Lines(stream) as view:
        tell(view, void=True)
    lines = stream.getvalue().splitlines()
    assert lines[:2] == ['loud: gateway, node; 1 round', 'round 1 of 1: gateway']
    assert 'CPU per delivery' in lines[2]
    assert lines[3:] == ['round 1 of 1: node', '  void: 3 lost']


def test_an_interrupted_run_says_so():
    stream = io.StringIO()
    Lines(stream).end(results.fanout({'gateway': 1.0}, 1).model_copy(update={'interrupted': True}))
    assert stream.getvalue() == 'interrupted\n'


@pytest.mark.parametrize(
    ('asked', 'kind'), [({}, Lines), ({'plain': True}, Lines), ({'quiet': True}, Live)]
)
def test_what_is_no_terminal_gets_plain_lines_and_quiet_nothing(asked, kind):
    assert type(live(stream=io.StringIO(), **asked)) is kind


def test_the_panel_shows_the_turn_the_last_second_and_the_medians_so_far():
    view = Noted()
    tell(view, void=True)
    view.phase('measuring', 5.0)
    view.tick(TICK, SERVER)
    console = Console(file=io.StringIO(), width=110, record=True)
    console.print(drawn(view.state, 40))
    text = ' '.join(console.export_text().replace('│', ' ').split())
    for words in (
        'loud',
        'node round 1 of 1 measuring',
        'of 5 s 1 void run so far',
        '1,000 connected 50,000/s p50 0.401 p99 9.04 max 9.04 ms',
        'server CPU 75% (user 25%, system 50%) 61 MB',
        'median so far gateway node',
        'CPU per delivery',
    ):
        assert words in text


def test_the_panel_is_no_higher_than_the_terminal():
    view = Noted()
    tell(view)
    for height in (12, 16):
        console = Console(file=io.StringIO(), width=110, height=height)
        assert len(console.render_lines(drawn(view.state, height))) <= height


def test_where_targets_are_many_each_has_a_line():
    names = [f'target-{number}' for number in range(10)]
    view = Noted()
    view.begin(Fanout(name='loud'), names, 1)
    for run in results.fanout(dict.fromkeys(names, 1.0), 1).runs:
        view.run(run)
    console = Console(file=io.StringIO(), width=110, record=True)
    console.print(drawn(view.state, 40))
    lines = [line.strip('│ ') for line in console.export_text().splitlines()]
    assert [line.split()[0] for line in lines if line.startswith('target-')] == names
    assert all('µs' in line for line in lines if line.startswith('target-'))


def test_on_a_terminal_there_is_a_panel_that_leaves_nothing_behind():
    ours, theirs = pty.openpty()
    seen = bytearray()

    def read() -> None:
        while chunk := os.read(ours, 65536):
            seen.extend(chunk)
            if b'last words' in seen:
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    with os.fdopen(theirs, 'w') as terminal:
        view = live(stream=terminal)
        assert type(view) is Panel
        with view:
            tell(view)
        terminal.write('last words')
        terminal.flush()
        reader.join(20)
    os.close(ours)
    assert b'last words' in seen
    assert seen.count(b'\x1b[?25l') == seen.count(b'\x1b[?25h') == 1  # the cursor is back
    assert view.cpu < 1


def test_the_panel_draws_at_most_four_times_a_second(monkeypatch):
    drawings: list[threading.Event] = [threading.Event(), threading.Event()]
    monkeypatch.setattr('bench.panel.drawn', lambda *_: drawings.pop(0).set() or '')
    monkeypatch.setattr('bench.panel.PAUSE', 3600)
    first, second = drawings
    with Panel(io.StringIO()) as view:
        view.tick(TICK)
        assert first.wait(20)
        view.tick(TICK)
        assert not second.wait(0.3)
    assert PAUSE >= 0.25
