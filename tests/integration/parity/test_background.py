"""Row 19: background tasks."""

import pytest

SERVED = 'background.yaml'
STARTS = [
    'start',
    'start on the loop',
    'start the other kind',
    'start the other kind on the loop',
]


@pytest.mark.parametrize('namespace', ['/ticker', '/loop ticker'])
def test_19_a_task_that_is_started_with_the_gateway_emits_on_its_own(clients, namespace):
    pair = clients.open(namespace), clients.open(namespace)
    heard = [[client.hear() for _ in range(5)] for client in pair]
    for ticks in heard:
        first = ticks[0][1]
        assert ticks == [['tick', first + index] for index in range(5)]


@pytest.mark.parametrize('event', STARTS)
def test_19_a_handler_starts_a_task_and_goes_on(clients, event):
    one, other = clients.open(), clients.open()
    assert one.ask(event, 'ann') == []
    for client in (one, other):
        counts = [['count', 'ann', number] for number in (3, 2, 1)]
        assert [client.hear() for _ in range(4)] == [*counts, ['started', 'ann']]


def test_19_a_task_that_fails_is_logged_and_harms_nobody(clients, failures):
    client = clients.open()
    assert client.ask('fail') == []
    [failure] = failures(1)
    assert failure.startswith('ERROR gateway.routing.runtime: a background task failed')
    assert failure.endswith('LookupError: a background task that fails')


def test_19_a_task_has_no_client_and_says_whom_it_means(clients):
    client = clients.open()
    nobody = 'nobody to answer: say broadcast=True, to=… or namespace=…'
    assert client.ask('alone') == [[nobody]]
    client.ask('for me', client.sid)
    assert client.heard() == [['for you']]


def test_19_its_thread_ends_with_it(clients):
    client = clients.open()
    client.ask('start', 'ann')
    while client.hear() != ['started', 'ann']:
        pass
    while client.ask('threads') != [1]:  # the ticker's
        pass
