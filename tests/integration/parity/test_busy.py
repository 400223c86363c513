"""What goes wrong when much happens at once, or at the wrong moment."""

import time
from collections import Counter

import pytest

SERVED = 'busy.yaml'
BUSY = {'error': {'code': 'busy', 'message': 'too many handlers are running'}}
TIMEOUT = {'error': {'code': 'timeout', 'message': 'the route took too long'}}


def results(asked):
    return [one.result(30) for one in asked]


def test_handlers_wait_for_a_thread_and_all_are_answered(clients):
    many = [clients.open() for _ in range(300)]
    asked = [client.start('slow', index, 0.2) for index, client in enumerate(many)]
    assert results(asked) == [[index] for index in range(300)]


def test_above_the_queue_a_handler_is_busy_and_the_gateway_goes_on(clients):
    many = [clients.open() for _ in range(8)]
    asked = [client.start('slow', 'done', 1) for client in many for _ in range(60)]
    assert Counter(map(repr, results(asked))) == {"['done']": 364, repr([BUSY]): 480 - 364}
    assert many[0].ask('slow', 'later', 0) == ['later']


@pytest.mark.parametrize('kind', ['slow', 'slow on the loop'])
def test_events_of_one_client_run_side_by_side(clients, kind):
    client = clients.open()
    begin = time.monotonic()
    assert results([client.start(kind, n, 1) for n in range(20)]) == [[n] for n in range(20)]
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize('kind', ['slow in turn', 'slow and alone', 'slow on the loop and alone'])
@pytest.mark.parametrize('next_one', ['quick', 'quick on the loop', 'quick and alone', 'fence'])
def test_after_a_sequential_event_the_next_one_waits(clients, kind, next_one):
    client, other = clients.open(), clients.open()
    done = []
    plan = [(kind, 0, 0.3), (next_one, 1), (kind, 2, 0.1), (next_one, 3)]
    asked = [client.start(event, *args) for event, *args in plan]
    for one in asked:
        one.add_done_callback(done.append)
    assert other.ask('quick', 7) == [7]
    assert not done, 'another client waits for nobody'
    assert results(asked)[::2] == [[0], [2]]
    assert done == asked


def test_a_route_that_takes_too_long_is_given_up(clients):
    client = clients.open()
    assert client.ask('slow at most', 'done', 0) == ['done']
    assert client.ask('slow at most', 'done', 1) == [TIMEOUT]
    assert client.ask('loop at most', 'done', 0) == ['done']
    assert client.ask('loop at most', 'done', 1) == [TIMEOUT]
    assert client.heard() == []


def test_what_each_of_many_threads_emits_keeps_its_order(clients):
    many = [clients.open() for _ in range(40)]
    results([client.start('numbers', 200) for client in many])
    for client in many:
        assert client.heard() == [['number', number] for number in range(200)]


@pytest.mark.parametrize('kind', ['wait for me', 'wait for me on the loop'])
def test_what_a_handler_does_after_its_client_has_left_harms_nobody(clients, gateway, kind):
    one, other = clients.open('/going'), clients.open('/going')
    other.emit(kind)
    assert other.hear() == ['waiting']
    other.leave()
    assert one.hear() == ['gone', ['client disconnect', other.sid]]
    assert one.hear() == ['after', ['value', [other.sid], other.sid]]
    assert one.heard() == []
    assert other.lines.empty()
    assert 'ERROR' not in gateway.output


@pytest.mark.parametrize('kind', ['ask', 'ask on the loop', 'ask alone'])
def test_a_client_that_is_asked_by_many_of_its_events_answers_them_all(clients, kind):
    client = clients.open()
    client.answer('question', 'yes')
    asked = [client.start(kind, number) for number in range(300)]
    assert results(asked) == [['yes']] * 300


def test_who_leaves_while_it_is_asked_keeps_no_thread(clients):
    leaving, stays = [clients.open() for _ in range(64)], clients.open()
    for client in leaving:
        client.emit('ask at length')
    for client in leaving:
        assert client.hear() == ['question']
        client.leave()
    assert stays.ask('slow', 'at once', 0) == ['at once']
