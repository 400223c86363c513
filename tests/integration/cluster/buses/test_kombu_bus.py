"""The bus of Kombu over files, memory, Redis and RabbitMQ, beside KombuManager in other processes,
and two gateways over files.

Over files Kombu may read a message before it is written, and then it is lost: who waits for one
there says it again and again.
"""

import asyncio
import contextlib
import json
import pickle
import subprocess
import sys
from typing import NamedTuple

import kombu
import pytest
import redis

from gateway.cluster.buses import bus as buses
from gateway.cluster.buses import kombu_inbox
from tests.support import queues
from tests.support.cluster import clients, enter, gateways
from tests.support.hub import run, until

pytestmark = pytest.mark.timeout(120)  # a broker takes 10 s to start

EMITS = """
import json, socketio, sys, time
url, options, channel = sys.argv[1:]
manager = socketio.KombuManager(
    url, channel=channel, write_only=True, connection_options=json.loads(options)
)
for number in range(200):
    manager.emit('note', {'é': number}, room='r')
    time.sleep(0.1)
"""
HEARS = """
import json, socketio, sys
url, options, channel = sys.argv[1:]
manager = socketio.KombuManager(url, channel=channel, connection_options=json.loads(options))
for message in manager._listen():
    if isinstance(message, str) and json.loads(message)['method'] == 'emit':
        print(message, flush=True)
        break
"""


class Place(NamedTuple):
    """A queue: for us, and for Kombu."""

    url: str
    kombu: str
    options: str = '{}'


def files(folder):
    queue, control = folder / 'queue', folder / 'control'
    queue.mkdir()
    options = {
        'data_folder_in': str(queue),
        'data_folder_out': str(queue),
        'control_folder': str(control),
    }
    query = '&'.join(f'{key}={value}' for key, value in options.items())
    return Place(
        f'kombu+filesystem://?{query}',
        'filesystem://',
        json.dumps({'transport_options': {**options, 'polling_interval': 0.02}}),
    )


@pytest.fixture(scope='module')
def redis_server(tmp_path_factory):
    with queues.redis_server(tmp_path_factory.mktemp('redis')) as server:
        yield server


@pytest.fixture
def place(request, tmp_path):
    """That of the test's parameter."""
    if request.param == 'filesystem':
        return files(tmp_path)
    if request.param == 'memory':
        return Place('kombu+memory://', 'memory://')
    if request.param == 'redis':
        url = request.getfixturevalue('redis_server').url
    else:
        url = f'amqp://127.0.0.1:{request.getfixturevalue("rabbit").port}//'
    return Place(f'kombu+{url}', url)


def over(*names):
    return pytest.mark.parametrize('place', names, indirect=True)


@contextlib.contextmanager
def program(source, place, channel='socketio'):
    """Another process."""
    command = [sys.executable, '-c', source, place.kombu, place.options, channel]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


async def repeated(process, say):
    """What a program prints at last, when `say` was called often enough."""
    printing = asyncio.create_task(asyncio.to_thread(process.stdout.readline))
    async with asyncio.timeout(queues.PATIENCE):
        while not printing.done():
            await say()
            await asyncio.wait([printing], timeout=0.1)
    return json.loads(await printing)


@over('memory', 'redis', 'amqp')
def test_what_is_published_is_heard_on_every_channel_in_order(place, loop):
    bodies = ['{"é":1}'.encode(), b'', b'\x80\x04\x95', b'null', bytes(range(256)) * 3_000]

    async def scenario():
        bus, other = buses.open(place.url), buses.open(place.url)
        async with queues.listening(bus, 'socketio', 'flask-socketio') as ear:
            for channel in ('socketio', 'flask-socketio', 'unheard'):
                await other.publish(channel, bodies)
            assert sorted(await ear.until(10)) == sorted(bodies * 2)  # no order of two channels
            for first in range(0, 2_000, 500):
                await other.publish('socketio', [b'%d' % (first + n) for n in range(500)])
            assert (await ear.until(2_010))[10:] == [b'%d' % n for n in range(2_000)]
        await bus.close()
        await other.close()

    run(scenario())


@over('filesystem')
def test_what_is_heard_over_files_is_in_order(place):
    async def scenario():
        bus = buses.open(place.url)
        async with queues.listening(bus, 'socketio') as ear:
            await bus.publish('socketio', [b'%03d' % n for n in range(200)])
            await until(lambda: len(ear.bodies) > 190)
            assert ear.bodies == sorted(ear.bodies)
        await bus.close()

    run(scenario())


@over('filesystem', 'redis', 'amqp')
@pytest.mark.parametrize('channel', ['socketio', 'flask-socketio'])
def test_a_program_with_kombu_manager_is_heard(place, channel):
    async def scenario():
        bus = buses.open(place.url)
        async with queues.listening(bus, 'socketio', 'flask-socketio') as ear:
            with program(EMITS, place, channel):
                message = json.loads((await ear.until(1))[0])
        assert (message['method'], message['event'], message['room']) == ('emit', 'note', 'r')
        assert message['data'][0].keys() == {'é'}

    run(scenario())


