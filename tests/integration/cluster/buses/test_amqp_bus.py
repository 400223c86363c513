"""The bus of RabbitMQ with a real broker: what is published is heard, here and elsewhere."""

import asyncio
import json
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
import socketio

from gateway.cluster.buses import amqp_link
from gateway.cluster.buses import bus as buses
from gateway.cluster.buses.bus import Refused
from tests.support import queues, rabbitmq
from tests.support.hub import run

pytestmark = pytest.mark.timeout(120)  # a broker takes 10 s to start


@pytest.fixture
def server(rabbit):
    return rabbit


def test_what_is_published_is_heard_on_every_channel_in_order(server, loop):
    bodies = [b'', b'{"a":1}', b'\xce\x01\x00', b'\x80\x04\x95', bytes(range(256)) * 3_000]

    async def scenario():
        bus = buses.open(server.url)
        async with queues.listening(bus, 'socketio', 'flask-socketio') as ear:
            for channel in ('socketio', 'unheard', 'flask-socketio'):
                await bus.publish(channel, bodies)
            assert await ear.until(10) == bodies * 2
        await bus.close()

    run(scenario())


def test_ten_thousand_messages_keep_their_order(server, loop):
    bodies = [b'%d %b' % (number, b'x' * (number % 300)) for number in range(10_000)]

    async def scenario():
        bus = buses.open(server.url)
        async with queues.listening(bus, 'socketio') as ear:
            for first in range(0, len(bodies), 500):
                await bus.publish('socketio', bodies[first : first + 500])
            assert await ear.until(len(bodies)) == bodies
        await bus.close()

    run(scenario())


def test_messages_of_every_size_around_that_of_a_frame_are_whole(server, loop):
    frame = 131_072 - 8
    bodies = [bytes([n]) * (frame * times + n) for times in (1, 2) for n in range(3)]
    bodies += [b'y' * (frame - 1), b'z' * 5_000_000]

    async def scenario():
        bus = buses.open(server.url)
        async with queues.listening(bus, 'socketio') as ear:
            await bus.publish('socketio', bodies)
            assert await ear.until(len(bodies)) == bodies
        await bus.close()

    run(scenario())


def test_the_loop_gets_its_turn_while_messages_are_heard(server, loop):
    heard = []

    def slowly(body):
        heard.append(body)
        begun = time.perf_counter()
        while time.perf_counter() - begun < 0.0005:
            pass

    async def scenario():
        bus, listening = buses.open(server.url), asyncio.Event()
        task = asyncio.create_task(bus.listen(['socketio'], slowly, listening.set))
        await listening.wait()
        await bus.publish('socketio', [b'x'] * 1_000)  # half a second to hear
        turns = 0
        while len(heard) < 1_000:
            await asyncio.sleep(0)
            turns += 1
        assert turns > 100
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await bus.close()

    run(scenario())


def emit_kombu(url):
    manager = socketio.KombuManager(url, write_only=True)
    manager.emit('news', {'n': 1}, room='r')
    manager.publisher_connection.release()


def emit_aio_pika(url):
    async def emit():
        manager = socketio.AsyncAioPikaManager(url, write_only=True)
        await manager.emit('news', {'n': 1}, room='r')
        await manager.publisher_connection.close()

    asyncio.run(emit())


@pytest.mark.parametrize('emit', [emit_kombu, emit_aio_pika])
def test_the_emitters_of_python_socketio_are_heard(server, emit):
    async def scenario():
        async with queues.listening(buses.open(server.url), 'socketio') as ear:
            await asyncio.to_thread(emit, f'amqp://guest:guest@127.0.0.1:{server.port}//')
            [body] = await ear.until(1)
        message = json.loads(body)
        assert (message['method'], message['event'], message['room']) == ('emit', 'news', 'r')

    run(scenario())


KOMBU = """
import socketio, sys
print(repr(next(socketio.KombuManager(sys.argv[1])._listen())))
"""
AIO_PIKA = """
import asyncio, socketio, sys
async def first():
    listener = socketio.AsyncAioPikaManager(sys.argv[1])._listen()
    print(repr(await anext(listener)))
    await listener.aclose()
asyncio.run(first())
"""


