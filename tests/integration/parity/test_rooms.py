"""Row 13: rooms."""

import pytest

SERVED = 'rooms.yaml'
NO_ROOM = "a client's sid is no room to join"
NO_NAME = 'a room name is text of 1 to 256 characters'


@pytest.fixture(params=['/yaml', '/python', '/async'])
def pair(request, clients):
    return clients.open(request.param), clients.open(request.param)


@pytest.fixture
def python(clients):
    return clients.open('/python'), clients.open('/python')


def test_13_who_has_joined_a_room_hears_what_is_said_in_it_until_it_leaves(pair):
    one, other = pair
    one.ask('join', 'red')
    other.ask('say', 'red', 'hello')
    assert (one.heard(), other.heard()) == ([['said', 'hello']], [])
    one.ask('leave', 'red')
    other.ask('say', 'red', 'hello')
    assert (one.heard(), other.heard()) == ([], [])


def test_13_a_client_may_be_in_several_rooms_and_in_each_once(pair):
    one, other = pair
    for room in ('red', 'blue', 'red', 'green'):
        one.ask('join', room)
    one.ask('leave', 'blue')
    assert one.ask('rooms') == [{'rooms': ['green', 'red']}]
    assert other.ask('rooms') == [{'rooms': []}]
    other.ask('say', 'red', 'once')
    assert one.heard() == [['said', 'once']]


def test_13_to_leave_a_room_that_one_is_not_in_does_nothing(pair):
    one, _ = pair
    assert one.ask('leave', 'nowhere') == []
    assert one.ask('rooms') == [{'rooms': []}]


def test_13_a_closed_room_is_empty(pair):
    for client in pair:
        client.ask('join', 'red')
    pair[0].ask('close', 'red')
    pair[0].ask('say', 'red', 'is anybody there?')
    for client in pair:
        assert client.heard() == []
        assert client.ask('rooms') == [{'rooms': []}]


def test_13_a_sid_reaches_its_client(pair):
    one, other = pair
    one.ask('tell', other.sid, 'psst')
    assert (one.heard(), other.heard()) == ([], [['said', 'psst']])


def test_13_the_same_name_is_another_room_in_another_namespace(pair, clients):
    one, _ = pair
    other = clients.open('/python' if one.namespace == '/async' else '/async')
    other.ask('join', 'red')
    one.ask('say', 'red', 'hello')
    assert other.heard() == []


def test_13_rooms_are_left_when_the_client_leaves(pair):
    one, other = pair
    one.ask('join', 'red')
    one.leave()
    other.ask('say', 'red', 'hello')
    assert other.heard() == []


def test_13_every_client_is_in_a_room_of_its_own_sid(python):
    one, _ = python
    one.ask('join', 'red')
    assert one.ask('all rooms') == [sorted([one.sid, 'red'])]


def test_13_a_handler_sees_what_it_has_done_before(python):
    one, _ = python
    assert one.ask('join and look', 'red') == [True, False]
    assert one.heard() == [['said', 'to the newcomer']]


def test_13_a_handler_may_put_another_client_into_a_room(python):
    one, other = python
    one.ask('put', other.sid, 'red')
    assert one.ask('rooms of', other.sid) == [sorted([other.sid, 'red'])]
    assert one.ask('all rooms') == [[one.sid]]
    one.ask('say', 'red', 'hello')
    assert other.heard() == [['said', 'hello']]
    one.ask('take', other.sid, 'red')
    assert one.ask('rooms of', other.sid) == [[other.sid]]


def test_13_a_room_may_be_a_number(python):
    one, other = python
    one.ask('join', 7)
    other.ask('say', 7, 'by its number')
    other.ask('say', '7', 'by its name')
    assert one.heard() == [['said', 'by its number'], ['said', 'by its name']]


def test_13_another_clients_sid_is_no_room_to_join(python):
    one, other = python
    assert one.ask('try', other.sid) == [NO_ROOM]
    other.ask('tell', other.sid, 'to myself')
    assert one.heard() == []


def test_13_another_clients_sid_is_no_room_to_join_in_yaml(clients):
    one, other = clients.open('/yaml'), clients.open('/yaml')
    assert one.ask('join', other.sid) == [{'error': {'code': 'bad_value', 'message': NO_ROOM}}]
    assert one.ask('rooms') == [{'rooms': []}]


@pytest.mark.parametrize('name', ['', 'x' * 257, True, None, 1.5, ['red'], {}], ids=repr)
def test_13_a_name_that_is_none_is_refused(python, name):
    one, _ = python
    assert one.ask('try', name) == [NO_NAME]
    assert one.ask('all rooms') == [[one.sid]]
