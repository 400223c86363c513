"""What the tables say of namespaces, rooms and clients."""

import asyncio

import pytest

from gateway.hub import directory
from gateway.hub.client import Client
from gateway.hub.directory import Directory, Page
from gateway.hub.fanout import FanoutManager
from gateway.wire.json_codec import JSON


class Session:
    codec = JSON

    def __init__(self):
        self.clients = {}


@pytest.fixture
def manager():
    return FanoutManager()


def join(manager, sid, *rooms, namespace='/', admit=True):
    client = Client(sid, namespace, Session(), {})
    client.session.clients[namespace] = client
    manager.add(client)
    if admit:
        manager.admit(client)
        client.staged = None
    for room in rooms:
        manager.join(client, room)
    return client


def rooms(manager, prefix='', after='', limit=10, namespace='/'):
    return asyncio.run(Directory(manager).rooms(namespace, prefix, after, limit))


def members(manager, room=None, after='', limit=10, namespace='/'):
    return asyncio.run(Directory(manager).members(namespace, room, after, limit))


def test_namespaces_with_their_members_and_rooms(manager):
    join(manager, 'a', 'red', namespace='/chat')
    join(manager, 'b', 'red', 'blue', namespace='/chat')
    join(manager, 'c', namespace='/')
    join(manager, 'd', 'green', namespace='/', admit=False)
    assert Directory(manager).namespaces() == [('/', 1, 0), ('/chat', 2, 2)]


def test_rooms_come_sorted_with_how_many_are_in_each(manager):
    join(manager, 'a', 'red', 'blue')
    join(manager, 'b', 'red', 'ä')
    assert rooms(manager) == Page([('blue', 1), ('red', 2), ('ä', 1)], False)


def test_a_page_goes_on_after_the_last_name_and_says_whether_there_are_more(manager):
    join(manager, 'me', *'edcba')
    assert rooms(manager, limit=2) == Page([('a', 1), ('b', 1)], True)
    assert rooms(manager, limit=2, after='b') == Page([('c', 1), ('d', 1)], True)
    assert rooms(manager, limit=2, after='c') == Page([('d', 1), ('e', 1)], False)
    assert rooms(manager, after='bb', limit=1) == Page([('c', 1)], True)
    assert rooms(manager, after='e') == Page([], False)


def test_only_rooms_with_the_prefix_count(manager):
    join(manager, 'a', 'order:1', 'order:2', 'user:1')
    assert rooms(manager, prefix='order:', limit=2) == Page([('order:1', 1), ('order:2', 1)], False)
    assert rooms(manager, prefix='order:', after='order:1') == Page([('order:2', 1)], False)
    assert rooms(manager, prefix='x') == Page([], False)


def test_members_of_a_room_and_of_a_namespace_but_nobody_who_is_pending_or_has_left(manager):
    join(manager, 'b', 'red', 'blue')
    join(manager, 'a', 'red')
    join(manager, 'c')
    join(manager, 'p', 'red', admit=False)
    manager.expel(join(manager, 'x', 'red'))
    assert members(manager, 'red') == Page([('a', 1), ('b', 2)], False)
    assert members(manager) == Page([('a', 1), ('b', 2), ('c', 0)], False)
    assert members(manager, limit=1, after='a') == Page([('b', 2)], True)
    assert members(manager, 'unknown') == Page([], False)


def test_an_unknown_namespace_is_empty(manager):
    assert rooms(manager, namespace='/unknown') == Page([], False)
    assert members(manager, namespace='/unknown') == Page([], False)


def test_a_member_is_found_by_its_sid_in_whatever_namespace(manager):
    found = join(manager, 'a', namespace='/chat')
    join(manager, 'p', admit=False)
    leaving = join(manager, 'x')
    manager.expel(leaving)
    sids = ('a', 'p', 'x', 'unknown')
    assert [Directory(manager).client(sid) for sid in sids] == [found, None, None, None]


@pytest.mark.parametrize('what', ['rooms', 'members'])
def test_a_walk_gives_the_loop_back_and_lets_names_go_meanwhile(manager, monkeypatch, what):
    monkeypatch.setattr(directory, 'PIECE', 10)

    async def scenario():
        clients = [join(manager, f'{number:03}', f'r{number:03}') for number in range(100)]
        walk = Directory(manager).rooms if what == 'rooms' else Directory(manager).members
        task = asyncio.create_task(walk('/', '' if what == 'rooms' else None, '', 100))
        passes = 0
        while not task.done():
            passes += 1
            await asyncio.sleep(0)
            if passes == 3:
                for client in clients[50:]:
                    manager.expel(client)
                    manager.remove(client)
        items, more = task.result()
        assert passes > 8
        assert not more
        assert [count for _, count in items] == [1] * 50 + [0] * 50

    asyncio.run(scenario())
