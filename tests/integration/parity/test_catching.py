"""Row 17: event `*` and namespace `*`."""

import pytest

SERVED = 'catching.yaml'


@pytest.fixture(params=['/yaml', '/python'])
def client(request, clients):
    return clients.open(request.param)


@pytest.mark.parametrize(('event', 'args'), [('what', []), ('日本 ☃', [1, {'a': b'b'}])], ids=len)
def test_17_the_catch_all_takes_what_nobody_else_does(client, event, args):
    assert client.ask(event, *args) == [{'event': event, 'args': args}]


def test_17_an_exact_event_goes_before_the_catch_all(client):
    assert client.ask('known') == ['known']
    assert client.ask('fence') == ['up to here']


def test_17_a_client_cannot_send_the_catch_all_by_its_name(client):
    assert client.ask('*', 1) == [{'event': '*', 'args': [1]}]


def test_17_the_catch_all_namespace_takes_those_that_nobody_else_does(clients):
    client = clients.open('/anything')
    assert client.ask('known') == ['/anything']
    assert client.ask('what', 1) == [{'event': 'what', 'args': [1], 'namespace': '/anything'}]


def test_17_its_connect_handler_decides_too(clients):
    assert clients.refused('/closed') == ('Connection rejected by server', None)


def test_17_its_handlers_serve_what_a_namespace_does_not_handle_itself(clients):
    assert clients.open('/yaml-exact').ask('known') == ['/yaml-exact']


def test_17_a_pattern_serves_all_namespaces_that_match_it(clients):
    for name in ('/yaml-one', '/yaml-two'):
        assert clients.open(name).ask('nsp') == [name]
    assert clients.open('/yaml-exact').ask('nsp') == ['exact']
