"""docs/scaling.md and its command: figures in their places, nothing left open."""

from pathlib import Path

import pytest

from bench.result import Result
from bench.scaling.__main__ import PAGE, main
from bench.scaling.page import TEMPLATE, page, short, tables
from tests.support.growth import COLD, queue, result

RESULTS = Path(__file__).parents[3] / 'bench' / 'results'


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / 'growth.json.gz'
    result(lambda clients: COLD - 2000 / clients).save(path)
    return path


def test_the_page_shows_what_was_measured_and_what_follows(stored: Path):
    text = page(Result.load(stored), queue())
    assert '{{' not in text
    assert '| 1,000 | 18.0 | 200 | 34 |' in text
    assert '| acknowledged event | 10.0 µs of CPU |' in text
    assert '| connection at rest, in the kernel | 3.5 KB |' in text
    assert '| 64 B | 78 B | 168 B | 90 B |' in text
    assert '21.0 µs;' in text  # with cold caches, the median round's
    assert 'up to 8,000 clients' in text


def test_what_the_queue_costs_is_there_and_what_follows(stored: Path):
    text = page(Result.load(stored), queue())
    assert '| the gateway that emits it, beyond what the emit takes | 7.5 |' in text
    assert '| a gateway that hears it and has no recipient | 12.0 |' in text
    assert '| Redis, for each gateway that hears it | 0.75 |' in text
    assert 'of two was 1.50 times that of one' in text
    assert '| 10 | 83,000 |' in text  # 1e6 / (4.5 + 10 * 0.75)


def test_a_round_of_the_queue_that_lacks_something_does_not_count(stored: Path):
    whole = queue()
    runs = tuple(run for run in whole.runs if run.label != 'calm' or run.round == 1)
    text = page(Result.load(stored), whole.model_copy(update={'runs': runs}))
    assert '| the gateway that emits it, beyond what the emit takes | 7.5 |' in text
    runs = tuple(run for run in whole.runs if run.label != 'calm')
    with pytest.raises(ValueError, match='no round of the queue'):
        page(Result.load(stored), whole.model_copy(update={'runs': runs}))


def test_a_million_clients_stand_beside_ten_thousand(stored: Path):
    rows = [line.split(' | ') for line in page(Result.load(stored), queue()).splitlines()]
    needs = {row[1]: row for row in rows if len(row) == 9 and row[0] == '| '}  # the last workload's
    assert set(needs) == {'100,000', '1,000,000'}
    assert needs['1,000,000'][2:4] == ['366', 'CPU']  # live data: 22 µs, ten times a second
    assert needs['1,000,000'][4] == '220'


@pytest.mark.parametrize('change', [('{{ needs }}', '{{ wants }}'), ('{{ needs }}', '')])
def test_a_template_that_does_not_fit_is_an_error(stored: Path, change: tuple[str, str]):
    with pytest.raises(ValueError, match='needs'):
        page(Result.load(stored), queue(), template=TEMPLATE.read_text().replace(*change))


def test_two_figures_are_enough_for_what_is_extrapolated():
    assert [short(value) for value in (0, 0.01234, 3.456, 12.5, 1999, 123_456)] == [
        '0',
        '0.012',
        '3.5',
        '12',
        '2,000',
        '120,000',
    ]


def test_the_command_writes_the_page(stored: Path, tmp_path: Path):
    out = tmp_path / 'scaling.md'
    joined = tmp_path / 'queue.json.gz'
    queue().save(joined)
    assert main(['page', str(stored), str(joined), '--out', str(out)]) == 0
    assert out.read_text() == page(Result.load(stored), queue())


def test_the_command_prints_the_tables(stored: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(stored)]) == 0
    assert capsys.readouterr().out == tables(Result.load(stored), 'gateway') + '\n'


def test_what_is_no_result_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(tmp_path / 'none.json')]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_page_is_the_one_of_the_reference_run():
    growth, joined = (Result.load(RESULTS / f'{name}.json.gz') for name in ('scaling', 'queue'))
    assert PAGE.read_text() == page(growth, joined)
