"""What a stranger may not do in the examples: with a client of one's own, not the page's."""

import asyncio

import pytest
from socketio.exceptions import ConnectionError as Refused

from gateway.testing import TestGateway
from tests.support import tokens
from tests.support.examples import EXAMPLES, served
from tests.support.peers import connected


def error(code):
    return {'error': {'code': code, 'message': code}}


def run(name, folder, scenario):
    with served(name, folder) as gateway:
        asyncio.run(scenario(gateway.url))


@pytest.mark.parametrize('name', ['chat', 'presence', 'typing', 'cursors'])
def test_a_name_is_a_short_text(tmp_path, name):
    async def scenario(url):
        for auth in ({}, {'name': ''}, {'name': 'x' * 25}, {'name': ['x']}, {'name': {}}):
            with pytest.raises(Refused):
                async with connected(url, auth=auth):
                    pass
        async with connected(url, auth={'name': 'x' * 24}):
            pass

    run(name, tmp_path, scenario)


@pytest.mark.parametrize('name', ['chat', 'presence', 'typing', 'cursors'])
def test_a_name_that_is_missing_or_long_is_told_from_one_that_is_no_text(name):
    with TestGateway(EXAMPLES / name / 'gateway.yaml', timeout=30) as gateway:
        for auth in (None, {}, {'name': ''}, {'name': 'x' * 25}):
            assert gateway.client(auth=auth).refusal() == {'message': 'bad_name'}
        for wrong in (['x'], {}, 5, None):
            refusal = gateway.client(auth={'name': wrong}).refusal()
            assert refusal == {'message': 'guard_failed'}


def test_chat_is_for_those_inside(tmp_path):
    async def scenario(url):
        async with connected(url, auth={'name': 'Eve'}) as eve:
            for event in ('say', 'leave'):
                answer = await eve.ask(event, {'room': 'lobby', 'text': 'hello'})
                assert answer == error('not_a_member')
            assert await eve.ask('enter', {'room': 'x' * 25}) == error('bad_room')
            assert (await eve.ask('enter', {'room': ['lobby']}))['error']['code'] == 'guard_failed'
            sid = eve.client.get_sid()
            assert await eve.ask('enter', {'room': 'lobby'}) == [{'sid': sid, 'user': 'Eve'}]
            long = {'room': 'lobby', 'text': 'x' * 501}
            assert await eve.ask('say', long) == error('too_long')
            for number in range(7):
                await eve.ask('enter', {'room': number})
            assert await eve.ask('enter', {'room': 'one more'}) == error('too_many_rooms')

    run('chat', tmp_path, scenario)


def test_a_status_is_one_of_three(tmp_path):
    async def scenario(url):
        async with connected(url, auth={'name': 'Eve'}, listen=['changed']) as eve:
            for status in ('gone', '', None, ['here']):
                assert 'error' in await eve.ask('status', status)
            assert await eve.ask('status', 'busy') is None
            sid = eve.client.get_sid()
            for status in ('here', 'busy'):
                user = {'name': 'Eve', 'status': status}
                assert await eve.heard('changed') == [{'sid': sid, 'user': user}]

    run('presence', tmp_path, scenario)


def test_a_message_of_typing_is_short(tmp_path):
    async def scenario(url):
        async with connected(url, auth={'name': 'Eve'}) as eve:
            assert await eve.ask('say', 'x' * 501) == error('too_long')
            assert await eve.ask('say', 'x' * 500) is None

    run('typing', tmp_path, scenario)


def test_a_cursor_is_two_numbers_in_an_open_document(tmp_path):
    async def scenario(url):
        async with connected(url, auth={'name': 'Eve'}) as eve:
            assert (await eve.ask('move', {'x': 0, 'y': 1}))['error']['code'] == 'bad_value'
            assert await eve.ask('open', {'doc': 'plan'}) is None
            assert await eve.ask('move', {'x': 0, 'y': 1}) is None
            assert await eve.ask('move', {'x': 0, 'y': 1.1}) == error('outside')
            for x in ('0.5', None, [0.5], True):
                answer = await eve.ask('move', {'x': x, 'y': 0})
                assert answer['error']['code'] == 'guard_failed'

    run('cursors', tmp_path, scenario)


def test_private_rooms_are_those_of_the_token(tmp_path, monkeypatch):
    monkeypatch.setenv('JWT_KEY', tokens.SECRET)
    claims = {'sub': 'Eve', 'rooms': ['garden'], 'aud': 'private-rooms', 'exp': tokens.LATER}
    foreign = tokens.token({**claims, 'aud': 'another service'})

    async def scenario(url):
        for auth in ({}, {'token': foreign}, {'token': tokens.token(claims, which=1)}):
            with pytest.raises(Refused):
                async with connected(url, auth=auth):
                    pass
        async with connected(url, auth={'token': tokens.token(claims)}) as eve:
            assert await eve.ask('enter', {'room': 'vault'}) == error('forbidden')
            assert await eve.ask('say', {'room': 'vault', 'text': 'hi'}) == error('not_a_member')
            assert await eve.ask('enter', {'room': 'garden'}) is None
            assert await eve.ask('say', {'room': 'garden', 'text': 'hi'}) is None

    run('private-rooms', tmp_path, scenario)


def test_a_vote_is_one_of_the_choices(tmp_path):
    async def scenario(url):
        options = {'namespaces': ['/poll'], 'listen': [('counts', '/poll')]}
        async with connected(url, **options) as eve:
            assert await eve.heard('counts', '/poll') == [{'Tea': 0, 'Coffee': 0, 'Water': 0}]
            for choice in ('Rum', '', None, ['Tea'], {}):
                assert await eve.ask('vote', choice, namespace='/poll') == 'no such choice'
            for choice in ('Tea', 'Water'):
                assert await eve.ask('vote', choice, namespace='/poll') == 'counted'
            assert await eve.heard('counts', '/poll') == [{'Tea': 1, 'Coffee': 0, 'Water': 0}]
            assert await eve.heard('counts', '/poll') == [{'Tea': 0, 'Coffee': 0, 'Water': 1}]

    run('class-namespace', tmp_path, scenario)
