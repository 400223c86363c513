"""Two gateways on one Redis: what a client of one hears of the other."""

import asyncio
import json

import pytest
import socketio
from socketio.exceptions import TimeoutError as NoAnswer

from gateway.app import Gateway
from gateway.hub.message import Message
from gateway.hub.target import Target
from tests.support import queues, raw
from tests.support.cluster import clients, enter, gateways, port
from tests.support.hub import run, until

pytestmark = pytest.mark.usefixtures('loop')


@pytest.fixture(scope='module')
def redis(tmp_path_factory):
    with queues.redis_server(tmp_path_factory.mktemp('redis')) as server:
        yield server


def paired(tmp_path, redis, scenario):
    """Run it with two gateways and a client of each."""

    async def main():
        async with gateways(tmp_path, redis.url) as pair, clients(pair) as (one, other):
            await scenario(pair, one, other)
            assert [gateway.cluster.counts.lost for gateway in pair] == [{}, {}]
            assert [gateway.cluster.counts.refused for gateway in pair] == [{}, {}]

    run(main())


async def quiet(*peers):
    """That nothing more has come to these: an event of their own comes next."""
    for peer in peers:
        peer.send('429["rooms"]')
        assert (await peer.text()).startswith('439[')


@pytest.mark.parametrize(
    'args', [[], [None], [1, 'é'], [{'a': [1.5, None]}], ['"method":"gateway.beat"']]
)
def test_everybody_hears_an_emit_as_it_was(tmp_path, redis, args):
    async def scenario(_, one, other):
        one.send('42' + json.dumps(['all', *args]))
        assert json.loads((await one.text())[2:]) == ['note', *args]
        assert json.loads((await other.text())[2:]) == ['note', *args]
        await quiet(one, other)

    paired(tmp_path, redis, scenario)


def test_a_start_tells_of_the_cluster_and_not_of_its_password(tmp_path, redis):
    async def main():
        url = redis.url.replace('//', '//:secret@')
        file = tmp_path / 'gateway.yaml'
        file.write_text(f'cluster: "{url}"\nnamespaces: {{/: }}')
        lines = list(Gateway(file).banner())
        assert 'cluster over redis, channels socketio, flask-socketio' in lines
        assert 'secret' not in ''.join(lines)

    run(main())


def test_sessions_begin_with_the_name_of_their_gateway(tmp_path, redis):
    async def main():
        async with (
            gateways(tmp_path, f'{{url: "{redis.url}", node: one-1}}', 1) as (one,),
            gateways(tmp_path, redis.url, 1) as (other,),
        ):
            for gateway, begins in ((one, True), (other, False)):
                answer = await raw.ask(port(gateway), raw.POLLING)
                assert (json.loads(answer.body[1:])['sid'][:6] == 'one-1.') is begins
            async with clients([one]) as [client]:
                assert client.sid.startswith('.')  # that of its namespace: no room has such a name

    run(main())


def test_bytes_are_bytes(tmp_path, redis):
    async def scenario(_, one, other):
        one.send('452-["all",{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1}]]')
        one.send(b'\x00\xff')
        one.send(b'')
        for peer in (one, other):
            assert (await peer.text()).startswith('452-["note"')
            assert [await peer.receive() for _ in range(2)] == [(2, b'\x00\xff'), (2, b'')]

    paired(tmp_path, redis, scenario)


def test_rooms_sids_and_who_is_left_out(tmp_path, redis):
    async def scenario(_, one, other):
        await enter(one, 'a')
        await enter(other, 'a')
        await enter(other, 'b')
        one.send('42["say","b",1]')
        assert await other.text() == '42["note",1]'
        one.send(f'42["whisper","{other.sid}",2]')
        assert await other.text() == '42["note",2]'
        one.send(f'42["say","{other.sid}",3]')  # no room, whoever has that sid
        one.send('42["others","a","b"]')
        assert await one.text() == '42["note","a","b"]'
        await quiet(one, other)

    paired(tmp_path, redis, scenario)


def test_ten_thousand_emits_of_both_come_once_and_in_order(tmp_path, redis):
    count = 5_000

    async def scenario(pair, one, other):
        for number in range(count):
            pair[0].hub.publish('/', 'note', ['one', number], Target(everyone=True))
            pair[1].hub.publish('/', 'note', ['other', number], Target(everyone=True))
            if not number % 100:
                await asyncio.sleep(0)
        for peer in (one, other):
            heard = {'one': [], 'other': []}
            for _ in range(2 * count):
                _, who, number = json.loads((await peer.text())[2:])
                heard[who].append(number)
            assert heard == {'one': list(range(count)), 'other': list(range(count))}

    paired(tmp_path, redis, scenario)


