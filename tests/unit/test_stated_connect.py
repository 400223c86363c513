"""docs/: who hears what `connect` sends, and what a background task knows."""

import pytest

import gateway
from gateway.testing import TestGateway

CONFIG = {
    'namespaces': {
        '/': {
            'connect': [
                {'set': {'before': "${size(members('all'))}"}},
                {'join': 'all'},
                {'call': 'stated:broadcasts'},
                {'emit': {'event': 'yaml', 'to': 'all', 'data': '${session.before}'}},
                {'emit': {'event': 'room', 'to': 'room:all'}},
            ],
            'events': {
                'fails': [{'join': 'half'}, {'ack': '${data.missing}'}],
                'rooms': {'ack': ['${rooms}']},
            },
        }
    }
}


def told(client):
    return [event['name'] for event in client.get_received()]


@pytest.fixture
def served(monkeypatch):
    import sys
    from types import ModuleType

    module = ModuleType('stated')

    def broadcasts():
        gateway.emit('python', broadcast=True)

    module.broadcasts = broadcasts
    broadcasts.__module__ = 'stated'
    monkeypatch.setitem(sys.modules, 'stated', module)
    with TestGateway(CONFIG, timeout=30) as served:
        yield served


def test_a_newcomer_hears_what_yaml_emits_and_not_what_python_broadcasts(served):
    ann = served.client()
    assert told(ann) == ['yaml', 'room']
    ben = served.client()
    assert told(ben) == ['yaml', 'room']
    assert told(ann) == ['python', 'yaml', 'room']


def test_members_lacks_the_newcomer_in_connect(served):
    assert [served.client().get_received()[0]['args'] for _ in range(2)] == [[0], [1]]


def test_what_ran_before_a_failure_stays_done(served):
    ann = served.client()
    assert ann.emit('fails', {}, callback=True)['error']['code'] == 'bad_value'
    assert 'half' in ann.emit('rooms', callback=True)
