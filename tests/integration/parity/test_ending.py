"""The gateway stops in time, whatever its handlers do."""

import time

import pytest

from tests.integration.parity.conftest import SERVED as FILES
from tests.support.gateway import running

SERVED = 'ending.yaml'
EVENTS = [
    'sleeps',
    'computes',
    'emits',
    'calls',
    'awaits',
    'awaits a call',
    'clings',
    'ticks',
    'ticks on the loop',
]


@pytest.fixture
def gateway():
    """One for each test: its end is what is tested."""
    with running(FILES / SERVED) as running_gateway:
        yield running_gateway


@pytest.fixture
def clients(gateway):
    from tests.integration.parity.clients import Clients

    found = Clients(gateway.url)
    yield found
    found.close()


def stopped(gateway):
    """The seconds that a stop takes. It ends with 0 and without a traceback."""
    begin = time.monotonic()
    gateway.stop()
    return time.monotonic() - begin


@pytest.mark.parametrize('event', EVENTS)
def test_a_handler_that_never_ends_keeps_the_gateway_for_the_shutdown_timeout(
    gateway, clients, event
):
    client = clients.open()
    client.emit(event)
    while client.hear() != ['begun']:
        pass
    assert stopped(gateway) < 1 + 5, 'shutdown_timeout, and what a loaded machine needs'
    assert client.left() == 'transport close'


def test_a_connect_handler_that_never_ends_does_not_keep_it_either(gateway, clients):
    client = clients.open()
    clients.begin('/holding')
    assert client.hear() == ['begun']
    assert stopped(gateway) < 1 + 5


def test_the_disconnect_handlers_run_to_their_end(gateway, clients):
    for _ in range(5):
        clients.open()
    stopped(gateway)
    assert gateway.output.count('the disconnect handler has run to its end') == 5
