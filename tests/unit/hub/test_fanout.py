"""The client manager: who receives what, with sessions that only note it."""

import pytest

from gateway.engine.counters import Counters
from gateway.engine.flusher import Flusher
from gateway.hub.client import Client, State
from gateway.hub.fanout import FanoutManager
from gateway.hub.space import Namespace, room_name
from gateway.hub.target import EVERYONE, Target
from gateway.wire.engineio import Packet

PACKET = Packet(b'42["news"]')


class Recorder(Flusher):
    """Notes who gets a broadcast."""

    def __init__(self):
        super().__init__(1_000, Counters())

    def broadcast(self, sessions, packet):
        for session in sessions:
            session.got.append(packet)


class Session:
    def __init__(self, sid):
        self.sid, self.got, self.clients, self.outbox, self.size = sid, [], {}, [], 0

    def send(self, packet):
        self.got.append(packet)


@pytest.fixture
def manager():
    manager = FanoutManager()
    manager.flusher = Recorder()
    return manager


def join(manager, sid, *rooms, admit=True):
    client = Client(sid, '/', Session(f'session of {sid}'), {})
    client.session.clients['/'] = client
    manager.add(client)
    for room in rooms:
        manager.join(client, room)
    if admit:
        accept(manager, client)
    return client


def accept(manager, client):
    manager.admit(client)
    staged, client.staged = client.staged, None
    for operation in staged:
        operation()


def reached(manager, clients, to, skip=None):
    manager.deliver('/', PACKET, to, skip)
    got = [client.sid for client in clients if client.session.got]
    assert all(len(client.session.got) <= 1 for client in clients), 'nobody gets it twice'
    for client in clients:
        client.session.got.clear()
    return ''.join(got)


@pytest.mark.parametrize(
    ('to', 'skip', 'expected'),
    [
        (EVERYONE, None, 'abcd'),
        (EVERYONE, Target(sids=('a',)), 'bcd'),
        (EVERYONE, Target(rooms=('red',)), 'cd'),
        (EVERYONE, EVERYONE, ''),
        (Target(sids=('b',)), None, 'b'),
        (Target(sids=('b', 'b', 'unknown')), None, 'b'),
        (Target(rooms=('red',)), None, 'ab'),
        (Target(rooms=('red', 'blue')), None, 'abc'),
        (Target(sids=('a', 'd'), rooms=('red',)), None, 'abd'),
        (Target(sids=('a', 'd'), rooms=('red',)), Target(sids=('a', 'unknown')), 'bd'),
        (Target(rooms=('nobody',)), None, ''),
        (Target(rooms=('a',)), None, ''),  # a sid is no room
        (Target(), None, ''),
    ],
)
def test_whom_a_target_reaches(manager, to, skip, expected):
    clients = [join(manager, 'a', 'red'), join(manager, 'b', 'red', 'blue')]
    clients += [join(manager, 'c', 'blue'), join(manager, 'd')]
    assert reached(manager, clients, to, skip) == expected
    assert reached(manager, clients, EVERYONE) == 'abcd', 'the tables are as they were'


def test_a_client_that_is_pending_is_reached_by_its_sid_only_and_later(manager):
    client = join(manager, 'a', 'red', admit=False)
    assert reached(manager, [client], EVERYONE) == ''
    assert reached(manager, [client], Target(rooms=('red',))) == ''
    assert reached(manager, [client], Target(sids=('a',))) == ''
    assert (client.state, client.rooms) == (State.PENDING, set())
    accept(manager, client)
    assert client.session.got == [PACKET]
    assert client.rooms == {'red'}


def test_one_that_leaves_knows_its_rooms_and_receives_nothing(manager):
    client, other = join(manager, 'a', 'red'), join(manager, 'b')
    manager.expel(client)
    assert (client.state, client.rooms) == (State.LEAVING, {'red'})
    assert manager.client('a', '/') is client
    assert reached(manager, [client, other], EVERYONE) == 'b'
    manager.remove(client)
    assert manager.client('a', '/') is None
    assert manager.spaces['/'].rooms == {}
    manager.expel(other)
    manager.remove(other)
    assert manager.spaces == {}


def test_leaving_a_room_and_closing_it(manager):
    a, b = join(manager, 'a', 'red', 'blue'), join(manager, 'b', 'red')
    manager.leave(a, 'red')
    manager.leave(a, 'red')
    assert (a.rooms, reached(manager, [a, b], Target(rooms=('red',)))) == ({'blue'}, 'b')
    manager.basic_close_room('red', '/')
    manager.basic_close_room('unknown', '/')
    manager.basic_close_room('red', '/unknown')
    assert (b.rooms, set(manager.spaces['/'].rooms)) == (set(), {'blue'})
    with pytest.raises(ValueError, match='sid room'):
        manager.basic_close_room('a', '/')


def test_a_sid_is_no_room_to_join(manager):
    a, b = join(manager, 'a'), join(manager, 'b')
    manager.join(a, 'a')
    with pytest.raises(ValueError, match='sid is no room'):
        manager.join(a, 'b')
    assert a.rooms == b.rooms == set()


@pytest.mark.parametrize(
    ('name', 'text'), [('red', 'red'), (7, '7'), (-7, '-7'), ('x' * 256, 'x' * 256), ('é', 'é')]
)
def test_room_names(name, text):
    assert room_name(name) == text


@pytest.mark.parametrize('name', ['', 'x' * 257, None, True, 1.5, b'red', [], {}])
def test_what_is_no_room_name(name):
    with pytest.raises(ValueError, match='a room name is text of 1 to 256 characters'):
        room_name(name)


def test_callbacks_are_called_once_and_unknown_ones_counted(manager):
    client = join(manager, 'a')
    assert manager._generate_ack_id('a', lambda *args: args, '/') == 1
    assert manager._generate_ack_id('a', lambda *args: 'second', '/') == 2
    assert manager.acknowledged(client, 1, ['x', 2]) == ('x', 2)
    assert manager.acknowledged(client, 1, []) is None
    assert manager.acknowledged(client, 0, []) is None
    assert manager.unknown_acks == 2
    assert list(client.callbacks) == [2]


def test_a_space_finds_recipients_without_a_copy_where_it_can():
    space = Namespace()
    space.members['a'] = Session('a')
    assert space.recipients(EVERYONE, None).mapping == space.members


def test_a_disconnect_looks_at_the_rooms_of_its_client_only(manager):
    class Rooms(dict):
        def __iter__(self):
            raise AssertionError('a mass disconnect would be quadratic')

        items = keys = values = __iter__

    client = join(manager, 'a', 'red', 'blue')
    join(manager, 'b', *map(str, range(100)))
    space = manager.spaces['/']
    space.rooms = Rooms(space.rooms)
    manager.expel(client)
    manager.remove(client)
    assert len(space.rooms) == 100