@pytest.mark.parametrize(
    ('program', 'message'), [(KOMBU, '{"method":"emit"}'), (AIO_PIKA, b'{"method":"emit"}')]
)
def test_the_listeners_of_python_socketio_hear_us(server, program, message):
    url = f'amqp://guest:guest@127.0.0.1:{server.port}//'
    listener = subprocess.Popen([sys.executable, '-c', program, url], stdout=subprocess.PIPE)

    async def scenario():
        bus = buses.open(server.url)
        async with asyncio.timeout(queues.PATIENCE):
            while listener.poll() is None:  # nobody says when it has subscribed
                await bus.publish('socketio', [b'{"method":"emit"}'])
                await asyncio.sleep(0.05)
        await bus.close()

    try:
        run(scenario())
    finally:
        listener.kill()
        said, _ = listener.communicate()
    assert said == f'{message!r}\n'.encode()


def test_a_message_that_is_too_large_is_passed_over(server, loop, monkeypatch, caplog):
    monkeypatch.setattr(amqp_link, 'MAX_MESSAGE', 300_000)

    async def scenario():
        bus = buses.open(server.url)
        async with queues.listening(bus, 'socketio') as ear:
            bodies = [b'a' * 300_000, b'b' * 300_001, b'c', b'd' * 2_000_000, b'e' * 70_000]
            await bus.publish('socketio', bodies)
            assert await ear.until(3) == [bodies[0], bodies[2], bodies[4]]
        assert bus.oversized.count == 2
        await bus.close()

    run(scenario())
    assert caplog.text.count('is passed over') == 1  # once a second


def test_who_is_cancelled_while_listening_leaves_neither_queue_nor_connection(server):
    async def scenario():
        before = len(server.log())
        async with queues.listening(buses.open(server.url), 'alone'):
            assert 'alone' in await asyncio.to_thread(server.control, 'list_bindings')
        assert 'alone' not in await asyncio.to_thread(server.control, 'list_bindings')
        connections = await asyncio.to_thread(
            server.control, 'list_connections', 'client_properties'
        )
        assert 'socketio-gateway' not in connections
        assert 'unexpectedly closed' not in server.log()[before:]

    run(scenario())


@pytest.mark.parametrize(
    ('login', 'place', 'text'),
    [
        ('app:se cret', '', 'ACCESS_REFUSED - Login was refused'),
        ('stranger:stranger', '', "access to exchange 'socketio' in vhost '/' refused"),
        ('guest:guest', '/a b', "NOT_ALLOWED - access to vhost 'a b' refused"),
        ('guest:guest', '/none', 'NOT_ALLOWED - vhost none not found'),
    ],
)
def test_who_may_not_is_told_so_without_the_password(server, loop, login, place, text):
    bus = buses.open(f'amqp://{quote(login, safe=":")}@127.0.0.1:{server.port}{quote(place)}')

    async def scenario():
        with pytest.raises(Refused, match=text) as publishing:
            await bus.publish('socketio', [b'private'])
        with pytest.raises(Refused) as listening:
            await bus.listen(['socketio'], print, print)
        for caught in publishing, listening:
            assert '://' not in str(caught.value)
            assert 'se cret' not in str(caught.value)
            assert 'private' not in str(caught.value)

    run(scenario())


def test_an_exchange_of_another_kind_is_named(server, loop):
    async def scenario():
        bus = buses.open(server.url)
        text = "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'amq.topic'"
        with pytest.raises(Refused, match=text):
            await bus.publish('amq.topic', [b'x'])
        await bus.publish('socketio', [b'x'])
        await bus.close()

    run(scenario())


@pytest.mark.parametrize('place', ['a%20b', 'a b'])
def test_user_and_password_and_virtual_host_are_those_of_the_url(server, place):
    password = quote(rabbitmq.PASSWORD, safe='')

    async def scenario():
        bus = buses.open(f'amqp://app:{password}@127.0.0.1:{server.port}/{place}')
        async with queues.listening(bus, 'socketio') as ear:
            await bus.publish('socketio', [b'x'])
            assert await ear.until(1) == [b'x']
        await bus.close()

    run(scenario())


def test_tls_verifies_the_certificate(server, loop):
    async def scenario():
        url = f'amqps://127.0.0.1:{server.tls_port}'
        bus = buses.open(f'{url}?cafile={server.folder}/ca.pem')
        async with queues.listening(bus, 'socketio') as ear:
            await bus.publish('socketio', [b'x' * 2_000_000, b'y'])
            assert await ear.until(2) == [b'x' * 2_000_000, b'y']
        await bus.close()
        with pytest.raises(Refused, match='its certificate is refused: '):
            await buses.open(url).publish('socketio', [b'x'])
        with pytest.raises(Refused, match='its certificate is refused: '):
            await buses.open(url).listen(['socketio'], print, print)

    run(scenario())
