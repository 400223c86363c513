"""Rows 8 and 11: the return value is the acknowledgement; the server asks and is answered."""

import pytest

SERVED = 'answers.yaml'
ALL = ['/yaml', '/def', '/async']
PYTHON = ['/def', '/async']


@pytest.fixture(params=PYTHON)
def python(request, clients):
    return clients.open(request.param)


@pytest.mark.parametrize('namespace', ALL)
@pytest.mark.parametrize(
    ('event', 'answer'),
    [
        ('nothing', []),
        ('one', ['one']),
        ('two', ['one', 2]),
        ('a list', [['one', 2]]),
        ('false', [False]),
    ],
)
def test_8_what_a_handler_returns_is_the_acknowledgement(clients, namespace, event, answer):
    assert clients.open(namespace).ask(event) == answer


@pytest.mark.parametrize(
    ('event', 'answer'),
    [
        ('zero', [0]),
        ('empty', ['']),
        ('empty list', [[]]),
        ('empty tuple', []),
        ('one of them', [{'one': 1}]),
    ],
)
def test_8_values_that_are_empty_are_values(python, event, answer):
    assert python.ask(event) == answer


@pytest.mark.parametrize('namespace', ALL)
def test_8_acknowledgements_hold_bytes(clients, namespace):
    assert clients.open(namespace).ask('bytes', b'\x00\xff') == [
        b'\x00\xff',
        {'inside': b'\x00\xff'},
    ]


def test_8_a_function_that_yaml_calls_answers_with_what_it_returns(clients):
    assert clients.open('/yaml').ask('by call') == ['one', 2]


def test_8_a_client_that_asks_for_nothing_gets_nothing(python):
    python.emit('two')
    assert python.heard() == []


def test_8_def_handlers_run_in_threads_and_async_ones_on_the_loop(clients):
    assert clients.open('/def').ask('which thread') == [False]
    assert clients.open('/async').ask('which thread') == [True]


@pytest.mark.parametrize('answer', [[], ['one'], ['one', {'two': b'\x00'}]], ids=len)
def test_11_a_callback_gets_what_the_client_acknowledges_and_knows_that_client(python, answer):
    python.answer('question', *answer)
    python.emit('ask me', 'a', 1)
    assert python.hear() == ['question', 'a', 1]
    assert python.hear() == ['called back', *answer, python.sid]


def test_11_a_callback_runs_once_for_each_emit(python, clients):
    client = clients.open('/def')
    client.answer('question', 'yes')
    client.emit('ask twice')
    heard = [client.hear() for _ in range(4)]
    assert [one for one in heard if one[0] == 'question'] == [['question', 1], ['question', 2]]
    assert heard.count(['called back', 'yes', client.sid]) == 2
    assert client.heard() == []


def test_11_a_client_that_acknowledges_twice_is_heard_once(python):
    python.emit('ask me')
    assert python.hear() == ['question']
    for _ in range(2):
        python.raw(text=f'3{python.namespace},1["yes"]')
    assert python.hear() == ['called back', 'yes', python.sid]
    assert python.heard() == []


def test_11_a_callback_never_runs_for_a_client_that_does_not_answer(python):
    python.emit('ask me')
    line = python.line()
    assert (line['heard'], line['asked']) == (['question'], True)
    assert python.heard() == []


def test_11_another_client_can_be_asked(clients):
    one, other = clients.open('/def'), clients.open('/def')
    other.answer('question', 'from the other')
    one.emit('ask other', other.sid)
    assert other.hear() == ['question']
    assert one.hear() == ['called back', 'from the other', one.sid]
    assert other.heard() == []


def test_11_a_broadcast_is_not_called_back(clients, gateway):
    one, other = clients.open('/def'), clients.open('/def')
    for client in (one, other):
        client.answer('question', 'yes')
    one.ask('ask all')
    one.ask('ask all')
    for client in (one, other):
        lines = [client.line(), client.line()]
        assert [(line['heard'], line['asked']) for line in lines] == [(['question'], False)] * 2
        assert client.heard() == []
    warning = 'an emit to several clients is not called back (this is said once)'
    gateway.says(warning)
    assert gateway.output.count(warning) == 1


def test_11_a_callback_that_fails_is_logged_and_harms_nobody(clients, failures):
    client = clients.open('/def')
    client.answer('question')
    client.emit('ask and fail')
    assert client.hear() == ['question']
    assert client.heard() == []
    assert client.ask('one') == ['one']
    [failure] = failures(1)
    head = f"{client.sid}: namespace '/def', event 'callback': answers.raises failed"
    assert failure.splitlines()[0].endswith(head)
    assert failure.endswith('LookupError: a callback that fails')


@pytest.mark.parametrize(
    ('answer', 'result'), [([], None), (['one'], 'one'), (['one', 2], ['one', 2])], ids=repr
)
def test_11_call_waits_for_the_answer(python, answer, result):
    python.answer('question', *answer)
    assert python.ask('call me', 'a', b'\x00') == [{'answer': result}]
    assert python.hear() == ['question', 'a', b'\x00']


def test_11_call_asks_another_client(clients):
    one, other = clients.open('/def'), clients.open('/def')
    other.answer('question', 'from the other')
    assert one.ask('call other', other.sid) == [{'answer': 'from the other'}]


def test_11_call_gives_up_after_its_time(python):
    assert python.ask('call in vain') == ['no answer']