def test_python_socketio_s_calls_reach_clients_of_the_other(tmp_path, redis):
    async def scenario(pair, one, other):
        sio = pair[0].hub
        await sio.emit('note', 'by sid', to=other.sid)
        assert await other.text() == '42["note","by sid"]'
        await sio.enter_room(other.sid, 'vip')
        await sio.emit('note', 'in it', room='vip')
        assert await other.text() == '42["note","in it"]'
        await sio.leave_room(other.sid, 'vip')
        await sio.emit('note', 'nobody', room='vip')
        await sio.emit('note', 'all', skip_sid=one.sid)
        assert await other.text() == '42["note","all"]'
        await enter(other, 'closing')
        await sio.close_room('closing')
        await sio.emit('note', 'nobody', room='closing')
        await quiet(one, other)
        await sio.disconnect(other.sid)
        assert await other.text() == '41'

    paired(tmp_path, redis, scenario)


def test_a_client_of_the_other_answers_a_call(tmp_path, redis):
    async def scenario(pair, _, other):
        answer = asyncio.ensure_future(pair[0].hub.call('ask', 'x', to=other.sid, timeout=10))
        assert await other.text() == '421["ask","x"]'
        other.send('431["yes",{"n":7}]')
        assert await answer == ('yes', {'n': 7})
        with pytest.raises(NoAnswer):
            await pair[0].hub.call('ask', 'x', to=other.sid, timeout=0.1)
        with pytest.raises(NoAnswer):
            await pair[0].hub.call('ask', 'x', to='nobody', timeout=0.1)

    paired(tmp_path, redis, scenario)


def test_each_client_of_a_room_calls_back_wherever_it_is(tmp_path, redis):
    async def scenario(pair, one, other):
        heard = []
        await enter(one, 'a')
        await enter(other, 'a')
        await pair[0].hub.emit('ask', room='a', callback=lambda *args: heard.append(args))
        for peer, name in ((one, 'one'), (other, 'other')):
            assert await peer.text() == '421["ask"]'
            peer.send(f'431["{name}"]')
        await until(lambda: len(heard) == 2)
        assert sorted(heard) == [('one',), ('other',)]

    paired(tmp_path, redis, scenario)


def test_who_is_asked_elsewhere_calls_back_and_a_room_is_only_told(tmp_path, redis):
    async def scenario(pair, one, other):
        heard = []
        hub = pair[0].hub
        assert hub.ask_elsewhere(Message('/', ['ask']), other.sid, lambda *a: heard.append(a))
        assert await other.text() == '421["ask"]'
        other.send('431["yes"]')
        await until(lambda: heard == [('yes',)])
        await enter(other, 'far')
        assert hub.ask_elsewhere(Message('/', ['ask', 'b']), 'far', heard.append)
        assert await other.text() == '42["ask","b"]'
        await enter(one, 'far')
        assert not hub.ask_elsewhere(Message('/', ['ask', 'c']), 'far', heard.append)
        await quiet(one, other)

    paired(tmp_path, redis, scenario)


def test_a_callback_may_be_a_coroutine(tmp_path, redis):
    async def scenario(pair, _, other):
        heard = asyncio.get_running_loop().create_future()

        async def called_back(*args):
            await asyncio.sleep(0)
            heard.set_result(args)

        await pair[0].hub.emit('ask', to=other.sid, callback=called_back)
        assert await other.text() == '421["ask"]'
        other.send('431["yes"]')
        assert await asyncio.wait_for(heard, 10) == ('yes',)

    paired(tmp_path, redis, scenario)


def test_a_survey_asks_the_clients_of_all(tmp_path, redis):
    async def scenario(pair, one, other):
        asked = pair[0].hub.survey('/', 'ask', [b'x'], Target(everyone=True), None, 10.0)
        survey = asyncio.ensure_future(asked)
        for peer in (one, other):
            assert (await peer.text()).startswith('451-1["ask"')
            assert await peer.receive() == (2, b'x')
        one.send('431["one"]')
        other.send('461-1[{"_placeholder":true,"num":0}]')
        other.send(b'two')
        found = await survey
        assert sorted(found.answers) == sorted([(one.sid, ['one']), (other.sid, [b'two'])])
        assert (found.missing, found.silent) == ([], 0)

    paired(tmp_path, redis, scenario)


