"""One event to many clients of every kind, and what each of them acknowledges."""

import asyncio
import base64

import msgpack
import pytest

from gateway.hub import asking
from gateway.hub.target import EVERYONE, Target
from tests.support import packed, raw
from tests.support.hub import left_behind, run, serving, until
from tests.support.peers import KINDS, TRANSPORTS, Peer, connected

BYTES = bytes.fromhex('00017f80ff')
LONG = 15  # seconds


def nothing_is_open(hub):
    sessions = hub.eio.sockets.values()
    clients = [one for session in sessions for one in session.clients.values() if one is not None]
    return (
        left_behind(hub)['callbacks'] == 0
        and hub.surveys.asked == 0
        and not any(session.asked for session in sessions)
        and not any(client.calls for client in clients)
    )


@pytest.mark.parametrize('parser', ['json', 'msgpack'])
@pytest.mark.parametrize('mode', TRANSPORTS)
def test_the_javascript_client_answers_a_survey(node, mode, parser):
    async def scenario():
        async with serving(namespaces='*') as hub:

            @hub.on('ask me')
            async def ask_me(sid):
                for args in [], ['text', 2, {'deep': [None]}], [BYTES, {'in': [BYTES]}]:
                    survey = await hub.survey('/', 'question', args, EVERYONE, None, LONG)
                    assert survey.answers == [(sid, [*args, 'seen'])]
                    assert survey.missing == []
                survey = await hub.survey('/', 'silence', [], EVERYONE, None, 0.1)
                assert (survey.answers, survey.missing) == ([], [(sid, 'timeout')])
                assert nothing_is_open(hub)
                await hub.emit('answers', 'all as expected', to=sid)

            script = node('questions.js', hub.url, mode, parser)
            assert await asyncio.to_thread(script.report) == 'all as expected'

    run(scenario())


@pytest.mark.parametrize('mode', TRANSPORTS)
@pytest.mark.parametrize('kind', KINDS)
def test_the_python_client_answers_a_survey(kind, mode):
    async def scenario():
        # It leaves a poll with the next heartbeat.
        async with (
            serving(namespaces='*', ping_interval='300ms') as hub,
            connected(hub.url, mode, KINDS[kind]) as peer,
        ):
            peer.client.on('add', lambda a, b: (a + b, BYTES))
            survey = await hub.survey('/', 'add', [2, 3], EVERYONE, None, LONG)
            assert survey.answers == [(peer.client.get_sid(), [5, BYTES])]
            assert nothing_is_open(hub)

    run(scenario())


def test_clients_of_every_kind_are_asked_at_once():
    async def scenario():
        async with (
            serving(namespaces='*') as hub,
            raw.websocket(hub.port) as text,
            raw.websocket(hub.port, join=None) as binary,
            connected(hub.url, kind=lambda: Peer(serializer='msgpack')) as peer,
        ):
            poller = await raw.polling(hub.port)
            packed_poller = await packed.poll_join(hub.port)
            await packed.join(binary)
            peer.client.on('ask', lambda value: value)
            task = asyncio.create_task(hub.survey('/', 'ask', [BYTES], EVERYONE, None, LONG))

            assert await text.text() == '451-1["ask",{"_placeholder":true,"num":0}]'
            assert await text.receive() == (raw.BINARY, BYTES)
            text.send('431["text"]')
            packet = await packed.received(binary)
            assert (packet['id'], packet['data']) == (1, ['ask', BYTES])
            binary.send(msgpack.packb({'type': 3, 'nsp': '/', 'data': [BYTES], 'id': 1}))
            assert (await poller.poll()).startswith(b'451-1["ask",')
            assert (await poller.post(b'431["polled"]')).body == b'ok'
            [packet] = await packed.polled(packed_poller)
            assert (packet['id'], packet['data']) == (1, ['ask', BYTES])
            text.send('431["again"]')

            await until(lambda: hub.manager.unknown_acks == 1)
            assert not task.done()  # one has not answered
            answer = msgpack.packb({'type': 3, 'nsp': '/', 'data': [], 'id': 1})
            await packed_poller.post(b'b' + base64.b64encode(answer))
            survey = await task
            assert dict(survey.answers) == {
                text.sid: ['text'],
                binary.sid: [BYTES],
                peer.client.get_sid(): [BYTES],
                poller.sid: ['polled'],
                packed_poller.sid: [],
            }
            assert survey.missing == []
            assert nothing_is_open(hub)

    run(scenario())


