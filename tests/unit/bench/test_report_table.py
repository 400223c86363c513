"""The table of a result, for a terminal and as markdown."""

import pytest

from bench.report import table, words
from tests.support import results

TWO = {'gateway': 1.0, 'node': 2.2}
MANY = {
    **results.PACES,
    'node-defaults': 3.0,
    'python-socketio-uvicorn': 8.0,
    'python-socketio-aiohttp': 9.0,
    'flask-socketio-gevent': 14.0,
    'flask-socketio-eventlet': 16.0,
    'flask-socketio-threading-defaults': 30.0,
}


def cells(text: str, row: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f'| {row} '))
    return [cell.strip() for cell in line.strip('|').split('|')]


def test_a_cell_is_the_median_the_spread_and_the_ratio_to_the_first_target():
    runs = [
        results.run(name, turn, 1, results.Random(1), server=results.server(cpu))
        for turn, pair in enumerate(((1.0, 2.0), (2.0, 6.0), (3.0, 12.0)))
        for name, cpu in zip(TWO, pair, strict=True)
    ]
    text = table.markdown(results.result(runs, {'kind': 'fanout'}, TWO))
    assert cells(text, 'CPU per delivery, µs')[1:] == ['8 (4–12)', '24 (8–48), 3.00 ×']


def test_one_round_has_no_spread():
    text = table.markdown(results.fanout({'gateway': 1.0}, 1))
    assert '(' not in cells(text, 'CPU per delivery, µs')[1]


def test_void_rounds_are_counted_in_their_cells_and_named_with_their_reasons():
    voids = {('node', 1): ('3 lost', '1 reordered')}
    for text in (
        table.text(results.fanout(TWO, 3, voids)),
        table.markdown(results.fanout(TWO, 3, voids)),
    ):
        assert ', 1 void' in text
        assert 'node, round 2: 3 lost, 1 reordered' in text


def test_a_target_of_which_nothing_is_left_is_void():
    it = results.fanout(TWO, 1, {('node', 0): ('3 lost',)})
    assert cells(table.markdown(it), 'CPU per delivery, µs')[2] == 'void'


@pytest.mark.parametrize('paces', [{'gateway': 1.0}, TWO, MANY], ids=['1', '2', '10'])
def test_a_terminal_has_a_hundred_columns(paces: dict[str, float]):
    text = table.text(results.fanout(paces, 3, {('gateway', 1): ('lost ' * 60,)}))
    assert max(map(len, text.splitlines())) <= 100
    head = ' '.join(line for line in text.splitlines() if line.startswith(' '))
    assert [name for name in paces if name not in head.split()] == []


def test_first_median_and_last_recipients_are_in_it():
    text = table.text(results.fanout())
    for which in ('first', 'median', 'last'):
        assert f'\n{which} recipient, p99, ms' in text


def test_a_climb_is_shown_step_by_step():
    text = table.text(results.peak({'gateway': 1.0}, 1))
    assert 'The climb of gateway, round 1' in text
    assert text.count('sustained') == 6
    assert 'p99 91 ms' in text


def test_noisy_runs_are_counted():
    calm, busy, stolen = (
        results.run('gateway', turn, 1, results.Random(1), **noise)
        for turn, noise in enumerate(({'others': 0.05}, {'others': 0.2}, {'stolen': 0.3}))
    )
    it = results.result([calm, busy, stolen], {'kind': 'fanout'}, ['gateway'])
    assert 'more than a tenth of a core in 2 of 3 runs' in words.noise(it)


def test_what_comes_from_a_server_is_no_markdown():
    it = results.fanout({'a|b': 1.0}, 1, {('a|b', 0): ('<b>*lost*</b>\n# no',)})
    text = table.markdown(it)
    assert 'a\\|b' in text
    assert '\\<b\\>\\*lost\\*\\</b\\> # no' in text


def test_an_interrupted_result_says_so():
    it = results.fanout(TWO, 1).model_copy(update={'interrupted': True})
    assert 'Interrupted' in table.text(it)
    assert 'Interrupted' not in table.text(results.fanout(TWO, 1))


@pytest.mark.parametrize(
    ('value', 'said'),
    [
        (0.12345, '0.123'),
        (12.34, '12.3'),
        (999.96, '1,000'),
        (2_718_281, '2,720,000'),
        (float('nan'), '–'),
    ],
)
def test_a_figure_has_three_digits(value: float, said: str):
    assert words.number(value) == said


@pytest.mark.parametrize(
    ('milliseconds', 'said'),
    [(0, '0 ms'), (0.00025, '250 ns'), (0.25, '250 µs'), (12.5, '12.5 ms'), (1200, '1.2 s')],
)
def test_a_latency_has_the_unit_that_reads_best(milliseconds: float, said: str):
    assert words.latency(milliseconds) == said


@pytest.mark.parametrize(
    ('scenario', 'said'),
    [
        (
            {'kind': 'fanout', 'clients': 1000, 'rate': 50, 'payload': 64},
            '1,000 clients · 50 broadcasts/s · 64 bytes',
        ),
        ({'kind': 'fanout', 'clients': 9, 'rate': 'closed'}, '9 clients · one broadcast at a time'),
        (
            {'kind': 'fanout', 'clients': 9, 'rate': 50, 'find_peak': 0.05},
            '9 clients · p99 within 50 ms',
        ),
        (
            {'kind': 'echo', 'clients': 9, 'rate': 'closed', 'pipeline': 16},
            '9 clients · 16 under way each',
        ),
        (
            {'kind': 'connect', 'clients': 9, 'storm': 'reconnect'},
            '9 clients · all cut off at once',
        ),
        (
            {'kind': 'mixed', 'groups': {'a': {'clients': 4}, 'b': {'clients': 5}}},
            '2 groups · 9 clients',
        ),
    ],
)
def test_the_setting_is_one_line(scenario: dict[str, object], said: str):
    assert words.setting(results.result([], scenario, ['gateway'])) == f'{said} · 0 rounds'
