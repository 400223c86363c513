"""Rows 20 and 21: other programs emit through a queue, and several gateways are one."""

import contextlib
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.integration.parity.conftest import SERVED
from tests.support.gateway import running
from tests.support.queues import redis_server

SERVERS = ('redis', 'amqp')
MANAGERS = [
    ('redis', 'redis'),
    ('redis', 'async_redis'),
    ('amqp', 'kombu'),
    ('amqp', 'aio_pika'),
]
EMITTERS = [*MANAGERS, ('redis', 'flask'), ('amqp', 'flask')]


def each(*of):
    names = ('gateway', 'emitter') if isinstance(of[0], tuple) else 'gateway'
    return pytest.mark.parametrize(names, of, indirect=True, scope='module')


@pytest.fixture(scope='module')
def gateway(request, tmp_path_factory):
    """The first of two on one queue; `others` has the URL of the second."""
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        if request.param == 'amqp':
            queue = request.getfixturevalue('rabbit')
        else:
            queue = stack.enter_context(redis_server(tmp_path_factory.mktemp('redis')))
        patch.setenv('QUEUE', queue.url)
        with running(SERVED / 'nodes.yaml') as one, running(SERVED / 'nodes.yaml') as other:
            for node in (one, other):
                node.says('the queue is heard')
            yield SimpleNamespace(url=one.url, other=other.url, queue=queue.url)


@pytest.fixture(params=['websocket', 'polling'])
def transport(request):
    return request.param


@pytest.fixture
def pair(gateway, clients):
    return clients.open(), clients.open(url=gateway.other)


@pytest.fixture(scope='module')
def emitter(request, gateway):
    process = subprocess.Popen(
        [sys.executable, SERVED / 'emitters.py', request.param, gateway.queue],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def do(method, **kwargs):
        process.stdin.write(f'{[method, kwargs]}\n')
        process.stdin.flush()
        assert process.stdout.readline() == 'done\n'

    yield do
    process.stdin.close()
    try:
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@each(*EMITTERS)
def test_20_another_program_emits_to_everyone_to_rooms_and_to_clients(emitter, pair):
    one, other = pair
    other.ask('join', 'red')
    emitter('emit', event='news', data='to all')
    emitter('emit', event='news', data=('several', 'arguments', [1.5, None]), to='red')
    emitter('emit', event='news', data={'a list': [1, {'bytes': b'\x00 x'}]}, to=one.sid)
    emitter('emit', event='news', data='not to one', skip_sid=one.sid)
    emitter('emit', event='news', data='elsewhere', namespace='/elsewhere')
    emitter('emit', event='end', data=[])
    for client, expected in (
        (one, [['news', 'to all'], ['news', {'a list': [1, {'bytes': b'\x00 x'}]}], ['end', []]]),
        (
            other,
            [
                ['news', 'to all'],
                ['news', 'several', 'arguments', [1.5, None]],
                ['news', 'not to one'],
                ['end', []],
            ],
        ),
    ):
        assert [client.hear() for _ in expected] == expected


@each(*MANAGERS)
def test_20_another_program_moves_clients_and_closes_rooms(emitter, pair):
    one, other = pair
    emitter('enter_room', sid=other.sid, namespace='/', room='blue')
    emitter('emit', event='news', data='in it', room='blue')
    assert other.hear() == ['news', 'in it']
    emitter('leave_room', sid=other.sid, namespace='/', room='blue')
    emitter('enter_room', sid=one.sid, namespace='/', room='blue')
    emitter('close_room', room='blue')
    emitter('emit', event='news', data='nobody', room='blue')
    emitter('emit', event='end', data='')
    assert one.hear() == other.hear() == ['end', '']


@each(('redis', 'async_redis'), ('amqp', 'aio_pika'))
def test_20_another_program_ends_a_client(emitter, pair):
    emitter('can_disconnect', sid=pair[1].sid, namespace='/')
    assert pair[1].left() == 'io server disconnect'
    assert pair[0].heard() == []


@each(*SERVERS)
def test_21_emits_reach_clients_of_all(pair):
    one, other = pair
    one.emit('to all', 'a', b'\x00', {'b': [b'\xff']})
    for client in pair:
        assert client.hear() == ['news', 'a', b'\x00', {'b': [b'\xff']}]
    one.emit('to others', 'b')
    assert other.hear() == ['news', 'b']
    other.ask('join', 'red')
    one.emit('to room', 'red', 'c')
    assert other.hear() == ['news', 'c']
    one.emit('to sid', other.sid, 'd')
    assert other.hear() == ['news', 'd']
    one.emit('close', 'red')
    one.emit('to room', 'red', 'e')
    one.emit('to all', 'end')
    assert one.hear() == other.hear() == ['news', 'end']


@each(*SERVERS)
@pytest.mark.parametrize('how', ['ask', 'ask_later'])
def test_21_a_client_of_another_gateway_answers(pair, how):
    one, other = pair
    other.answer('question', 'me', {'n': 1})
    assert one.ask(how, other.sid) == ['me', {'n': 1}]
    assert other.hear() == ['question', 'who?']


@each(*SERVERS)
def test_21_a_client_of_another_gateway_calls_back(pair):
    one, other = pair
    other.answer('question', 'me', 2)
    one.emit('tell_me', other.sid)
    assert one.hear() == ['told', 'me', 2]
    assert other.hear() == ['question', 'who?']


@each(*SERVERS)
def test_21_a_client_of_another_gateway_is_moved_and_ended(pair):
    one, other = pair
    one.ask('put', other.sid, 'green')
    one.emit('to room', 'green', 'in it')
    assert other.hear() == ['news', 'in it']
    one.ask('take', other.sid, 'green')
    one.emit('to room', 'green', 'nobody')
    one.emit('to all', 'end')
    assert other.hear() == ['news', 'end']
    one.ask('kick', other.sid)
    assert other.left() == 'io server disconnect'
