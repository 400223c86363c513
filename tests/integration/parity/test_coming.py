"""Rows 14 and 15: coming, going, and what is kept for a client meanwhile."""

import pytest

SERVED = 'coming.yaml'
ALL = ['/yaml', '/python', '/async']


def auth(name, key='right'):
    return {'auth': {'name': name, 'key': key}}


@pytest.fixture(params=ALL)
def how(request):
    return request.param


def test_14_the_auth_object_decides_and_the_refusal_is_shown(clients, how):
    assert clients.refused(how, **auth('ann', 'wrong')) == ('wrong_key', None)
    assert clients.open(how, **auth('ann')).sid


def test_14_a_connect_handler_greets_and_joins_and_tells_the_others(clients, how):
    one = clients.open(how, **auth('ann'))
    assert one.heard() == [['welcome', 'ann']]
    other = clients.open(how, **auth('bob'))
    assert one.heard() == [['came', 'bob']]
    other.ask('say', 'ann')
    assert (one.heard(), other.heard()) == ([['said']], [['welcome', 'bob']])


@pytest.mark.parametrize(
    ('namespace', 'refusal'),
    [
        ('/false', ('Connection rejected by server', None)),
        ('/refused', ('Connection rejected by server', None)),
        ('/refused with data', ('not you', {'try': 'later'})),
    ],
)
def test_14_the_ways_to_refuse(clients, namespace, refusal):
    assert clients.refused(namespace) == refusal


def test_14_a_connect_handler_that_fails_shows_no_internals(clients, failures):
    assert clients.refused('/broken') == ('handler_failed', None)
    [failure] = failures(1)
    assert "namespace '/broken', event 'connect': coming.connect_broken failed" in failure
    assert failure.endswith('LookupError: a connect handler that fails')


@pytest.mark.parametrize(
    ('going', 'given', 'shown'),
    [
        ('leave', 'client disconnect', 'io client disconnect'),
        ('cut', 'transport close', 'transport close'),
        ('go', 'server disconnect', 'io server disconnect'),
    ],
)
def test_14_the_disconnect_handler_is_given_the_reason(clients, how, going, given, shown):
    one, other = clients.open(how, **auth('ann')), clients.open(how, **auth('bob'))
    assert one.hear() == ['welcome', 'ann']
    assert one.hear() == ['came', 'bob']
    if going == 'go':
        other.emit('go')
    else:
        getattr(other, going)()
    assert one.hear() == ['left', ['bob', given]]
    assert other.left() == shown
    assert one.heard() == []


def test_14_a_client_that_falls_silent_is_missed(clients):
    one, other = clients.open('/python', **auth('ann')), clients.open('/python', **auth('bob'))
    assert [one.hear(), one.hear()] == [['welcome', 'ann'], ['came', 'bob']]
    other.mute()
    assert one.hear() == ['left', ['bob', 'ping timeout']]


def test_14_a_handler_sends_another_client_away(clients):
    one, other = clients.open('/python', **auth('ann')), clients.open('/python', **auth('bob'))
    one.ask('send away', other.sid)
    assert other.left() == 'io server disconnect'
    assert one.heard()[-1] == ['left', ['bob', 'server disconnect']]


def test_14_handlers_may_take_no_arguments(clients):
    one, other = clients.open('/no arguments'), clients.open('/no arguments')
    other.leave()
    while one.ask('left') != [[other.sid]]:
        pass


def test_14_a_client_that_goes_while_its_connect_handler_runs_is_never_seen(clients):
    stays = clients.open('/no arguments')
    before = stays.ask('left')
    going = clients.begin('/no arguments')
    going.leave()
    comes = clients.open('/no arguments')
    assert comes.ask('left') == before
    assert not going.opening.done()


def test_14_a_handler_sees_the_request_that_opened_the_connection(clients):
    colours = {'x-colour': 'blue', 'cookie': 'colour=green'}
    client = clients.open('/no arguments', query={'colour': 'red'}, extraHeaders=colours)
    [seen] = client.ask('request')
    seen.pop('query')  # it is request.query here
    assert seen == {
        'header': 'blue',
        'cookie': 'green',
        'address': '127.0.0.1',
        'environ': 'blue',
        'sid': client.sid,
        'namespace': '/no arguments',
    }


def test_15_a_session_survives_from_event_to_event(clients, how):
    one, other = clients.open(how, **auth('ann')), clients.open(how, **auth('bob'))
    for _ in range(3):
        one.ask('count')
    assert one.ask('who') == ['ann', 3]
    assert other.ask('who') == ['bob', 0]


def test_15_each_namespace_of_a_connection_has_a_session_of_its_own(clients):
    one = clients.open('/python', **auth('ann'))
    other = clients.open('/async', beside=one, **auth('bob'))
    one.ask('count')
    assert one.ask('who') == ['ann', 1]
    assert other.ask('who') == ['bob', 0]


def test_15_a_session_is_a_mapping(clients):
    one = clients.open('/python', **auth('ann'))
    assert one.ask('session') == [
        {'keys': ['count', 'name'], 'has name': True, 'has more': False, 'get': 'nothing'}
    ]


def test_15_a_client_that_comes_back_begins_anew(clients, how):
    one = clients.open(how, **auth('ann'))
    one.ask('count')
    one.leave()
    assert clients.open(how, **auth('ann')).ask('who') == ['ann', 0]
