"""What runs say, and what rounds say together."""

import pytest

from bench.figures import BY_NAME, COMPANY, QUANTITIES, Row, rows, value
from bench.histogram import Histogram
from bench.result import Run, Server
from tests.support.results import result


def server(cpu: float, rss: int = 0) -> Server:
    return Server(cpu=cpu, user=0, system=0, rss_before=0, rss_after=rss, descriptors=0)


def run(target: str = 'gateway', round_: int = 0, label: str = '', **facts) -> Run:
    return Run(target=target, round=round_, label=label, **facts)


def said(one: Run) -> dict[str, float]:
    found = {quantity.name: value(one, quantity) for quantity in QUANTITIES}
    return {name: figure for name, figure in found.items() if figure is not None}


def late(milliseconds: float) -> dict[str, Histogram]:
    return {'delivery': Histogram.of([[int(milliseconds * 1e6), 1]])}


def test_broadcasts_say_what_a_delivery_costs_and_how_late_it_is():
    delivery = Histogram.of([[1_000_000, 98], [2_000_000, 1], [9_000_000, 1]])
    echo = Histogram.of([[3_000_000, 4]])
    found = said(
        run(
            seconds=2,
            received=1000,
            events=4,
            acknowledged=4,
            server=server(0.01, 5_000_000),
            histograms={'delivery': delivery, 'last': delivery, 'echo': echo},
        )
    )
    assert found == {
        'cpu_per_delivery': pytest.approx(10),
        'deliveries_per_s': 500,
        'memory': 5,
        'p50': 1,
        'p90': 1,
        'p99': 2,
        'p999': 9,
        'max': 9,
        'last_p50': 1,
        'last_p99': 2,
        'echo_p50': 3,
        'echo_p90': 3,
        'echo_p99': 3,
        'echo_p999': 3,
        'echo_max': 3,
    }


def test_events_say_what_an_event_costs():
    found = said(run(seconds=2, events=100, acknowledged=100, server=server(0.001, 1_000_000)))
    assert found == {'cpu_per_event': pytest.approx(10), 'events_per_s': 50, 'memory': 1}


def test_connections_say_what_each_of_the_new_ones_costs():
    connect = Histogram.of([[5_000_000, 80]])
    found = said(
        run(
            seconds=2,
            connections=100,
            values={'added': 80},
            server=server(0.008, 2_000_000),
            histograms={'connect': connect},
        )
    )
    assert found == {
        'cpu_per_connection': pytest.approx(100),
        'connect_p50': 5,
        'connect_p99': 5,
        'connect_max': 5,
        'all_connected': 2,
        'connections_per_s': 40,
        'memory': 2,
    }


def test_clients_at_rest_say_what_their_memory_and_their_heartbeats_cost():
    values = {'added': 100, 'rss_first': 1_000_000, 'heartbeats': 7}
    found = said(run(seconds=50, connections=200, values=values, server=server(0.5, 1_600_000)))
    assert found == {'memory_per_connection': 6, 'idle_cpu': 1, 'memory': pytest.approx(1.6)}


def test_a_server_that_cannot_be_seen_says_nothing_of_its_costs():
    found = said(run(seconds=1, received=10, connections=1, histograms=late(1)))
    assert not {'cpu_per_delivery', 'memory', 'idle_cpu'} & set(found)
    assert found['p99'] == 1


def test_what_was_counted_under_a_quantitys_name_is_its_figure():
    assert said(run(values={'start': 0.3, 'added_per_event': 0.0})) == {
        'start': 0.3,
        'added_per_event': 0.0,
    }


def test_a_ratio_is_the_median_of_each_rounds_ratio():
    # The machine slows down fourfold; the two stay 1 : 2 in each round but one.
    values = {'gateway': {0: 1.0, 1: 2.0, 2: 4.0}, 'node': {0: 2.0, 1: 4.0, 2: 40.0}}
    row = Row('', BY_NAME['start'], values)
    assert row.ratio('gateway', 'node') == 0.5
    assert row.median('gateway') == 2.0
    assert row.spread('gateway') == (1.0, 4.0)


def test_without_a_common_round_a_ratio_is_that_of_the_medians():
    row = Row('', BY_NAME['start'], {'gateway': {0: 1.0, 2: 3.0}, 'node': {1: 4.0}})
    assert row.ratio('gateway', 'node') == 0.5
    assert row.ratio('gateway', 'send-loop') is None
    assert row.median('send-loop') is None
    assert row.spread('send-loop') is None


def test_rows_hold_each_targets_rounds_and_void_ones_with_their_reason():
    runs = [
        run('gateway', 0, 'json', values={'start': 1.0}),
        run('gateway', 0, 'binary', values={'start': 2.0}),
        run('node', 0, 'json', values={'start': 3.0}),
        run('node', 0, 'binary', values={'start': 9.0}, void=('3 lost', '1 closed')),
        run('gateway', 1, void=('it ended with 1',)),
    ]
    json, binary = rows(result(runs, {}, ['gateway', 'node']))
    assert (json.label, binary.label) == ('json', 'binary')
    assert json.values == {'gateway': {0: 1.0}, 'node': {0: 3.0}}
    assert binary.values == {'gateway': {0: 2.0}}
    assert json.voids == {'gateway': {1: 'it ended with 1'}}
    assert binary.voids == {'node': {0: '3 lost, 1 closed'}, 'gateway': {1: 'it ended with 1'}}


def test_what_an_interrupted_run_has_found_counts():
    [row] = rows(result([run(values={'start': 1.0}, interrupted=True)], {}, ['gateway']))
    assert row.median('gateway') == 1.0


def test_a_group_in_company_is_beside_itself_alone():
    runs = [
        run('node', 0, 'quiet alone', histograms=late(2)),
        run('node', 0, 'quiet', histograms=late(6)),
        run('node', 1, 'quiet', histograms=late(10)),
        run('node', 1, 'quiet alone', histograms=late(2)),
        run('node', 2, 'quiet', histograms=late(90)),
        run('node', 0, 'noisy', histograms=late(7)),
    ]
    found = [row for row in rows(result(runs, {}, ['node'])) if row.quantity is COMPANY]
    assert [(row.label, row.values) for row in found] == [('quiet', {'node': {0: 3.0, 1: 5.0}})]
