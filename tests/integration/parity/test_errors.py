"""Row 16: an exception goes to the error handlers and to the log; the client sees a code."""

import pytest

SERVED = 'errors.yaml'
FAILED = {'error': {'code': 'handler_failed', 'message': 'the handler failed'}}
EVENTS = ['fail', 'fail on the loop']


def wrong(handler, kind, client):
    return ['went wrong', {'handler': handler, 'kind': kind, 'sid': client.sid}]


@pytest.mark.parametrize('event', EVENTS)
@pytest.mark.parametrize(('namespace', 'handler'), [('/own', 'own'), ('/default', 'default')])
def test_16_the_error_handler_of_the_namespace_or_the_default_one_is_called(
    clients, failures, namespace, handler, event
):
    client = clients.open(namespace)
    assert client.ask(event) == [FAILED]
    assert client.heard() == [wrong(handler, 'LookupError', client)]
    failures(1)


@pytest.mark.parametrize('event', EVENTS)
def test_16_the_traceback_is_logged_once_with_sid_namespace_and_event(clients, failures, event):
    client = clients.open('/own')
    client.ask(event, 'what the client sent')
    [failure] = failures(1)
    function = 'secretive_on_loop' if event.endswith('loop') else 'secretive'
    head = f"{client.sid}: namespace '/own', event '{event}': errors.{function} failed"
    assert failure.splitlines()[0] == f'ERROR gateway.routing.calls: {head}'
    assert failure.endswith('LookupError: the internals of /etc/gateway')
    assert 'what the client sent' not in failure


def test_16_the_client_sees_a_code_and_none_of_the_internals(clients, failures):
    client = clients.open('/own')
    seen = repr([client.ask('fail'), client.heard()])
    assert 'internals' not in seen
    assert 'hunter2' not in seen
    failures(1)


def test_16_the_connection_goes_on(clients, failures):
    client = clients.open('/own')
    for _ in range(10):
        client.ask('fail')
    assert client.ask('works') == ['still here']
    assert client.gone.empty()
    failures(10)


def test_16_what_the_error_handler_returns_is_the_acknowledgement(clients, failures):
    client = clients.open('/own')
    assert client.ask('answer') == [{'sorry': 'answer me'}]
    failures(1)


def test_16_a_connect_handler_that_fails_refuses_whatever_the_error_handler_returns(
    clients, failures
):
    assert clients.refused('/coming') == ('handler_failed', None)
    failures(1)


def test_16_a_route_ends_at_a_function_that_fails(clients, failures):
    client = clients.open('/route')
    assert client.ask('fail') == [{'sorry': 'the internals of /etc/gateway'}]
    assert client.heard() == []
    failures(1)


def test_16_a_disconnect_handler_that_fails_is_logged(clients, failures):
    client = clients.open('/going')
    client.leave()
    [failure] = failures(1)
    head = f"{client.sid}: namespace '/going', event 'disconnect': errors.failing_to_go failed"
    assert failure.splitlines()[0].endswith(head)
    assert failure.endswith('LookupError: client disconnect makes it fail')


def test_16_an_error_handler_that_fails_is_logged_too(clients, failures):
    client = clients.open('/failing')
    assert client.ask('fail') == [FAILED]
    assert client.ask('fence') == ['up to here']
    first, second = failures(2)
    assert first.endswith('LookupError: the internals of /etc/gateway')
    assert f'{client.sid}: the error handler errors.failing failed' in second
    assert second.endswith('RuntimeError: the error handler fails too')


def test_16_an_error_handler_may_be_a_method(clients, failures):
    client = clients.open('/class')
    assert client.ask('fail') == ['handled']
    assert client.heard() == [['went wrong', {'handler': 'class', 'kind': 'LookupError'}]]
    failures(1)


def test_16_a_handler_that_ends_the_program_ends_itself_only(clients, failures):
    client = clients.open('/own')
    assert client.ask('exit') == [FAILED]
    assert client.ask('works') == ['still here']
    [failure] = failures(1)
    assert failure.endswith('RuntimeError: SystemExit in a handler')


def test_16_what_cannot_be_sent_is_the_handlers_failure(clients, gateway, failures):
    client = clients.open('/own')
    assert client.ask('unsendable') == [FAILED]
    line = f"{client.sid}: namespace '/own', event 'unsendable': errors.unsendable returned what"
    gateway.says(line)
    [apology] = client.ask('emit unsendable')
    assert list(apology) == ['sorry']
    assert client.heard() == [wrong('own', 'ValueError', client)]
    failures(1)


@pytest.mark.parametrize('args', [[], [1, 2]], ids=len)
def test_16_the_wrong_number_of_arguments_is_the_clients_fault(clients, args):
    client = clients.open('/own')
    message = 'the wrong number of arguments'
    assert client.ask('exactly one', *args) == [
        {'error': {'code': 'bad_value', 'message': message}}
    ]
    assert client.ask('exactly one', 1) == [1]
    assert client.heard() == []


def test_16_the_error_route_of_yaml_gets_the_code_and_a_refusal_is_no_error(clients, failures):
    client = clients.open('/yaml')
    assert client.ask('fail') == [FAILED]
    [failure] = failures(1)
    assert "namespace '/yaml', event 'fail': errors.secretive failed" in failure
    [missing] = client.ask('missing', {})
    assert missing['error']['code'] == 'bad_value'
    assert client.ask('reject') == [{'error': {'code': 'not_now', 'message': 'not_now'}}]
    codes = [['went wrong', code] for code in ('handler_failed', 'bad_value')]
    assert client.heard() == [wrong('default', 'LookupError', client), *codes]
