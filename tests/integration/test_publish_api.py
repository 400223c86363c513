"""The publish API of a running gateway: what clients see of it, and what programs are told."""

import asyncio
import json
from asyncio import to_thread

import pytest

from tests.support import gateway as gateways
from tests.support.api import ADMIN, SPACES, Api, clients, echo

LONG = 'x' * 257


@pytest.fixture(scope='module')
def running(tmp_path_factory):
    path = tmp_path_factory.mktemp('publish') / 'gateway.yaml'
    with gateways.running(gateways.write(path, SPACES, admin=ADMIN)) as gateway:
        yield gateway


@pytest.fixture
def api(running):
    with Api(running) as api:
        yield api


def test_an_emit_reaches_whom_it_is_for(running, api):
    async def main():
        async with clients(running, 2) as (one, other):
            for to, data in [('sid:' + one.sid, 1), ({'sid': [one.sid]}, [2]), (['all'], None)]:
                body = {'event': 'note', 'to': to, 'data': data}
                assert await to_thread(api.post, '/emit', body) == (200, {'done': 1})
                assert json.loads((await one.text())[2:]) == ['note', data]
            assert await other.text() == '42["note",null]'
            body = {'event': 'note', 'to': 'all', 'except': f'sid:{one.sid}', 'args': [1, 2]}
            assert await to_thread(api.post, '/emit', body) == (200, {'done': 1})
            assert await other.text() == '42["note",1,2]'
            await echo(one, other)

    asyncio.run(main())


def test_actions_are_done_in_order(running, api):
    async def main():
        async with clients(running, 2, 'order') as (one, other):
            note = {'event': 'note', 'to': 'room:vip'}
            done = await to_thread(
                api.do,
                {'emit': {**note, 'data': 1}},
                {'join': {'sid': one.sid, 'room': ['vip', 'order']}},
                {'emit': {**note, 'data': 2}},
                {'join': {'members': 'order', 'room': 'vip'}},
                {'send': {'to': 'room:vip', 'data': 3}},
                {'leave': {'sid': one.sid, 'room': 'vip'}},
                {'emit': {**note, 'data': 4}},
                {'close_room': 'vip'},
                {'emit': {**note, 'data': 5}},
                {'disconnect': {'members': 'order'}},
                {'join': {'sid': 'nobody', 'room': 'a'}},
            )
            assert done == (200, {'done': 11})
            assert [await one.text() for _ in range(3)] == ['42["note",2]', '42["message",3]', '41']
            told = [await other.text() for _ in range(3)]
            assert told == ['42["message",3]', '42["note",4]', '41']

    asyncio.run(main())


def test_every_mistake_is_told_and_nothing_is_done(running, api):
    emit = {'event': 'note', 'to': 'all', 'data': 1}
    wrong = [
        {'emit': emit},
        {'emit': {**emit, 'to': 5}},
        {'emit': {**emit, 'to': 'sender', 'a/b~': 1}},
        {'join': {'sid': 'a', 'room': ['a', LONG]}},
        {'leave': {'room': 'a'}},
        {'close_room': LONG},
        {'kick': {}},
        7,
        {},
        {'emit': {**emit, 'namespace': '/none'}},
        {'emit': {**emit, 'namespace': '/room-*'}},
    ]

    async def main():
        async with clients(running, 1) as (one,):
            status, answer = await to_thread(api.do, *wrong)
            assert status == 422
            await echo(one)
            return answer['error']

    error = asyncio.run(main())
    assert (error['code'], error['message']) == ('invalid', '10 problems: nothing was done')
    assert [problem['at'] for problem in error['problems']] == [
        '/1/emit/to',
        '/2/emit/a~1b~0',
        '/3/join/room/1',
        '/4/leave',
        '/5/close_room',
        '/6/kick',
        '/7',
        '/8',
        '/9/emit/namespace',
        '/10/emit/namespace',
    ]
    assert all(problem['what'] for problem in error['problems'])


def test_one_action_alone_has_places_without_a_number(api):
    status, answer = api.post('/do', {'join': {'sid': 'a', 'room': LONG}})
    assert (status, [one['at'] for one in answer['error']['problems']]) == (422, ['/join/room'])


def test_a_hundred_mistakes_are_shown_and_all_are_counted(api):
    status, answer = api.do(*[{}] * 5_000)
    error = answer['error']
    assert (status, error['message']) == (422, '5,000 problems: nothing was done')
    assert [one['at'] for one in error['problems']] == [f'/{number}' for number in range(100)]


@pytest.mark.parametrize('path', ['/do', '/emit'])
@pytest.mark.parametrize('body', [b'', b'{', b'\xff', b'[' * 1_000, b'{"a":{"$bytes":"!"}}'])
def test_what_is_no_json_is_malformed(api, path, body):
    status, answer = api.post(path, body)
    assert (status, answer['error']['code']) == (400, 'malformed')


@pytest.mark.parametrize('body', [None, 1, 'a', [], {}, [{'event': 'a', 'to': 'all'}]])
def test_a_body_of_another_form_is_invalid(api, body):
    status, answer = api.post('/emit', body)
    assert (status, answer['error']['code']) == (422, 'invalid')


