"""The model of what many clients need: fits, predictions, bytes on the wire, needs."""

import math

import pytest

from bench.scaling.costs import FORMS, Costs, Curve, hits
from bench.scaling.needs import BUSY, Model, Workload, frame, wire, wire_back
from tests.support.growth import COLD, FIT, SIZES, result, run


def cached(clients: int) -> float:
    return COLD - 4 * hits(clients, FIT)


@pytest.mark.parametrize('form', FORMS)
def test_each_form_finds_itself_in_what_it_made(form: str):
    made = Curve(form, 10, 0 if form == 'constant' else 0.5, fit=1500)
    found = Curve.through(form, {n: made(n) for n in (1000, 2000)}, cold=10, fit=1500)
    assert found(8000) == pytest.approx(made(8000))


def test_a_fit_of_many_points_is_the_one_of_least_squares():
    curve = Curve.through('straight line', {0: 1, 1: 2, 2: 0})
    assert (curve.level, curve.slope) == (pytest.approx(1.5), pytest.approx(-0.5))


def test_a_cache_with_room_for_all_misses_nothing():
    assert hits(1, 1000) == hits(1000, 1000) == 1


def test_a_small_cache_keeps_less_than_its_share():
    assert hits(2000, 1000) == pytest.approx(0.2032, abs=1e-4)  # h = exp(2 (h - 1))
    assert 0 < hits(100_000, 1000) < 1e-6
    shares = [hits(n, 1000) for n in range(1000, 9000, 500)]
    assert shares == sorted(shares, reverse=True)


def test_costs_are_read_from_a_result_and_drift_between_rounds_cancels():
    costs = Costs.of(result(cached), 'gateway')
    assert costs.delivery == pytest.approx({n: cached(n) * 1.5 for n in SIZES})
    assert costs.cold == pytest.approx(COLD * 1.5)
    assert costs.fit((1000, 2000)) == pytest.approx(FIT)
    assert costs.connection == pytest.approx(dict.fromkeys(SIZES, 200))
    assert costs.memory == pytest.approx({n: 30_000 + 3.5 * n for n in SIZES})
    assert costs.byte == pytest.approx(0.002)
    assert costs.event == pytest.approx(10)
    assert costs.idle == pytest.approx(1)
    assert costs.kernel == pytest.approx(3.5)


def test_a_void_run_is_left_out():
    whole = result(cached)
    wrong = run('broadcast 4000', 0, 4000, 9.0, received=4, payload=64, void=('1 lost',))
    costs = Costs.of(whole.model_copy(update={'runs': (wrong, *whole.runs)}), 'gateway')
    assert costs.delivery == pytest.approx({n: cached(n) * 1.5 for n in SIZES})


def test_what_is_missing_is_named():
    whole = result(cached)
    runs = tuple(run for run in whole.runs if run.label not in ('echo', 'idle'))
    with pytest.raises(ValueError, match='gateway: no valid run of echo, idle'):
        Costs.of(whole.model_copy(update={'runs': runs}), 'gateway')
    with pytest.raises(ValueError, match='node: no valid run of broadcast'):
        Costs.of(whole, 'node')


def test_the_greater_crowds_are_predicted_from_the_smaller_ones():
    guesses = list(Costs.of(result(cached), 'gateway').guesses())
    errors = {
        (guess.what.split(',')[0], guess.form, guess.clients): guess.error for guess in guesses
    }
    assert errors['CPU per delivery', 'caches', 4000] == pytest.approx(0)
    assert errors['CPU per delivery', 'caches', 8000] == pytest.approx(0)
    for form in set(FORMS) - {'caches'}:  # nothing grows as long as all fit
        assert errors['CPU per delivery', form, 8000] == pytest.approx(10 / cached(8000) - 1)
    assert errors['memory of the process', 'straight line', 8000] == pytest.approx(0)
    assert errors['CPU per connection', 'constant', 4000] == pytest.approx(0)


def test_bytes_on_the_wire_count_every_header():
    assert frame(64) == 78  # 2 of the frame, 42["msg",""], 64
    assert wire(64) == 78 + 52 + 38
    assert frame(114) == 130  # 126 bytes need two more for their length
    assert frame(66_000) == 66_022
    assert wire(3000) == 3016 + 3 * 90
    assert wire_back(64) == 90


@pytest.fixture
def model() -> Model:
    return Model(Costs.of(result(lambda clients: COLD), 'gateway'))  # 21 µs, the median round's


def load(**changes: float | None) -> Workload:
    usual = {'deliveries': 0, 'events': 0, 'payload': 64, 'last': None}
    return Workload('', '', **{**usual, **changes})


def test_idle_clients_need_what_their_number_on_a_process_says(model: Model):
    need = model.need(100_000, load())
    assert (need.processes, need.limit) == (math.ceil(100_000 / 8000), 'clients')
    assert need.cores == pytest.approx(0.1)  # 1 µs a second each
    assert need.memory == pytest.approx((13 * 30_000 + 100_000 * (3.5 + 3.5)) / 1e6)
    assert need.back == pytest.approx(100_000 / 13 * 200e-6)
    assert need.packets == 8000  # a ping and an acknowledgement for each, every 25 s
    assert need.down == pytest.approx(4000 * 183 * 8 / 1e6)
    assert need.up == pytest.approx(4000 * 187 * 8 / 1e6)


def test_the_last_recipient_limits_the_clients_of_a_process(model: Model):
    need = model.need(10_000, load(deliveries=0.01, last=0.0421))
    assert (need.processes, need.limit) == (5, 'last recipient')  # 2,000 of 21 µs each


def test_work_limits_the_clients_of_a_process(model: Model):
    need = model.need(10_000, load(deliveries=10, events=1))
    each = 10 * 21e-6 + 10e-6 + 1e-6
    assert (need.processes, need.limit) == (math.ceil(10_000 * each / BUSY), 'CPU')
    assert need.cores == pytest.approx(10_000 * each)
    assert need.down == pytest.approx((100_000 * 168 + 400 * 183) * 8 / 1e6)
    assert need.packets == 100_800


def test_few_clients_need_one_process(model: Model):
    need = model.need(100, load(deliveries=1, last=0.1))
    assert (need.processes, need.limit) == (1, '')


def test_longer_payloads_cost_more(model: Model):
    assert model.cost(1000, 1064) == pytest.approx(21 + 2)
