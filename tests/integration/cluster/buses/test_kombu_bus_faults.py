"""The bus of Kombu when its server dies, freezes or refuses: Lost within 3 s, then well again."""

import asyncio
import threading
import time

import pytest

from gateway.cluster.buses import bus as buses
from gateway.cluster.buses.bus import Refused
from tests.support import certificates, queues
from tests.support.buses import lost, refused, unanswered, works
from tests.support.hub import run, until

pytestmark = pytest.mark.timeout(120)  # a broker takes 10 s to start


@pytest.fixture(params=['redis', 'amqp'])
def server(request, tmp_path):
    if request.param == 'amqp':
        yield request.getfixturevalue('rabbit')
    else:
        with queues.redis_server(tmp_path) as server:
            yield server


def threads():
    """Those of Kombu that live."""
    return [thread for thread in threading.enumerate() if thread.name == 'kombu']


def test_a_server_that_was_killed_is_lost_at_once_and_found_again(server):
    async def scenario():
        bus = buses.open(f'kombu+{server.url}')
        async with queues.listening(bus, 'socketio') as ear:
            await bus.publish('socketio', [b'x'])
            await ear.until(1)
            server.kill()
            with lost('of Kombu at 127.0.0.1:'):
                await ear.task
            with lost('of Kombu at 127.0.0.1:'):
                await bus.publish('socketio', [b'x'])
        await refused(bus)
        await until(lambda: not threads())
        server.start()
        assert await works(bus, exactly=False)
        await bus.close()
        await until(lambda: not threads())

    run(scenario())


def test_a_frozen_server_is_lost_in_time_and_found_when_it_thaws(server):
    async def scenario():
        bus, fresh, closed = (buses.open(f'kombu+{server.url}') for _ in range(3))
        for one in bus, closed:
            await one.publish('socketio', [b'x'])
        async with queues.listening(bus, 'socketio') as ear:
            server.freeze()
            await asyncio.gather(
                closed.close(),
                unanswered(bus.publish('socketio', [b'x'])),
                unanswered(fresh.publish('socketio', [b'x' * 20_000_000])),
                unanswered(fresh.listen(['socketio'], print, print)),
            )
            begun = time.monotonic()
            ear.task.cancel()
            await asyncio.wait([ear.task])
            assert time.monotonic() - begun < 1.5
        await until(lambda: not threads())  # each has its own end of patience
        server.thaw()
        assert await works(bus, exactly=False)
        assert await works(fresh)
        for one in bus, fresh:
            await one.close()

    run(scenario())


@pytest.mark.parametrize(
    ('login', 'place', 'text'),
    [
        ('app:se%20cret', '/', 'ACCESS_REFUSED - Login was refused'),
        ('stranger:stranger', '/', 'AccessRefused'),  # the text names the user: the password too
        ('guest:guest', 'none', 'NOT_ALLOWED - vhost none not found'),
    ],
)
def test_who_may_not_is_told_so_without_the_password(rabbit, login, place, text):
    async def scenario():
        bus = buses.open(f'kombu+amqp://{login}@127.0.0.1:{rabbit.port}/{place}')
        for trying in (
            bus.publish('socketio', [b'private']),
            bus.listen(['socketio'], print, print),
        ):
            with pytest.raises(Refused, match=text) as caught:
                await trying
            assert str(caught.value).startswith(f'amqp of Kombu at 127.0.0.1:{rabbit.port} says: ')
            for secret in ('://', 'se%20cret', 'se cret', 'stranger', 'private'):
                assert secret not in str(caught.value)

    run(scenario())


@pytest.mark.parametrize('login', ['', ':wrong@'])
def test_a_redis_that_wants_a_password_refuses(tmp_path, login):
    async def scenario(port):
        bus = buses.open(f'kombu+redis://{login}127.0.0.1:{port}')
        for trying in (
            bus.publish('socketio', [b'x']),
            bus.listen(['socketio'], print, print),
        ):
            with pytest.raises(Refused, match='says: ') as caught:
                await trying
            assert 'wrong' not in str(caught.value)

    with queues.redis_server(tmp_path, '--requirepass', 'right') as server:
        run(scenario(server.port))


async def verifies(url, folder):
    bus = buses.open(f'{url}?ssl_ca_certs={folder}/ca.pem')
    assert await works(bus, exactly=False)
    await bus.close()
    for trying in (
        buses.open(url).publish('socketio', [b'x']),
        buses.open(url).listen(['socketio'], print, print),
    ):
        with pytest.raises(Refused, match='its certificate is refused: '):
            await trying


def test_tls_verifies_the_certificate(rabbit, tmp_path):
    certificates.with_chain(tmp_path)
    options = (
        *('--tls-cert-file', tmp_path / 'cert.pem', '--tls-key-file', tmp_path / 'key.pem'),
        *('--tls-ca-cert-file', tmp_path / 'ca.pem', '--tls-auth-clients', 'no'),
    )
    with queues.redis_server(tmp_path, *options) as server:
        run(verifies(f'kombu+rediss://127.0.0.1:{server.port}', tmp_path))
    run(verifies(f'kombu+amqps://127.0.0.1:{rabbit.tls_port}', rabbit.folder))