def test_who_mixes_up_the_two_paths_is_told(api):
    emit = {'event': 'a', 'to': 'all'}
    for path, body, what in (
        ('/emit', {'emit': emit}, ('/emit', 'unknown key emit')),
        ('/do', emit, ('', 'an action without a verb')),
        ('/do', [emit], ('/0', 'an action without a verb')),
    ):
        status, answer = api.post(path, body)
        [problem] = answer['error']['problems']
        assert (status, problem['at'], problem['what']) == (422, *what)


def test_clients_are_served_while_a_long_list_is_done(running, api):
    async def main():
        async with clients(running, 1) as (one,):
            emit = {'event': 'note', 'to': 'room:none', 'args': [1, 2]}  # not the short way
            body = json.dumps([{'emit': emit}] * 10_000).encode()
            done = asyncio.create_task(to_thread(api.post, '/do', body))
            echoes = 0
            while not done.done():
                await echo(one)
                echoes += 1
            assert await done == (200, {'done': 10_000})
            assert echoes >= 10

    asyncio.run(main())


def test_a_room_too_many_is_told_and_the_others_are_done(running, api):
    async def main():
        async with clients(running, 1) as (one,):
            rooms = [f'r{number}' for number in range(1_000)]
            done = await to_thread(
                api.do,
                {'join': {'sid': one.sid, 'room': rooms}},
                {'join': {'sid': one.sid, 'room': 'one more'}},
                {'emit': {'event': 'note', 'to': 'room:r999', 'data': 1}},
            )
            what = 'a client is in 1000 rooms at the most'
            assert done == (200, {'done': 2, 'failed': [{'at': '/1', 'what': what}]})
            assert await one.text() == '42["note",1]'

    asyncio.run(main())


def test_a_client_is_described_and_found(running, api):
    async def main():
        async with clients(running, 2, 'b', 'a') as (one, other):
            described = {
                'sid': one.sid,
                'namespace': '/',
                'rooms': ['a', 'b'],
                'ip': '127.0.0.1',
                'transport': 'websocket',
                'session': {},
                'claims': {},
            }
            assert await to_thread(api.get, f'/clients/{one.sid}') == (200, described)
            rooms = [{'room': 'a', 'clients': 2}, {'room': 'b', 'clients': 2}]
            assert await to_thread(api.get, '/rooms') == (200, {'rooms': rooms, 'next': None})
            page = {'rooms': rooms[:1], 'next': 'a'}
            assert await to_thread(api.get, '/rooms?limit=1') == (200, page)
            page = {'rooms': rooms[1:], 'next': None}
            assert await to_thread(api.get, '/rooms?limit=1&after=a') == (200, page)
            assert await to_thread(api.get, '/rooms?prefix=b') == (200, page)
            sids = sorted([one.sid, other.sid])
            items = [{'sid': sid, 'rooms': 2} for sid in sids]
            listed = {'clients': items, 'next': None}
            for query in ('', '?room=a', '?namespace=%2F&room=b&limit=1000'):
                assert await to_thread(api.get, f'/clients{query}') == (200, listed)
            detailed = [{**described, 'sid': sid} for sid in sids]
            for query, found, behind in (('', detailed, None), ('&limit=1', detailed[:1], sids[0])):
                page = {'clients': found, 'next': behind}
                assert await to_thread(api.get, f'/clients?details=true{query}') == (200, page)
            _, spaces = await to_thread(api.get, '/namespaces')
            assert {'namespace': '/', 'clients': 2, 'rooms': 2} in spaces['namespaces']

    asyncio.run(main())


@pytest.mark.parametrize(
    ('path', 'status', 'code'),
    [
        ('/clients/nobody', 404, 'unknown_client'),
        ('/rooms?namespace=/none', 404, 'unknown_namespace'),
        ('/rooms?limit=0', 400, 'query'),
        ('/rooms?limit=1001', 400, 'query'),
        ('/rooms?limit=x', 400, 'query'),
        ('/rooms?limit=', 400, 'query'),
        ('/rooms?limit=1&limit=2', 400, 'query'),
        ('/rooms?prefix=%FF', 400, 'query'),
        ('/rooms?prefix', 400, 'query'),
        ('/rooms?room=a', 400, 'query'),
        ('/namespaces?limit=-1', 400, 'query'),
        ('/clients/nobody?a=1', 400, 'query'),
        ('/clients?details=yes', 400, 'query'),
        ('/nothing', 404, 'not_found'),
    ],
)
def test_what_is_asked_wrongly_is_told(api, path, status, code):
    told, answer = api.get(path)
    assert (told, answer['error']['code']) == (status, code)
    assert answer['error']['message']


def test_without_the_key_nothing_is_done(running):
    with Api(running, 'wrong') as api:
        status, answer = api.do({'emit': {'event': 'a', 'to': 'all'}})
    assert (status, answer['error']['code']) == (401, 'key_wrong')
