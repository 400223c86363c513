"""The bar, judged from results."""

import pytest

from bench import loading, scenario
from bench.bars import BARS, SCENARIOS, Bar, named, text, title, verdicts
from bench.result import Result, Run
from tests.support.results import result


def measured(name: str, *runs: tuple[str, str, dict[str, float]]) -> Result:
    targets = dict.fromkeys(target for target, _, _ in runs)
    made = [
        Run(target=target, round=0, label=label, values=values) for target, label, values in runs
    ]
    return result(made, {'name': name}, targets)


def judged(*results: Result) -> dict[str, str]:
    return {f'{one.bar.scenario} {one.bar.label} {one.bar}': str(one) for one in verdicts(results)}


COST = 'cpu_per_delivery'


def test_a_bar_may_bound_the_ratio_to_another_target():
    found = judged(
        measured(
            'cost-1000',
            ('gateway', '', {COST: 3.1}),
            ('send-loop', '', {COST: 2.0}),
            ('node', '', {COST: 10.0}),
        ),
        measured('peak', ('gateway', '', {'peak': 8e6}), ('send-loop', '', {'peak': 1e6})),
    )
    assert found['cost-1000  ≤ 1.5 × send-loop'] == '1.55 MISSED'
    assert found['cost-1000  ≤ 0.5 × node'] == '0.31 met'
    assert found['cost-1000  ≤ 1.15 × trial'] == 'not measured'
    assert found['peak  ≥ 4 × send-loop'] == '8 met'
    assert found['peak  ≥ 10 × node'] == 'not measured'
    assert found['echo  ≤ 0.9 × node'] == 'not measured'


def test_a_bar_may_bound_the_figure_itself_or_its_ratio_to_another_row():
    found = judged(
        measured('start', ('gateway', '', {'start': 0.6}), ('node', '', {'start': 0.1})),
        measured('forms', ('gateway', 'json', {COST: 2.5}), ('gateway', 'msgpack', {COST: 3.0})),
        measured('handlers', ('gateway', 'actions 64', {'added_per_event': 2.0})),
    )
    assert found['start  ≤ 0.5 s'] == '0.6 MISSED'
    assert found['forms msgpack ≤ 1.1 × json'] == '1.2 MISSED'
    assert found['forms binary ≤ 1.1 × json'] == 'not measured'
    assert found['handlers actions 64 ≤ 3 µs'] == '2 met'


def test_the_last_result_of_a_scenario_counts_and_a_smoke_test_is_one_of_it():
    first = measured('start', ('gateway', '', {'start': 0.9}))
    second = measured('start-quick', ('gateway', '', {'start': 0.2}))
    assert judged(first, second)['start  ≤ 0.5 s'] == '0.2 met'
    assert named(second) == 'start'


def test_every_bar_has_a_line_with_its_figure():
    found = list(verdicts([measured('start', ('gateway', '', {'start': 0.25}))]))
    lines = text(found).splitlines()
    assert len(lines) == len(BARS)
    [line] = [line for line in lines if line.startswith('start to listening')]
    assert [cell.strip() for cell in line.split('  ') if cell][1:] == [
        '0.25 s',
        '≤ 0.5 s',
        '0.25 met',
    ]
    assert len({(title(bar), str(bar)) for bar in BARS}) == len(BARS)


@pytest.mark.parametrize('name', SCENARIOS)
def test_every_bar_is_measured_by_a_scenario_that_comes_with_the_harness(name: str):
    found = loading.load(loading.scenarios()[name])
    bars = [bar for bar in BARS if bar.scenario == name]
    assert 'gateway' in found.targets
    assert {bar.target for bar in bars} - {'', 'trial'} <= set(found.targets)
    if isinstance(found, scenario.Fanout):
        labels = {label for bar in bars for label in (bar.label, bar.other)} - {''}
        assert labels <= set(found.forms)


def test_a_limit_is_written_with_its_unit():
    assert str(Bar('memory-and-idle', 'idle_cpu', 2)) == '≤ 2 %'
    assert str(Bar('memory-and-idle', 'memory_per_connection', 6)) == '≤ 6 KB'
