"""Code written for python-socketio's AsyncServer runs on the hub as its documentation says."""

import asyncio
import contextlib
import json

import pytest
import socketio

from tests.support import raw
from tests.support.hub import NOTHING, left_behind, run, serving, until
from tests.support.peers import connected
from tests.support.raw import websocket


async def hears(peer, *texts):
    """Exactly these are next: what an echo would bring afterwards is next after them."""
    peer.send('420["fence"]')
    for text in [*texts, '430[]']:
        assert await peer.text() == text


@contextlib.asynccontextmanager
async def three(**settings):
    """A hub with three clients in '/'."""
    async with serving(**settings) as hub:
        hub.on('fence', lambda sid: None)
        async with websocket(hub.port) as a, websocket(hub.port) as b, websocket(hub.port) as c:
            yield hub, a, b, c


def test_emit_reaches_whom_it_names():
    async def scenario():
        async with three() as (hub, a, b, c):
            await hub.emit('all')
            await hub.emit('one', 1, to=a.sid)
            await hub.emit('tuple', (1, 'two', [3]), room=b.sid)
            await hub.emit('list', [1, 2], to=[a.sid, c.sid])
            await hub.emit('not b', to=[a.sid, b.sid], skip_sid=b.sid)
            await hub.emit('only c', skip_sid=[a.sid, b.sid])
            await hub.emit('elsewhere', namespace='/elsewhere')
            await hub.send('a message', to=c.sid)
            await hears(a, '42["all"]', '42["one",1]', '42["list",[1,2]]', '42["not b"]')
            await hears(b, '42["all"]', '42["tuple",1,"two",[3]]')
            await hears(
                c, '42["all"]', '42["list",[1,2]]', '42["only c"]', '42["message","a message"]'
            )

    run(scenario())


def test_rooms():
    async def scenario():
        async with three() as (hub, a, b, c):
            await hub.enter_room(a.sid, 'red')
            await hub.enter_room(b.sid, 'red')
            await hub.enter_room(b.sid, 'blue')
            await hub.enter_room(c.sid, 7)
            assert sorted(hub.rooms(b.sid)) == sorted([b.sid, 'red', 'blue'])
            assert hub.rooms(c.sid) == [c.sid, '7']
            await hub.emit('both', to=['red', 'blue'])
            await hub.emit('seven', to=7)
            await hub.emit('others', to='red', skip_sid=a.sid)
            await hub.leave_room(b.sid, 'red')
            await hub.emit('red', to='red')
            await hub.close_room('red')
            await hub.emit('nobody', to='red')
            await hears(a, '42["both"]', '42["red"]')
            await hears(b, '42["both"]', '42["others"]')
            await hears(c, '42["seven"]')
            assert hub.rooms(a.sid) == [a.sid]
            members = {sid for sid, _ in hub.manager.get_participants('/', 'blue')}
            assert members == {b.sid}

    run(scenario())


@pytest.mark.parametrize('name', ['', 'x' * 257, None, 1.5, True, ['list'], b'bytes'])
def test_a_room_name_is_text(name):
    async def scenario():
        async with three() as (hub, a, _, _):
            with pytest.raises(ValueError, match='room name is text'):
                await hub.enter_room(a.sid, name)

    run(scenario())


def test_nobody_enters_another_clients_room():
    async def scenario():
        async with three() as (hub, a, b, _):
            with pytest.raises(ValueError, match='sid is no room'):
                await hub.enter_room(a.sid, b.sid)
            with pytest.raises(ValueError, match='not connected'):
                await hub.enter_room('unknown', 'red')
            await hub.enter_room(a.sid, a.sid)
            assert hub.rooms(a.sid) == [a.sid]

    run(scenario())


def test_sessions():
    async def scenario():
        async with three() as (hub, a, b, _):
            await hub.save_session(a.sid, {'user': 'Ann'})
            assert await hub.get_session(a.sid) == {'user': 'Ann'}
            async with hub.session(b.sid) as session:
                session['user'] = 'Ben'
            assert await hub.get_session(b.sid) == {'user': 'Ben'}
            assert hub.transport(a.sid) == 'websocket'
            assert hub.get_environ(a.sid)['QUERY_STRING'] == raw.WEBSOCKET
            with pytest.raises(KeyError):
                await hub.get_session('unknown')

    run(scenario())


def test_call_and_callbacks():
    async def scenario():
        async with serving(namespaces='*') as hub, connected(hub.url) as peer:
            sid = peer.client.get_sid()
            peer.client.on('add', lambda a, b: a + b)
            peer.client.on('pair', lambda: (1, 2))
            peer.client.on('none', lambda: None)
            assert await hub.call('add', (2, 3), to=sid) == 5
            assert tuple(await hub.call('pair', to=sid)) == (1, 2)
            assert await hub.call('none', sid=sid) is None
            answers = asyncio.Queue()
            await hub.emit('add', (2, 3), to=sid, callback=answers.put)
            await hub.emit('add', (3, 4), to=sid, callback=answers.put_nowait)
            assert [await answers.get(), await answers.get()] == [5, 7]
            with pytest.raises(ValueError, match='broadcast'):
                await hub.call('add')
            assert left_behind(hub)['callbacks'] == 0

    run(scenario())


def test_a_call_that_times_out_leaves_no_callback():
    async def scenario():
        async with three() as (hub, a, _, _):
            with pytest.raises(socketio.exceptions.TimeoutError):
                await hub.call('question', to=a.sid, timeout=0.05)
            assert left_behind(hub)['callbacks'] == 0

    run(scenario())


