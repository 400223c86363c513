"""Rows 1, 2, 6 and 7: transports, clients of two languages, namespaces, ways to register."""

import asyncio

import pytest

from tests.support.peers import KINDS, connected

SERVED = 'namespaces.yaml'
NOTHING = {'code': 'unknown_event', 'message': 'no route for this event'}


@pytest.fixture(params=['websocket', 'polling'])
def transport(request):
    return request.param


@pytest.fixture(params=['/yaml', '/python'])
def how(request):
    return request.param


def test_1_both_transports_serve_the_same(clients, transport, how):
    client = clients.open(how)
    assert client.ask('where') == [how]
    client.emit('say')
    assert client.hear() == ['said', how]
    assert client.transport() == transport


def test_1_an_upgrade_loses_nothing(clients, how):
    client = clients.open(how, transport='upgrade')
    asked = [client.start('where') for _ in range(200)]
    assert client.upgraded() == 'websocket'
    asked += [client.start('where') for _ in range(10)]
    assert {tuple(one.result(20)) for one in asked} == {(how,)}


@pytest.mark.parametrize('kind', KINDS)
def test_2_python_clients_are_served_like_javascript_ones(gateway, transport, how, kind):
    async def scenario():
        options = {'kind': KINDS[kind], 'namespaces': [how], 'listen': [('said', how)]}
        async with connected(gateway.url, transport, **options) as peer:
            assert await peer.ask('where', namespace=how) == how
            await peer.do('emit', 'say', namespace=how)
            assert await peer.heard('said', how) == [how]

    asyncio.run(scenario())


def test_6_namespaces_share_one_connection_and_know_nothing_of_each_other(clients, how):
    one = clients.open(how)
    other = clients.open(f'{how}/other', beside=one)
    assert one.sid != other.sid
    assert one.ask('where') == [how]
    assert other.ask('where') == [f'{how}/other']
    other.emit('say')
    assert other.hear() == ['said', f'{how}/other']
    assert one.heard() == []
    assert one.transport(), 'both are on it'
    other.leave()
    assert one.ask('where') == [how]


def test_6_an_event_reaches_only_the_handler_of_its_namespace(clients):
    one = clients.open('/python')
    other = clients.open('/python/other', beside=one)
    assert one.ask('only here') == [{'error': NOTHING}]
    other.emit('only here')
    assert (other.hear(), one.heard()) == (['said', 'here'], [])


def test_6_without_a_name_it_is_the_default_namespace(clients):
    assert clients.open().ask('where') == ['/']


def test_6_a_namespace_that_nobody_serves_is_refused(clients):
    assert clients.refused('/nowhere') == ('Invalid namespace', None)


@pytest.mark.parametrize(
    ('namespace', 'event', 'answer'),
    [
        ('/python', 'by decorator', 'decorated'),
        ('/python', 'by_name', 'named'),
        ('/python', 'by call', 'called'),
        ('/python', 'again', 'called'),
        ('/python', 'by_class', 'a method'),
        ('/class', 'by_class', 'a method of a class that YAML names'),
    ],
)
def test_7_handlers_are_registered_by_decorator_by_call_and_by_class(
    clients, namespace, event, answer
):
    assert clients.open(namespace).ask(event) == [answer]
