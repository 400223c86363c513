"""The bus of Redis with a real server: what is published is heard, here and by python-socketio."""

import asyncio
import json
import threading
from urllib.parse import quote

import pytest
import redis
import socketio

from gateway.cluster.buses import bus as buses
from gateway.cluster.buses import redis as redis_bus
from gateway.cluster.buses.bus import Lost, Refused
from tests.support import certificates, queues
from tests.support.hub import run, until

PASSWORD = 'se cret/#?'


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    with queues.redis_server(tmp_path_factory.mktemp('redis')) as server:
        yield server


def test_what_is_published_is_heard_on_every_channel_in_order(server, loop):
    bodies = [b'', b'{"a":1}', b'\r\n$3\r\n', b'\x80\x04\x95', bytes(range(256)) * 3_000]

    async def scenario():
        bus = buses.open(server.url)
        async with queues.listening(bus, 'socketio', 'flask-socketio', 'a b') as ear:
            for channel in ('socketio', 'flask-socketio', 'unheard', 'a b'):
                await bus.publish(channel, bodies)
            assert await ear.until(15) == bodies * 3
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


def emit_sync(url, channel):
    manager = socketio.RedisManager(url, channel=channel, write_only=True)
    manager.emit('news', {'n': 1}, room='r')
    manager.redis.close()


def emit_async(url, channel):
    async def emit():
        manager = socketio.AsyncRedisManager(url, channel=channel, write_only=True)
        await manager.emit('news', {'n': 1}, room='r')
        await manager.redis.aclose()

    asyncio.run(emit())


@pytest.mark.parametrize('emit', [emit_sync, emit_async])
@pytest.mark.parametrize('channel', ['socketio', 'flask-socketio'])
def test_the_emitters_of_python_socketio_are_heard(server, emit, channel):
    async def scenario():
        async with queues.listening(buses.open(server.url), 'socketio', 'flask-socketio') as ear:
            await asyncio.to_thread(emit, server.url, channel)
            [body] = await ear.until(1)
        message = json.loads(body)
        assert (message['method'], message['event'], message['room']) == ('emit', 'news', 'r')

    run(scenario())


def hear_sync(url):
    manager = socketio.RedisManager(url)
    listener = manager._listen()
    yield next(listener)
    manager.pubsub.close()
    manager.redis.close()


def hear_async(url):
    async def first():
        manager = socketio.AsyncRedisManager(url)
        listener = manager._listen()
        data = await anext(listener)
        await listener.aclose()
        await manager.pubsub.aclose()
        await manager.redis.aclose()
        return data

    yield asyncio.run(first())


@pytest.mark.parametrize('hear', [hear_sync, hear_async])
def test_the_listeners_of_python_socketio_hear_us(server, hear):
    found = []
    thread = threading.Thread(target=lambda: found.extend(hear(server.url)))

    async def scenario():
        bus = buses.open(server.url)
        thread.start()
        async with asyncio.timeout(queues.PATIENCE):
            while thread.is_alive():  # nobody says when it has subscribed
                await bus.publish('socketio', [b'{"method":"emit"}'])
                await asyncio.to_thread(thread.join, 0.05)
        await bus.close()

    run(scenario())
    assert found == [b'{"method":"emit"}']


def test_a_message_that_is_too_large_is_passed_over(server, loop, monkeypatch, caplog):
    monkeypatch.setattr(redis_bus, 'MAX_MESSAGE', 300_000)

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


def test_who_is_cancelled_while_listening_leaves_no_connection(server, loop):
    async def scenario():
        async with queues.listening(buses.open(server.url), 'alone'):
            assert subscribers(server) == 1
        await until(lambda: not subscribers(server))

    run(scenario())


def subscribers(server):
    with redis.Redis(port=server.port) as client:
        return client.pubsub_numsub('alone')[0][1]


@pytest.fixture(scope='module')
def guarded(tmp_path_factory):
    """A server with a password, and a user who may do nothing but connect."""
    folder = tmp_path_factory.mktemp('guarded')
    (folder / 'users.acl').write_text(
        f'user default reset\nuser app on >{PASSWORD.replace(" ", "_")} ~* &* +@all\n'
        f'user guest on >guest +auth\n'
    )
    with queues.redis_server(folder, '--aclfile', folder / 'users.acl') as server:
        yield server


@pytest.mark.parametrize(
    ('user', 'password', 'text'),
    [
        ('app', 'se_cret', 'invalid username-password pair'),
        ('', '', 'answers: NOAUTH Authentication required'),
        ('guest', 'guest', 'NOPERM'),
    ],
)
def test_who_may_not_is_told_so_without_the_password(guarded, user, password, text):
    bus = buses.open(f'redis://{user}:{password}@127.0.0.1:{guarded.port}')

    async def scenario():
        with pytest.raises(Refused, match=text) as publishing:
            await bus.publish('socketio', [b'private'])
        with pytest.raises(Refused, match=text) as listening:
            await bus.listen(['socketio'], print, print)
        for caught in publishing, listening:
            assert '://' not in str(caught.value)
            assert 'se_cret' not in str(caught.value)
            assert 'private' not in str(caught.value)

    run(scenario())


def test_user_and_password_are_those_of_the_url(guarded):
    password = quote(PASSWORD.replace(' ', '_'), safe='')

    async def scenario():
        bus = buses.open(f'valkey://app:{password}@127.0.0.1:{guarded.port}/3')
        async with queues.listening(bus, 'socketio') as ear:
            await bus.publish('socketio', [b'x'])
            assert await ear.until(1) == [b'x']
        await bus.close()

    run(scenario())


def test_a_unix_socket_serves(tmp_path, loop):
    async def scenario():
        bus = buses.open(f'unix://{tmp_path}/s')
        async with queues.listening(bus, 'socketio') as ear:
            await bus.publish('socketio', [b'x'])
            assert await ear.until(1) == [b'x']
        await bus.close()
        with pytest.raises(Lost, match='No such file'):
            await buses.open(f'unix://{tmp_path}/none').publish('socketio', [b'x'])

    with queues.redis_server(tmp_path, '--unixsocket', tmp_path / 's'):
        run(scenario())


@pytest.mark.parametrize('scheme', ['rediss', 'valkeys'])
def test_tls_verifies_the_certificate(tmp_path, loop, scheme):
    certificates.with_chain(tmp_path)
    options = (
        *('--tls-cert-file', tmp_path / 'cert.pem', '--tls-key-file', tmp_path / 'key.pem'),
        *('--tls-ca-cert-file', tmp_path / 'ca.pem', '--tls-auth-clients', 'no'),
    )

    async def scenario(port):
        url = f'{scheme}://127.0.0.1:{port}'
        bus = buses.open(f'{url}?ssl_ca_certs={tmp_path}/ca.pem')
        async with queues.listening(bus, 'socketio') as ear:
            await bus.publish('socketio', [b'x' * 200_000, b'y'])
            assert await ear.until(2) == [b'x' * 200_000, b'y']
        await bus.close()
        with pytest.raises(Refused, match='its certificate is refused: '):
            await buses.open(url).publish('socketio', [b'x'])
        with pytest.raises(Refused, match='its certificate is refused: '):
            await buses.open(url).listen(['socketio'], print, print)

    with queues.redis_server(tmp_path, *options) as server:
        run(scenario(server.port))