def test_disconnect_leaves_the_other_namespaces():
    async def scenario():
        async with serving(namespaces='*') as hub, websocket(hub.port) as peer:
            ended = []
            hub.on('disconnect', lambda sid, reason: ended.append((sid, reason)))
            chat = await peer.join('/chat')
            await hub.disconnect(peer.sid)
            assert await peer.text() == '41'
            assert ended == [(peer.sid, 'server disconnect')]
            await hub.emit('gone', to=peer.sid)
            await hub.emit('here', to=chat, namespace='/chat')
            assert await peer.text() == '42/chat,["here"]'
            again = await peer.join()
            assert again != peer.sid

    run(scenario())


def test_a_class_based_namespace():
    class Chat(socketio.AsyncNamespace):
        async def on_connect(self, sid, environ, auth):
            if auth != {'key': 'right'}:
                raise socketio.exceptions.ConnectionRefusedError('wrong key', {'code': 7})
            await self.enter_room(sid, 'lobby')
            await self.save_session(sid, {'user': 'Ann'})
            await self.emit('welcome', to=sid)

        def on_plain(self, sid, *args):
            return args

        async def on_coroutine(self, sid, text):
            session = await self.get_session(sid)
            await self.emit('said', [session['user'], text], room='lobby')
            return 'sent'

        def on_disconnect(self, sid, reason):
            self.ended = (sid, reason)

    async def scenario():
        async with serving() as hub:
            chat = Chat('/chat')
            hub.register_namespace(chat)
            async with websocket(hub.port, join=None) as peer:
                peer.send('40/chat,{"key":"wrong"}')
                assert await peer.text() == '44/chat,{"message":"wrong key","data":{"code":7}}'
                sid = await peer.join('/chat', {'key': 'right'})
                assert await peer.text() == '42/chat,["welcome"]'
                peer.send('42/chat,0["plain",1,"two"]')
                assert await peer.text() == '43/chat,0[1,"two"]'
                peer.send('42/chat,1["coroutine","hello"]')
                assert await peer.text() == '42/chat,["said",["Ann","hello"]]'
                assert await peer.text() == '43/chat,1["sent"]'
                peer.send('41/chat,')
                await until(lambda: hasattr(chat, 'ended'))
            assert chat.ended == (sid, 'client disconnect')

    run(scenario())


@pytest.mark.parametrize(
    ('error', 'reply'),
    [
        (socketio.exceptions.ConnectionRefusedError, {'message': 'Connection rejected by server'}),
        (socketio.exceptions.ConnectionRefusedError('no'), {'message': 'no'}),
        (socketio.exceptions.ConnectionRefusedError('no', 1), {'message': 'no', 'data': 1}),
        (False, {'message': 'Connection rejected by server'}),
    ],
)
def test_a_connect_handler_refuses(error, reply):
    async def scenario():
        async with serving() as hub:

            @hub.event
            async def connect(sid, environ, auth):
                if error is False:
                    return False
                raise error

            async with websocket(hub.port, join=None) as peer:
                peer.send('40')
                assert json.loads((await peer.text())[2:]) == reply
                assert left_behind(hub)['clients'] == 0

    run(scenario())


def test_a_client_that_leaves_while_it_is_being_accepted():
    async def scenario():
        async with serving() as hub:
            arrived, decided, handlers = asyncio.Event(), asyncio.Event(), []

            @hub.event
            async def connect(sid, environ):
                await hub.enter_room(sid, 'lobby')
                arrived.set()
                await decided.wait()
                handlers.append('connect')

            hub.on('disconnect', lambda sid, reason: handlers.append('disconnect'))
            async with websocket(hub.port, join=None) as peer:
                peer.send('40')
                await arrived.wait()
                peer.reset()
                await until(lambda: not hub.eio.sockets)
            decided.set()
            await until(lambda: left_behind(hub) == NOTHING)
            assert handlers == ['connect']

    run(scenario())


def test_events_before_the_acceptance_break_the_protocol():
    async def scenario():
        async with serving() as hub:
            hub.on('connect', lambda sid, environ: asyncio.sleep(10))
            async with websocket(hub.port, join=None) as peer:
                peer.send('40')
                peer.send('42["too early"]')
                assert await peer.closed() == b'\x03\xeapacket before the namespace was joined'
            for task in hub._tasks:
                task.cancel()

    run(scenario())


def test_catch_all_handlers_come_last():
    async def scenario():
        async with serving() as hub:
            hub.on('known', lambda sid: 'exact')
            hub.on('*', lambda event, sid, *args: ['fallback', event, *args])
            async with websocket(hub.port) as peer:
                peer.send('420["known"]')
                assert await peer.text() == '430["exact"]'
                peer.send('421["unknown",1]')
                assert await peer.text() == '431[["fallback","unknown",1]]'

    run(scenario())


def test_reading_pauses_while_too_many_handlers_are_at_work():
    async def scenario():
        async with serving() as hub:
            release, running = asyncio.Event(), []

            @hub.event
            async def work(sid, number):
                running.append(number)
                await release.wait()
                return number

            async with websocket(hub.port) as peer:
                for number in range(300):
                    peer.send(f'42{number}["work",{number}]')
                    await asyncio.sleep(0)
                await until(lambda: hub.eio.counters.reads_paused == 1)
                await asyncio.sleep(0.05)
                assert len(running) < 300
                release.set()
                for number in range(300):
                    assert await peer.text() == f'43{number}[{number}]'

    run(scenario())
