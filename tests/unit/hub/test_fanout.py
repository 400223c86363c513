"""The client manager: who receives what, with sessions that only note it."""

import asyncio

import pytest

from gateway.engine.counters import Counters
from gateway.engine.flusher import Flusher
from gateway.hub.client import Client, State
from gateway.hub.fanout import FanoutManager
from gateway.hub.message import Message
from gateway.hub.serializer import CODECS
from gateway.hub.space import Namespace, room_name
from gateway.hub.target import EVERYONE, Target
from gateway.wire.json_codec import JSON
from gateway.wire.msgpack_codec import MSGPACK

NEWS = Message('/', ['news'])


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


def join(manager, sid, *rooms, admit=True, codec=JSON):
    client = Client(sid, '/', Session(f'session of {sid}'), {})
    client.session.codec = codec
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
    manager.deliver(NEWS, to, skip)
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
    assert (client.state, client.rooms) == (State.PENDING, {'red'}), 'it knows where it will be'
    accept(manager, client)
    assert client.session.got == [NEWS.packet(JSON)]
    assert list(manager.spaces['/'].rooms['red']) == ['a']


def test_what_a_pending_client_has_left_again_it_does_not_enter(manager):
    client = join(manager, 'a', 'red', 'blue', admit=False)
    manager.leave(client, 'red')
    accept(manager, client)
    assert (client.rooms, set(manager.spaces['/'].rooms)) == ({'blue'}, {'blue'})


def test_a_client_that_leaves_enters_nothing(manager):
    client = join(manager, 'a')
    manager.expel(client)
    manager.join(client, 'red')
    assert (client.rooms, manager.spaces['/'].rooms) == (set(), {})


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


def counted(monkeypatch):
    """The names of the serializers that encode, in order; both still do."""
    names = []

    def watch(codec):
        def encode(*args):
            names.append(codec.name)
            return codec.encode(*args)

        return codec._replace(encode=encode)

    codecs = tuple(map(watch, CODECS['auto']))
    monkeypatch.setitem(CODECS, 'auto', codecs)
    return names, codecs


@pytest.mark.parametrize(
    ('speaking', 'to', 'encodings'),
    [
        ('', EVERYONE, ['json']),  # at least once: a value that fails does so for nobody too
        ('jj', EVERYONE, ['json']),
        ('mm', EVERYONE, ['msgpack']),
        ('jmjmj', EVERYONE, ['json', 'msgpack']),
        ('jm', Target(sids=('0',)), ['json']),
        ('jm', Target(sids=('1',)), ['msgpack']),
        ('jm', Target(rooms=('red',)), ['json', 'msgpack']),
        ('jm', Target(rooms=('empty',)), ['json']),
        ('jm', Target(sids=('0', '1')), ['json', 'msgpack']),
    ],
)
def test_a_broadcast_is_encoded_once_for_each_serializer_that_is_spoken(
    monkeypatch, speaking, to, encodings
):
    names, codecs = counted(monkeypatch)
    manager = FanoutManager()
    manager.flusher = Recorder()
    spoken = dict(zip('jm', codecs, strict=True))
    clients = [
        join(manager, str(number), 'red', codec=spoken[letter])
        for number, letter in enumerate(speaking)
    ]
    manager.deliver(Message('/', ['news', b'bytes']), to)
    assert names == encodings
    packets = {
        (client.session.codec.name, id(packet))
        for client in clients
        for packet in client.session.got
    }
    assert len(packets) == len(set(names) & {name for name, _ in packets}), 'one for each kind'


def test_one_serializer_in_a_namespace_needs_no_look_at_its_recipients(manager):
    clients = [join(manager, 'a'), join(manager, 'b', codec=MSGPACK)]
    assert manager.spaces['/'].others == 1
    manager.expel(clients[1])
    assert manager.spaces['/'].others == 0


def test_what_a_serializer_cannot_hold_is_queued_for_nobody(monkeypatch, manager):
    def encode(*args):
        raise ValueError('not encodable')

    other = MSGPACK._replace(encode=encode)
    manager.codecs = (JSON, other)
    clients = [join(manager, 'a'), join(manager, 'b', codec=other)]
    with pytest.raises(ValueError, match='not encodable'):
        manager.deliver(Message('/', ['news']), EVERYONE)
    assert [client.session.got for client in clients] == [[], []]


def test_callbacks_are_called_once_and_unknown_ones_counted(manager):
    client = join(manager, 'a')
    assert manager._generate_ack_id('a', lambda *args: args, '/') == 1
    assert manager._generate_ack_id('a', lambda *args: 'second', '/') == 2
    assert manager.acknowledged(client, 1, ['x', 2]) == ('x', 2)
    assert manager.acknowledged(client, 1, []) is None
    assert manager.acknowledged(client, 0, []) is None
    assert manager.unknown_acks == 2
    assert list(client.callbacks) == [2]


def test_what_cannot_be_asked_leaves_no_callback(manager):
    client = join(manager, 'a')
    with pytest.raises(ValueError, match='not encodable'):
        asyncio.run(manager.emit('question', object(), '/', 'a', callback=lambda: None))
    assert (client.callbacks or {}, client.session.got) == ({}, [])


def test_what_one_of_many_cannot_be_asked_nobody_is_asked(manager):
    def encode(*args):
        raise ValueError('not encodable')

    other = MSGPACK._replace(encode=encode)
    manager.codecs = (JSON, other)
    clients = [join(manager, 'a'), join(manager, 'b'), join(manager, 'c', codec=other)]
    with pytest.raises(ValueError, match='not encodable'):
        asyncio.run(manager.emit('question', 1, '/', callback=lambda: None))
    assert [client.session.got for client in clients] == [[], [], []]
    assert [client.callbacks or {} for client in clients] == [{}, {}, {}]


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
