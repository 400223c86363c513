"""SIGTERM: every client is told, whatever it is doing, and the gateway ends with 0."""

import asyncio
import contextlib
import signal

import pytest

from tests.support import raw

ROUTES = {
    '/': {'events': {'echo': {'ack': '${args}'}, 'all': {'emit': {'event': 'all', 'to': 'all'}}}}
}
GOING_AWAY = b'\x03\xe9server shutting down'


def terminate(gateway):
    gateway.process.send_signal(signal.SIGTERM)


async def refused(port):
    """Ask until nobody listens."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(ConnectionResetError, asyncio.IncompleteReadError):
                await raw.ask(port, raw.POLLING)


def test_every_websocket_gets_a_close_frame_with_1001(gateway):
    async def scenario():
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            ready = asyncio.Barrier(101)

            async def client(join):
                async with raw.websocket(running.port, join=join) as peer:
                    await ready.wait()
                    return await peer.closed()

            clients = [group.create_task(client('/' if n % 2 else None)) for n in range(100)]
            await ready.wait()
            terminate(running)
        assert [task.result() for task in clients] == [GOING_AWAY] * 100

    running = gateway(ROUTES)
    asyncio.run(scenario())
    running.ended()


def test_disconnect_routes_run_and_reach_those_who_are_still_there(gateway):
    async def until_closed(peer):
        frames = [await peer.receive()]
        while frames[-1][0] == raw.TEXT:
            frames.append(await peer.receive())
        return frames

    async def scenario():
        async with raw.websocket(running.port) as first, raw.websocket(running.port) as second:
            terminate(running)
            received = [await until_closed(peer) for peer in (first, second)]
        left = (raw.TEXT, b'42["left","server shutting down"]')
        goodbye = (raw.CLOSE, GOING_AWAY)
        assert sorted(received, key=len) == [
            [goodbye],
            [left, goodbye],
        ]  # nobody knows who is first

    left = {'emit': {'event': 'left', 'to': 'all', 'data': '${reason}'}}
    running = gateway({'/': {'disconnect': left}})
    asyncio.run(scenario())
    running.ended()


def test_what_was_sent_before_arrives_before_the_close_frame(gateway):
    async def scenario():
        async with raw.websocket(running.port) as peer:
            for number in range(50):
                peer.send(f'42{number}["echo",{number}]')
            assert await peer.text() == '430[0]'
            terminate(running)
            frames = [await peer.receive()]
            while frames[-1][0] == raw.TEXT:
                frames.append(await peer.receive())
        texts = [payload.decode() for opcode, payload in frames[:-1]]
        assert texts == [f'43{number}[{number}]' for number in range(1, len(texts) + 1)]
        assert frames[-1] == (raw.CLOSE, GOING_AWAY)

    running = gateway(ROUTES)
    asyncio.run(scenario())
    running.ended()


def test_a_waiting_poll_is_answered_and_its_session_is_gone(gateway):
    async def scenario():
        poller, owed = await raw.polling(running.port), await raw.polling(running.port)
        async with raw.websocket(running.port) as silent:  # behind the poll; keeps it draining
            silent.send('42["all"]')  # who is owed that may come back: it goes on listening
            assert await silent.text() == '42["all"]'
            assert await poller.poll() == b'42["all"]'
            poll = asyncio.create_task(poller.poll())
            for number in range(10):  # passes of the loop, in which the poll begins to wait
                silent.send(f'42{number}["echo"]')
                assert await silent.text() == f'43{number}[]'
            terminate(running)
            assert await poll == b'6'
            assert await silent.receive() == (raw.CLOSE, GOING_AWAY)
            answer = await raw.ask(running.port, poller.query)
            assert (answer.status, answer.body) == (
                400,
                b'{"code":1,"message":"Session ID unknown"}',
            )
            assert await owed.poll() == b'42["all"]'

    running = gateway(ROUTES, server={'shutdown_timeout': '10s'})
    asyncio.run(scenario())
    running.ended()


def test_a_client_between_two_polls_fetches_what_it_is_owed(gateway):
    async def scenario():
        poller = await raw.polling(running.port)
        async with raw.websocket(running.port) as other:
            other.send('42["all","last words"]')
            assert await other.text() == '42["all","last words"]'
            terminate(running)
            assert await other.receive() == (raw.CLOSE, GOING_AWAY)
            assert await poller.poll() == b'42["all","last words"]'

    running = gateway(ROUTES, server={'shutdown_timeout': '10s'})
    asyncio.run(scenario())
    running.ended()


def test_newcomers_are_refused_while_others_come_back_for_what_is_theirs(gateway):
    async def scenario():
        poller = await raw.polling(running.port)
        async with raw.websocket(running.port) as other:
            other.send('42["all"]')
            assert await other.text() == '42["all"]'
            terminate(running)
            assert await other.receive() == (raw.CLOSE, GOING_AWAY)
            refusals = [await raw.ask(running.port, raw.POLLING)]
            async with raw.connection(running.port) as peer:
                request = raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=running.port, headers='')
                peer.write(request.encode())
                refusals.append(await peer.answer())
            assert await poller.poll() == b'42["all"]'
        body = b'{"code":3,"message":"Server is shutting down"}'
        assert [(answer.status, answer.body) for answer in refusals] == [(503, body)] * 2

    running = gateway(ROUTES, server={'shutdown_timeout': '10s'})
    asyncio.run(scenario())
    running.ended()


def test_where_nobody_has_to_come_back_it_does_not_listen_any_more(gateway):
    async def scenario():
        async with raw.websocket(running.port) as silent:
            terminate(running)
            assert await silent.receive() == (raw.CLOSE, GOING_AWAY)
            with pytest.raises(ConnectionRefusedError):
                await refused(running.port)

    running = gateway(ROUTES, server={'shutdown_timeout': '10s'})
    asyncio.run(scenario())
    running.ended()


def test_a_client_that_does_not_answer_is_not_waited_for_for_ever(gateway):
    async def scenario():
        async with raw.websocket(running.port) as silent:
            terminate(running)
            assert await silent.receive() == (raw.CLOSE, GOING_AWAY)
            await asyncio.to_thread(running.ended)

    running = gateway(ROUTES, server={'shutdown_timeout': '200ms'})
    asyncio.run(scenario())
