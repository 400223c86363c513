"""Row 18: class-based namespaces."""

import pytest

SERVED = 'classes.yaml'


@pytest.fixture(params=['/named', '/registered'])
def pair(request, clients):
    return clients.open(request.param), clients.open(request.param)


@pytest.fixture
def asking(clients):
    return clients.open('/registered')


def test_18_a_method_handles_the_event_that_it_is_named_after(pair):
    assert pair[0].ask('add', 2, 3) == [5]
    assert pair[0].ask('add_on_loop', 'a', 'b') == ['ab']


def test_18_other_methods_are_no_handlers(pair):
    assert pair[0].ask('helper')[0]['error']['code'] == 'unknown_event'


def test_18_the_functions_know_the_client_and_the_namespace(pair):
    one, other = pair
    assert one.ask('reply') == ['done']
    assert (one.heard(), other.heard()) == ([['news', one.namespace]], [])


def test_18_self_emit_and_send_answer_the_sender(pair):
    one, other = pair
    one.ask('reply_by_self')
    assert one.heard() == [['news', one.namespace], ['message', 'text']]
    assert other.heard() == []


@pytest.mark.parametrize('event', ['all', 'all_by_self'])
def test_18_a_broadcast_stays_in_the_namespace(pair, clients, event):
    stranger = clients.open()
    pair[0].ask(event)
    assert [client.heard() for client in (*pair, stranger)] == [[['news']], [['news']], []]


@pytest.mark.parametrize('close', ['close', 'close_by_self'])
@pytest.mark.parametrize('say', ['room', 'room_by_self'])
def test_18_rooms_are_those_of_the_namespace(pair, say, close):
    one, other = pair
    assert one.ask('enter', 'red') == [sorted([one.sid, 'red'])]
    other.ask(say, 'red')
    assert (one.heard(), other.heard()) == ([['news']], [])
    other.ask('enter', 'red')
    one.ask('exit', 'red')
    one.ask(say, 'red')
    assert (one.heard(), other.heard()) == ([], [['news']])
    one.ask(close, 'red')
    one.ask(say, 'red')
    assert (one.heard(), other.heard()) == ([], [])


def test_18_a_room_without_the_sender(pair):
    for client in pair:
        client.ask('enter', 'red')
    pair[0].ask('room_without_me', 'red')
    assert [client.heard() for client in pair] == [[], [['news']]]


def test_18_connect_and_disconnect_are_methods_too(pair, clients):
    one, other = pair
    assert clients.refused(one.namespace, auth={'key': 'wrong'}) == ('wrong_key', None)
    other.emit('away')
    assert one.hear() == ['left', 'server disconnect']
    assert other.left() == 'io server disconnect'


def test_18_self_emit_reaches_another_namespace(pair, clients):
    stranger = clients.open()
    pair[0].ask('elsewhere')
    assert [client.heard() for client in (*pair, stranger)] == [[], [], [['news']]]


def test_18_a_background_task_of_it_emits_to_its_namespace(pair, clients):
    stranger = clients.open()
    pair[0].ask('in_the_background')
    assert [client.hear() for client in pair] == [['news'], ['news']]
    assert stranger.heard() == []


def test_18_methods_call_and_are_called_back(asking):
    asking.answer('question', 'an answer', 2)
    assert asking.ask('ask') == ['an answer', 2]
    asking.emit('ask_back')
    heard = [asking.hear() for _ in range(3)]
    assert heard == [['question'], ['question'], ['called back', 'an answer', 2]]


def test_18_a_namespace_of_python_socketio_keeps_its_own_rules(clients):
    client = clients.open('/theirs')
    assert client.ask('reply', 'hello') == ['hello', client.sid]
    assert client.hear() == ['news', 'hello']
    client.emit('enter', 'red')
    assert client.hear() == ['news']
