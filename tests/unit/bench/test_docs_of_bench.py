"""docs/performance.md: prose from the template, figures from results."""

import re
from pathlib import Path

import pytest

from bench import docs, loading
from tests.support import results

PLACES = docs.PLACE.findall(docs.TEMPLATE.read_text())
FOUND = {
    'cost-1000': results.fanout(
        {'gateway': 1.0, 'node': 2.0}, 2, {('node', 1): ('3 lost',)}, labels=('', 'json')
    )
}


@pytest.mark.parametrize(
    ('place', 'says'),
    [
        ('table: cost-1000', '- void: node, round 2: 3 lost'),
        ('targets: cost-1000 p99', '|  | delivery, p99, ms |\n| --- | --- |\n| gateway | '),
        ('targets: cost-1000 p50', '- void: node, round 2: 3 lost'),
        ('environment: cost-1000', '- machine: AMD EPYC, 2 cores'),
        ('noise: cost-1000', 'in 0 of 8 runs'),
        ('figure: cost-1000.cpu_per_delivery.gateway.median', '9.'),
        ('figure: cost-1000/json.cpu_per_delivery.gateway.spread', '–'),
        ('figure: cost-1000.cpu_per_delivery.node.ratio.gateway', ' ×'),
    ],
)
def test_a_place_is_filled(place: str, says: str):
    assert says in docs.page(f'a {{{{ {place} }}}} b', FOUND)


@pytest.mark.parametrize(
    ('place', 'why'),
    [
        ('table: cost-9000', "no result 'cost-9000'; there are cost-1000"),
        ('targets: cost-1000 cpu', 'no such row; there are cpu_per_delivery'),
        ('tabel: cost-1000', "'tabel' is none of bar, table"),
        ('table', 'table needs a result'),
        ('bar: cost-1000', 'bar needs nothing beside it'),
        ('bar', 'not measured: '),
        ('figure: cost-1000.cpu_per_delivery.gateway', 'write RESULT.QUANTITY.TARGET.median'),
        ('figure: cost-1000.cpu_per_delivery.gateway.mean', 'write RESULT.QUANTITY'),
        ('figure: cost-1000.cpu.gateway.median', 'no such row; there are cpu_per_delivery'),
        ('figure: cost-1000.cpu_per_delivery.nod.median', 'nothing of nod in that row'),
        ('figure: cost-1000.cpu_per_delivery.gateway.ratio.nod', 'nothing of gateway and nod'),
    ],
)
def test_a_place_that_cannot_be_filled_is_an_error_with_its_line(place: str, why: str):
    with pytest.raises(docs.Unfilled) as refused:
        docs.page(f'one\ntwo {{{{ {place} }}}}\n', FOUND)
    assert f'line 2: {{{{ {place} }}}}: ' in str(refused.value)
    assert why in str(refused.value)


def test_all_that_is_missing_is_told_at_once():
    with pytest.raises(docs.Unfilled, match=r'(?s)line 1: .*line 2: '):
        docs.page('{{ table: a }}\n{{ table: b }}', {})


def test_results_are_named_by_their_files(tmp_path: Path):
    for name in ('echo.json', 'cost-1000.json.gz'):
        FOUND['cost-1000'].save(tmp_path / name)
    assert docs.results(tmp_path) == {'echo': FOUND['cost-1000'], 'cost-1000': FOUND['cost-1000']}


@pytest.mark.parametrize('place', PLACES)
def test_the_template_asks_for_results_of_scenarios_that_there_are(place: str):
    kind, rest = docs.parsed(place)
    if kind != 'bar':
        assert re.match(r'[\w-]+', rest)[0] in loading.scenarios()


def test_the_page_is_what_the_results_say():
    found = docs.results()
    written = docs.PAGE.read_text()
    if found:
        assert written == docs.page(docs.TEMPLATE.read_text(), found)
    else:
        assert 'written by `python -m bench.docs`' not in written