def test_an_emit_behind_a_move_finds_the_members_where_they_are(tmp_path, redis):
    async def scenario(pair, one, other):
        await enter(other, 'lobby')
        for number in range(20):
            pair[0].hub.move_elsewhere('join', '/', Target(rooms=('lobby',)), ['game'], None)
            pair[0].hub.publish('/', 'note', [number], Target(rooms=('game',)))
            pair[0].hub.move_elsewhere('leave', '/', Target(rooms=('lobby',)), ['game'], None)
            pair[0].hub.publish('/', 'note', ['nobody'], Target(rooms=('game',)))
        for number in range(20):
            assert await other.text() == f'42["note",{number}]'
        await quiet(one, other)

    paired(tmp_path, redis, scenario)


def test_nobody_sits_in_a_room_with_the_name_of_another_s_sid(tmp_path, redis):
    async def scenario(pair, one, other):
        other.send(f'420["enter","{one.sid}"]')
        assert 'bad_value' in await other.text()
        pair[1].hub.move_elsewhere('join', '/', Target(sids=(other.sid,)), [one.sid], None)
        emitter = socketio.AsyncRedisManager(redis.url, write_only=True)
        await emitter.emit('note', 'for one', room=one.sid)
        assert await one.text() == '42["note","for one"]'
        await quiet(one, other)
        await emitter.pubsub.aclose()
        await emitter.redis.aclose()

    paired(tmp_path, redis, scenario)


def test_bytes_come_back_from_a_call(tmp_path, redis):
    async def scenario(pair, _, other):
        answer = asyncio.ensure_future(pair[0].hub.call('ask', to=other.sid, timeout=10))
        assert await other.text() == '421["ask"]'
        other.send('461-1[{"_placeholder":true,"num":0}]')
        other.send(b'\x00\xff')
        assert await answer == b'\x00\xff'

    paired(tmp_path, redis, scenario)


def test_the_reason_of_a_disconnection_goes_with_it(tmp_path, redis):
    async def scenario(pair, _, other):
        reasons = []
        pair[1].hub.on('disconnect', lambda sid, reason: reasons.append(reason))
        pair[0].hub.move_elsewhere('disconnect', '/', Target(sids=(other.sid,)), [], 'banned')
        assert await other.text() == '41'
        await until(lambda: reasons == ['banned'])

    paired(tmp_path, redis, scenario)


def test_a_survey_names_who_is_silent_there(tmp_path, redis):
    async def scenario(pair, one, other):
        found = await pair[0].hub.survey('/', 'ask', [], Target(everyone=True), None, 0.2)
        assert sorted(found.missing) == sorted([(one.sid, 'timeout'), (other.sid, 'timeout')])
        assert (found.answers, found.silent) == ([], 0)

    paired(tmp_path, redis, scenario)


def test_members_of_a_room_are_moved_wherever_they_are(tmp_path, redis):
    async def scenario(pair, one, other):
        await enter(one, 'a')
        await enter(other, 'a')
        pair[0].hub.move_elsewhere('join', '/', Target(rooms=('a',)), ['b', 'c'], None)
        await until(lambda: 'c' in pair[1].hub.client(other.sid, '/').rooms)
        pair[0].hub.move_elsewhere('leave', '/', Target(rooms=('c',)), ['a'], None)
        await until(lambda: pair[1].hub.client(other.sid, '/').rooms == {'b', 'c'})
        pair[0].hub.move_elsewhere('disconnect', '/', Target(sids=(other.sid,)), [], None)
        assert await other.text() == '41'
        await quiet(one)

    paired(tmp_path, redis, scenario)


@pytest.mark.parametrize('channel', ['socketio', 'flask-socketio'])
def test_other_programs_emit_through_it(tmp_path, redis, channel):
    async def scenario(_, one, other):
        emitter = socketio.AsyncRedisManager(redis.url, channel=channel, write_only=True)
        await emitter.emit('note', {'a': b'x'}, room=other.sid)
        assert await other.text() == '451-["note",{"a":{"_placeholder":true,"num":0}}]'
        assert await other.receive() == (2, b'x')
        await emitter.emit('note', ('two', 'arguments'), skip_sid=other.sid)
        assert await one.text() == '42["note","two","arguments"]'
        await emitter.can_disconnect(one.sid, '/')
        assert await one.text() == '41'
        await emitter.pubsub.aclose()
        await emitter.redis.aclose()

    paired(tmp_path, redis, scenario)