@over('filesystem', 'redis', 'amqp')
def test_a_program_with_kombu_manager_hears_us(place):
    async def scenario():
        bus = buses.open(place.url)
        with program(HEARS, place) as process:
            sent = '{"method":"emit","data":"é"}'.encode()
            heard = await repeated(process, lambda: bus.publish('socketio', [sent]))
        assert heard == {'method': 'emit', 'data': 'é'}
        await bus.close()

    run(scenario())


class Trap:
    def __reduce__(self):
        return (pytest.fail, ('it was loaded',))


@over('memory', 'redis', 'amqp')
def test_a_pickle_is_given_on_unread_as_anything_else(place):
    async def scenario():
        async with queues.listening(buses.open(place.url), 'socketio') as ear:
            with kombu.Connection(place.kombu) as connection:
                exchange = kombu.Exchange('socketio', type='fanout', durable=False)
                producer = connection.Producer(exchange=exchange)
                producer.publish(Trap(), serializer='pickle')
                producer.publish({'a': 1}, serializer='json', compression='zlib')
                producer.publish(b'{"a":', content_type='application/json', content_encoding='x')
            pickled, *others = await ear.until(3)
        assert pickle.dumps(Trap(), protocol=pickled[1]) == pickled
        assert others == [b'{"a": 1}', b'{"a":']

    run(scenario())


def test_what_kombu_cannot_read_hurts_nobody(redis_server, caplog):
    async def scenario():
        bus = buses.open(f'kombu+{redis_server.url}')
        async with queues.listening(bus, 'socketio') as ear:
            with redis.Redis(port=redis_server.port) as client:
                for bad in ('private', '{}', '[]', 'null', '{"properties":{}}', '\udc80'):
                    client.publish('/0.socketio', bad.encode(errors='surrogateescape'))
            await bus.publish('socketio', [b'good'])
            assert await ear.until(1) == [b'good']
        await bus.close()

    run(scenario())
    assert [record.name for record in caplog.records if record.levelname != 'DEBUG'] == [
        'gateway.cluster'
    ]
    assert 'private' not in caplog.text


@over('memory', 'amqp')
def test_a_message_that_is_too_large_is_passed_over(place, monkeypatch, caplog):
    monkeypatch.setattr(kombu_inbox, 'MAX_MESSAGE', 300_000)

    async def scenario():
        bus = buses.open(place.url)
        async with queues.listening(bus, 'socketio') as ear:
            bodies = [b'a' * 300_000, b'b' * 300_001, b'c']
            await bus.publish('socketio', bodies)
            assert await ear.until(2) == [bodies[0], bodies[2]]
        assert bus.oversized.count == 1
        await bus.close()

    run(scenario())
    assert caplog.text.count('is passed over') == 1


def test_who_is_cancelled_while_listening_leaves_nothing_behind(rabbit, redis_server, tmp_path):
    place = files(tmp_path)

    async def scenario(url):
        async with queues.listening(buses.open(url), 'alone') as ear:
            pass
        assert ear.task.cancelled()

    run(scenario(place.url))
    assert json.loads((tmp_path / 'control' / 'alone.exchange').read_text()) == []
    run(scenario(f'kombu+{redis_server.url}'))
    with redis.Redis(port=redis_server.port) as client:
        assert client.keys('*alone*') == []
        assert len(client.client_list()) == 1
    run(scenario(f'kombu+amqp://127.0.0.1:{rabbit.port}//'))
    assert 'alone' not in rabbit.control('list_bindings')


def test_two_gateways_over_files_are_one_and_other_programs_take_part(tmp_path, loop):
    place = files(tmp_path)

    async def scenario(pair, one, other):
        one.send('42["all","x"]')
        for peer in (one, other):
            assert await peer.text() == '42["note","x"]'
        await enter(other, 'r')
        one.send('42["say","r",7]')
        assert await other.text() == '42["note",7]'
        answer = asyncio.ensure_future(pair[0].hub.call('ask', 'x', to=other.sid, timeout=15))
        assert await other.text() == '421["ask","x"]'
        other.send('431["yes"]')
        assert await answer == 'yes'
        with program(EMITS, place):
            event, data = json.loads((await other.text())[2:])
        assert (event, set(data)) == ('note', {'é'})
        with program(HEARS, place) as process:
            heard = await repeated(process, lambda: pair[1].hub.emit('afar', [1]))
        assert (heard['event'], heard['data']) == ('afar', [[1]])
        assert [gateway.cluster.counts.refused for gateway in pair] == [{}, {}]

    async def main():
        async with gateways(tmp_path, f'"{place.url}"') as pair, clients(pair) as (one, other):
            await scenario(pair, one, other)

    run(main())
