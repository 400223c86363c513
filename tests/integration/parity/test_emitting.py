"""Rows 9 and 10: whom an emit reaches."""

import pytest

SERVED = 'emitting.yaml'
NEWS = [['news']]


@pytest.fixture(params=['/yaml', '/python'])
def three(request, clients):
    """The first and the second are in room red, the second and the third in room blue."""
    rooms = (['red'], ['red', 'blue'], ['blue'])
    return [clients.open(request.param, auth={'rooms': each}) for each in rooms]


@pytest.fixture
def python(clients):
    rooms = (['red'], ['red', 'blue'], ['blue'])
    return [clients.open('/python', auth={'rooms': each}) for each in rooms]


def reached(clients, heard=NEWS):
    """Which of them have heard the news, once each."""
    found = [client.heard() for client in clients]
    assert all(each in ([], heard) for each in found), found
    return [index + 1 for index, each in enumerate(found) if each]


def test_10_to_the_sender_alone(three):
    three[0].ask('to sender')
    assert reached(three) == [1]


def test_10_to_everyone_the_sender_too(three):
    three[0].ask('to all')
    assert reached(three) == [1, 2, 3]


def test_10_to_everyone_but_the_sender(three):
    three[0].ask('to others')
    assert reached(three) == [2, 3]


def test_10_to_a_room_whether_the_sender_is_in_it_or_not(three):
    three[0].ask('to room', 'red')
    assert reached(three) == [1, 2]
    three[0].ask('to room', 'blue')
    assert reached(three) == [2, 3]


def test_10_to_a_room_by_the_older_name_of_the_argument(python):
    python[0].ask('to room by its older name', 'blue')
    assert reached(python) == [2, 3]


def test_10_to_the_others_in_a_room(three):
    three[0].ask('to others in room', 'red')
    assert reached(three) == [2]


def test_10_to_several_rooms_and_to_each_client_once(three):
    three[0].ask('to rooms', ['red', 'blue'])
    assert reached(three) == [1, 2, 3]


def test_10_to_a_room_in_which_nobody_is(three):
    three[0].ask('to room', 'green')
    assert reached(three) == []


def test_10_without_those_that_are_skipped(three):
    three[0].ask('to all but', three[1].sid)
    assert reached(three) == [1, 3]
    three[0].ask('to all but', [three[0].sid, three[1].sid])
    assert reached(three) == [3]


def test_10_to_a_room_without_those_that_are_skipped(python):
    python[0].ask('to room but', 'red', [python[0].sid])
    assert reached(python) == [2]


def test_10_to_one_client_by_its_sid(three):
    three[0].ask('to sid', three[2].sid)
    assert reached(three) == [3]


def test_10_to_another_namespace(three, clients):
    other = clients.open('/', auth={'rooms': []})
    three[0].ask('elsewhere')
    assert (reached([other]), reached(three)) == ([1], [])


def test_9_to_the_same_clients_socket_in_another_namespace(clients):
    auth = {'rooms': []}
    one, stranger = clients.open('/python', auth=auth), clients.open('/', auth=auth)
    other = clients.open('/', beside=one, auth=auth)
    one.ask('to my other socket')
    assert reached([one, other, stranger]) == [2]


def test_9_a_socket_that_does_not_exist_is_missed_with_a_warning(clients, gateway):
    auth = {'rooms': []}
    one, stranger = clients.open('/python', auth=auth), clients.open('/', auth=auth)
    one.ask('to my other socket')
    one.ask('to my other socket')
    assert reached([one, stranger]) == []
    warning = 'an emit to a namespace that its client has not joined (this is said once)'
    gateway.says(warning)
    assert gateway.output.count(warning) == 1


@pytest.mark.parametrize('event', ['by the object', 'from a thread'])
def test_9_the_object_emits_to_the_whole_namespace(python, event):
    python[0].ask(event)
    assert reached(python) == [1, 2, 3]


def test_9_a_background_task_emits_to_the_whole_namespace(python):
    python[0].ask('from a background task')
    assert [client.hear() for client in python] == [['news']] * 3


def test_9_the_object_means_the_default_namespace_where_none_is_named(python, clients):
    other = clients.open('/', auth={'rooms': []})
    python[0].ask('by the object without a namespace')
    assert (reached([other]), reached(python)) == ([1], [])


def test_9_the_object_emits_to_a_room_to_a_client_and_to_all_but_the_sender(python):
    python[0].ask('by the object to', 'blue')
    assert reached(python) == [2, 3]
    python[0].ask('by the object to', python[1].sid)
    assert reached(python) == [2]
    python[0].ask('by the object without me')
    assert reached(python) == [2, 3]


@pytest.mark.parametrize('event', ['send by the object', 'send to all'])
def test_9_send_reaches_the_whole_namespace_where_it_is_told_to(python, event):
    python[0].ask(event, 'hello')
    assert reached(python, [['message', 'hello']]) == [1, 2, 3]


def test_9_a_private_emit_from_a_thread_of_its_own_raises(python):
    [failures] = python[0].ask('privately from a thread')
    assert failures == ['nobody to answer: say broadcast=True, to=… or namespace=…'] * 2
    assert reached(python) == []
