"""The test client for authors of handlers: what it sends, receives, and waits for."""

import asyncio
import threading

import pytest

from gateway.engine.session import MAX_IN_FLIGHT
from gateway.testing import TestGateway
from gateway.wire.engineio import MESSAGE, PING, Packet
from tests.support.shared import HERE, MODULE, gate, variable

CONFIG = {'handlers': [MODULE]}


@pytest.fixture(params=['json', 'msgpack'])
def serializer(request):
    return request.param


@pytest.fixture
def gateway():
    gate.clear()
    back = {'message': {'send': {}}, 'say': {'send': {}}}
    with TestGateway({**CONFIG, 'namespaces': {'/': {'events': back}}}, timeout=30) as found:
        yield found
        gate.set()


@pytest.fixture
def client(gateway, serializer):
    return gateway.client(HERE, serializer=serializer)


def heard(client):
    return [(event['name'], event['args']) for event in client.get_received()]


@pytest.mark.parametrize(
    'args',
    [(), ('text',), (None,), ([1, 2],), (1, [2.5, True], {'a': None}), (b'\0\xff', {'b': [b'x']})],
    ids=str,
)
def test_arguments_and_acknowledgements_are_those_of_the_wire(client, args):
    expected = args[0] if len(args) == 1 else list(args)
    assert client.emit('echo', *args, callback=True) == expected
    assert client.emit('echo', *args) is None


def test_an_event_is_told_as_flask_socketios_client_tells_it(client):
    client.emit('unnamed')
    client.emit('coroutine')
    assert client.get_received() == [
        {'name': 'message', 'args': 'text', 'namespace': HERE},
        {'name': 'json', 'args': {'a': 1}, 'namespace': HERE},
        {'name': 'after', 'args': [], 'namespace': HERE},
    ]
    assert client.get_received() == []


def test_send_sends_what_it_says(gateway):
    client = gateway.client()
    client.send({'a': 1})
    client.emit('nobody knows this')
    assert client.get_received() == [{'name': 'message', 'args': {'a': 1}, 'namespace': '/'}]


def test_clients_of_one_gateway_reach_each_other(gateway):
    one, two = gateway.client(HERE), gateway.client(HERE, serializer='msgpack')
    one.emit('coroutine')
    assert heard(one) == heard(two) == [('after', [])]
    assert one.sid != two.sid
    assert one.rooms() == two.rooms() == ['everybody']


def test_one_client_joins_several_namespaces(gateway):
    client = gateway.client(HERE)
    assert not client.is_connected('/')
    assert client.connect('/')
    client.emit('say', 'there', namespace='/')
    client.emit('coroutine')
    assert [event['namespace'] for event in client.get_received('/')] == ['/']
    assert [event['namespace'] for event in client.get_received()] == [HERE]
    client.disconnect('/')
    assert (client.is_connected('/'), client.is_connected()) == (False, True)


def test_a_refusal_can_be_read(gateway):
    client = gateway.client(HERE, auth={'name': 'eve'})
    assert not client.is_connected()
    assert client.sid is None
    assert client.refusal() == {'message': 'not you', 'data': {'why': 'a list'}}
    assert not client.connect('/unknown')
    assert client.refusal('/unknown') == {'message': 'Invalid namespace'}
    assert client.connect(auth={'name': 'adam'})
    assert client.refusal() is None
    with pytest.raises(RuntimeError, match=r'^not connected to /unknown$'):
        client.emit('echo', namespace='/unknown')


def test_a_page_of_another_origin_is_refused_as_it_is_outside(gateway):
    client = gateway.client(HERE, headers={'origin': 'https://elsewhere.example'})
    assert client.refusal() == {'code': 4, 'message': 'Forbidden'}
    assert gateway.client(HERE, headers={'origin': 'http://localhost'}).is_connected()


def test_headers_and_query_are_those_of_the_handshake(gateway):
    client = gateway.client(HERE, headers={'X-Token': 'abc'}, query={'room': 'ä b'})
    assert client.emit('who', callback=True) == ['abc', 'ä b', '127.0.0.1']


def test_leaving_and_being_cut_have_their_reasons(gateway):
    witness = gateway.client(HERE)
    gateway.client(HERE, auth={'name': 'a'}).disconnect()
    gateway.client(HERE, auth={'name': 'b'}).close()
    reasons = [args[0] for _, args in heard(witness)]
    assert reasons == [
        {'name': 'a', 'reason': 'client disconnect'},
        {'name': 'b', 'reason': 'transport close'},
    ]


