"""Row 12: what a handler emits leaves when it is emitted, and its sleep delays nobody."""

import pytest

pytestmark = pytest.mark.alone

SERVED = 'sleeping.yaml'
START, PROCESSED = ({'code': '200', 'msg': text} for text in ('start', 'processed'))
MANY = {'websocket': 100, 'polling': 15}  # Node is slow at polling
SLEEP = 4  # seconds, longer than it takes to measure


@pytest.fixture(params=['websocket', 'polling'])
def transport(request):
    return request.param


@pytest.mark.parametrize('event', ['work', 'work on the loop'])
def test_12_the_first_emit_arrives_at_once_and_the_second_after_the_sleep(clients, event):
    client = clients.open()
    client.ask('echo')
    asked = client.start(event, 1)
    first, second = client.line(), client.line()
    assert first['heard'] == ['response', START]
    assert second['heard'] == ['response', PROCESSED]
    assert 900 < second['at'] - first['at'] < 5000
    assert asked.result(20) == []


def test_12_the_client_itself_is_served_meanwhile(clients):
    client = clients.open()
    asked = client.start('work', 1)
    client.line()
    assert client.ask('echo', 'meanwhile') == ['meanwhile']
    assert not asked.done()


def test_12_while_a_hundred_handlers_sleep_a_hundred_others_echo_as_before(clients, transport):
    many = MANY[transport]
    echoing = [clients.open() for _ in range(many)]
    working = [clients.open() for _ in range(many)]
    plan = {'names': [one.name for one in echoing], 'event': 'echo', 'every': 50, 'times': 20}
    calm = p99(clients.do('steady', **plan))
    asked = [client.start('work', SLEEP) for client in working]
    assert [client.hear() for client in working] == [['response', START]] * many
    busy = p99(clients.do('steady', **plan))
    assert not any(one.done() for one in asked), 'they were to sleep all the while'
    assert [client.hear() for client in working] == [['response', PROCESSED]] * many
    assert busy < 3 * calm + 50, 'milliseconds'


def test_12_what_a_thread_emits_keeps_its_order_and_comes_before_its_answer(clients):
    client = clients.open()
    assert client.ask('many', 5000) == ['done']
    assert [client.hear() for _ in range(5000)] == [['number', n] for n in range(5000)]


def test_12_what_a_handler_changes_afterwards_is_not_sent(clients):
    client = clients.open()
    client.ask('changed afterwards')
    assert client.heard() == [['value', {'list': [1]}], ['value', {'list': [1, 2]}]]


def p99(trips):
    return sorted(trips)[len(trips) * 99 // 100]