def test_only_who_is_named_and_not_skipped_hears_it():
    async def scenario():
        async with (
            serving(namespaces='*') as hub,
            raw.websocket(hub.port) as a,
            raw.websocket(hub.port) as b,
            raw.websocket(hub.port) as c,
        ):
            for peer in (a, b):
                await hub.enter_room(peer.sid, 'red')
            to, skip = Target(rooms=('red',)), Target(sids=(b.sid,))
            task = asyncio.create_task(hub.survey('/', 'ask', [], to, skip, LONG))
            assert await a.text() == '421["ask"]'
            a.send('431[]')
            assert (await task).answers == [(a.sid, [])]
            await hub.emit('next')
            assert [await b.text(), await c.text()] == ['42["next"]'] * 2

    run(scenario())


@pytest.mark.parametrize('how', ['closes', 'leaves', 'is kicked', 'is cut'])
def test_who_goes_in_the_middle_is_not_waited_for(how):
    async def scenario():
        async with (
            serving(namespaces='*') as hub,
            raw.websocket(hub.port) as stays,
            raw.websocket(hub.port) as goes,
        ):
            task = asyncio.create_task(hub.survey('/', 'ask', [], EVERYONE, None, LONG))
            assert [await stays.text(), await goes.text()] == ['421["ask"]'] * 2
            match how:
                case 'closes':
                    goes.send('1')
                case 'leaves':
                    goes.send('41')
                case 'is kicked':
                    await hub.disconnect(goes.sid)
                case 'is cut':
                    goes.reset()
            stays.send('431["here"]')
            survey = await task
            assert survey.answers == [(stays.sid, ['here'])]
            assert survey.missing == [(goes.sid, 'left')]
            assert nothing_is_open(hub)

    run(scenario())


def test_who_is_pending_is_not_asked():
    async def scenario():
        decided = asyncio.Event()
        async with serving() as hub:

            @hub.on('connect')
            async def connect(sid, environ):
                await decided.wait()

            async with raw.websocket(hub.port, join=None) as peer:
                peer.send('40')
                await until(lambda: left_behind(hub)['clients'] == 1)
                [sid] = hub.manager.spaces['/'].clients
                for target in (Target(sids=(sid,)), EVERYONE):
                    survey = await hub.survey('/', 'ask', [], target, None, LONG)
                    assert (survey.answers, survey.missing) == ([], [])
                decided.set()
                assert (await peer.text()).startswith('40{')
                await hub.emit('next')
                assert await peer.text() == '42["next"]'

    run(scenario())


def test_a_late_answer_finds_nobody_and_harms_nothing():
    async def scenario():
        async with serving(namespaces='*') as hub, raw.websocket(hub.port) as peer:
            survey = await hub.survey('/', 'ask', [], EVERYONE, None, 0.01)
            assert survey.missing == [(peer.sid, 'timeout')]
            assert await peer.text() == '421["ask"]'
            peer.send('431["late"]')
            await until(lambda: hub.manager.unknown_acks == 1)
            task = asyncio.create_task(hub.survey('/', 'ask', [], EVERYONE, None, LONG))
            assert await peer.text() == '422["ask"]'
            peer.send('432["in time"]')
            assert (await task).answers == [(peer.sid, ['in time'])]

    run(scenario())


def test_all_attachments_of_an_answer_count(monkeypatch):
    monkeypatch.setattr(asking, 'MAX_ANSWERS', 1_000)

    async def scenario():
        async with serving(namespaces='*') as hub, raw.websocket(hub.port) as peer:
            task = asyncio.create_task(hub.survey('/', 'ask', [], EVERYONE, None, LONG))
            assert await peer.text() == '421["ask"]'
            peer.send('462-1[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
            peer.send(bytes(990))
            peer.send(bytes(1))
            survey = await task
            assert (survey.answers, survey.missing) == ([], [(peer.sid, 'too_big')])

    run(scenario())


def test_a_shutdown_ends_it():
    async def scenario():
        async with serving(namespaces='*') as hub, raw.websocket(hub.port) as peer:
            task = asyncio.create_task(hub.survey('/', 'ask', [], EVERYONE, None, 600))
            assert await peer.text() == '421["ask"]'
            closing = asyncio.create_task(hub.shutdown(LONG))
            survey = await asyncio.wait_for(task, LONG)
            assert survey.missing == [(peer.sid, 'left')]
            await peer.closed()
            await closing

    run(scenario())


def test_its_caller_may_cancel_it():
    async def scenario():
        async with serving(namespaces='*') as hub, raw.websocket(hub.port) as peer:
            task = asyncio.create_task(hub.survey('/', 'ask', [], EVERYONE, None, 600))
            assert await peer.text() == '421["ask"]'
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert nothing_is_open(hub)

    run(scenario())