def test_after_the_end_of_a_connection_another_one_is_made(client):
    before = client.sid
    client.close()
    assert not client.is_connected()
    assert client.connect()
    assert client.sid not in (None, before)


def test_what_came_before_a_disconnect_can_be_read(client):
    assert client.emit('leave me', callback=True) is None
    assert not client.is_connected()
    assert heard(client)[0] == ('goodbye', [])


def test_a_failure_looks_as_it_does_outside_and_is_in_the_log(client, caplog):
    answer = client.emit('fail', callback=True)
    assert answer == {'error': {'code': 'handler_failed', 'message': 'the handler failed'}}
    assert 'ValueError: inside' in caplog.text
    caplog.clear()


def test_what_the_server_asks_is_answered_by_a_function(gateway, serializer):
    one, two = gateway.client(HERE), gateway.client(HERE, serializer=serializer)
    two.on('question', lambda a, b: (a + b, b'bytes'))
    assert one.emit('ask', two.sid, callback=True) == [21, b'bytes']
    assert heard(two) == [('question', [20, 1])]
    two.emit('call back')
    assert heard(two) == [('question', [1, 2]), ('answered', [3, b'bytes'])]


def test_without_waiting_what_a_handler_sends_is_seen_when_it_is_sent(client):
    client.emit('slow', wait=False)
    assert client.receive()['name'] == 'started'
    assert client.get_received() == []
    gate.set()
    assert client.receive()['name'] == 'ended'


def test_background_tasks_are_not_waited_for(client):
    client.emit('tick')
    with pytest.raises(TimeoutError, match=r'^no event in /test-client for 0\.01 s$'):
        client.receive(timeout=0.01)
    gate.set()
    assert client.receive()['name'] == 'ticked'


def test_a_handler_that_does_not_end_is_told_and_keeps_nobody_waiting():
    gate.clear()
    with TestGateway(CONFIG, timeout=0.05) as gateway:
        client = gateway.client(HERE)
        with pytest.raises(TimeoutError, match=r'^not done after 0\.05 s: 1 handlers go on '):
            client.emit('slow')
    assert 'gateway' not in [thread.name for thread in threading.enumerate()]
    gate.set()


def test_a_handler_that_holds_the_loop_is_told():
    gate.clear()
    with TestGateway(CONFIG, timeout=0.05) as gateway:
        client = gateway.client(HERE)
        with pytest.raises(TimeoutError, match=r'^a handler has held the event loop for 0\.05 s$'):
            client.emit('hold')
        gate.set()


def test_what_is_on_its_way_is_waited_for(gateway):
    messages = []

    def sent():
        link = gateway.link(b'127.0.0.1 http GET /\nhost:localhost', messages.append, int)
        before = link.busy
        link.session.send(Packet(MESSAGE + b'on its way'))
        return before, link.busy

    assert gateway.act(sent) == (False, True)
    assert messages == ['on its way']


def test_a_ping_is_answered(client, gateway):
    [session] = gateway.engine.sockets.values()
    session.awaits_pong = True
    gateway.act(lambda: session.send(Packet(PING)))
    assert not session.awaits_pong


def test_a_handler_runs_in_no_context_of_the_test(client):
    token = variable.set('of the test')
    assert client.emit('variable', callback=True) == 'unset'
    variable.reset(token)


def test_a_message_that_is_too_big_ends_the_connection(serializer):
    with TestGateway({**CONFIG, 'socketio': {'max_payload': '1KB'}}, timeout=30) as gateway:
        client = gateway.client(HERE, serializer=serializer)
        assert client.emit('echo', 'x' * 900, callback=True) == 'x' * 900
        client.emit('echo', 'x' * 1000)
        assert not client.is_connected()


def test_more_events_than_may_be_in_flight_are_all_taken(gateway):
    client = gateway.client(HERE)
    for _ in range(250):
        client.emit('slow', wait=False)
    [session] = gateway.engine.sockets.values()
    assert session.in_flight == MAX_IN_FLIGHT
    gate.set()
    client.emit('coroutine')
    assert len(client.get_received()) == 2 * 250 + 1


def test_the_client_works_in_a_coroutine_too(gateway):
    async def test():
        client = gateway.client(HERE)
        assert client.emit('echo', 1, callback=True) == 1

    asyncio.run(test())
