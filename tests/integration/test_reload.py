"""Reload: by SIGHUP, by the command, by the API; all of a configuration or nothing of it."""

import asyncio
import signal
import socket
import ssl
import subprocess
import sys

import pytest
import yaml

from gateway.commands import running as running_one
from gateway.errors import StartError
from tests.support import raw
from tests.support.api import Api
from tests.support.certificates import with_chain
from tests.support.gateway import ROOT, running

KEY = 'reload-key'
BASE = {
    'server': {'listen': '127.0.0.1:0', 'shutdown_timeout': '1s'},
    'admin': {'listen': '127.0.0.1:0', 'api_keys': [KEY]},
    'namespaces': {
        '/': {'events': {'ask': {'ack': 'old'}}},
        '/old': {
            'disconnect': {
                'emit': {'namespace': '/', 'event': 'left', 'to': 'all', 'data': '${reason}'}
            }
        },
    },
}
CHAT = """
from gateway import Namespace, socketio

@socketio.on('python')
def python():
    return 'one'

class Counter(Namespace):
    count = 0
    def on_count(self):
        self.count += 1
        return self.count
"""


class World:
    """A gateway and its file."""

    def __init__(self, folder):
        self.folder, self.file = folder, folder / 'gateway.yaml'

    def write(self, **sections):
        self.file.write_text(yaml.safe_dump({**BASE, **sections}))

    def reload(self, dry=False):
        with Api(self.gateway, KEY) as api:
            return api.post('/reload', {'dry_run': True} if dry else {})

    def command(self, *words, admin=''):
        admin = admin or self.gateway.admin.partition('://')[2]
        words = [*words, '--config', self.file, '--admin', admin]
        done = subprocess.run(
            [sys.executable, ROOT / 'run_gateway.py', *words],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        return done.returncode, done.stdout.replace(str(self.folder), ''), done.stderr


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    (tmp_path / 'chat.py').write_text(CHAT)
    return world


@pytest.fixture
def started(world):
    world.write()
    with running(world.file) as world.gateway:
        yield world


async def asked(peer, event='ask'):
    peer.send(f'421["{event}"]')
    return await peer.text()


def namespaces(**events):
    return {'/': {'events': events}, '/old': BASE['namespaces']['/old']}


def calling(function):
    return {'/': {'events': {'x': {'call': function}}}}


def test_routes_change_without_touching_a_connection(started):
    async def scenario():
        async with raw.websocket(started.gateway.port) as peer:
            assert await asked(peer) == '431["old"]'
            started.write(namespaces=namespaces(ask={'ack': 'new'}, more={'ack': 'more'}))
            status, answer = await asyncio.to_thread(started.reload)
            assert (status, answer['reloaded'], answer['disconnected']) == (200, True, 0)
            assert [change['path'] for change in answer['changes']] == ['namespaces./']
            assert await asked(peer) == '431["new"]'
            assert await asked(peer, 'more') == '431["more"]'

    asyncio.run(scenario())


def test_sighup_does_the_same(started):
    async def scenario():
        async with raw.websocket(started.gateway.port) as peer:
            started.write(namespaces=namespaces(ask={'ack': 'new'}))
            started.gateway.process.send_signal(signal.SIGHUP)
            await asyncio.to_thread(started.gateway.says, 'INFO gateway.reload: reloaded')
            assert await asked(peer) == '431["new"]'
            started.file.write_text('server: {listen: 1}')
            started.gateway.process.send_signal(signal.SIGHUP)
            await asyncio.to_thread(started.gateway.says, 'reload refused: ')
            assert await asked(peer) == '431["new"]'

    asyncio.run(scenario())


def test_a_namespace_that_has_gone_disconnects_its_clients_with_a_reason(started):
    async def scenario():
        port = started.gateway.port
        async with raw.websocket(port) as stays, raw.websocket(port, join='/old') as leaves:
            await leaves.join('/')
            started.write(namespaces={'/': BASE['namespaces']['/']})
            status, answer = await asyncio.to_thread(started.reload)
            assert (status, answer['disconnected']) == (200, 1)
            assert await leaves.text() == '41/old,'
            for peer in (stays, leaves):  # by the disconnect route of what has gone
                assert await peer.text() == '42["left","namespace gone"]'
            assert await asked(leaves) == '431["old"]'
            leaves.send('40/old,')
            assert await leaves.text() == '44/old,{"message":"Invalid namespace"}'

    asyncio.run(scenario())


def test_the_command_tells_who_has_to_go(started):
    async def scenario():
        async with raw.websocket(started.gateway.port, join='/old'):
            started.write(namespaces={'/': BASE['namespaces']['/']})
            removed = 'namespaces./old: removed (its clients are disconnected)\n'
            _, said, _ = await asyncio.to_thread(started.command, 'check', '--diff')
            assert removed in said
            _, said, _ = await asyncio.to_thread(started.command, 'reload')
            assert said.startswith(f'{removed}clients disconnected with their namespace: 1\n')

    asyncio.run(scenario())


def test_a_wrong_file_leaves_all_as_it_was_and_tells_every_mistake(started):
    started.write(server={'listen': 1}, socketio={'path': 'x'})
    status, answer = started.reload()
    assert (status, answer['error']['code'], answer['reloaded']) == (
        409,
        'wrong_configuration',
        False,
    )
    assert [problem['where'] for problem in answer['problems']] == [
        'server.listen', 'socketio.path',
    ]  # fmt: skip
    code, said, complained = started.command('reload')
    assert (code, said) == (3, '')
    assert 'listen: 1\n' in complained  # the line is quoted
    assert complained.endswith('the configuration is wrong: all stays as it was\n')
    assert started.command('check', '--diff')[0] == 3


def test_what_needs_a_restart_is_named_with_both_values_and_all_is_refused(started):
    async def scenario():
        async with raw.websocket(started.gateway.port) as peer:
            started.write(
                server={**BASE['server'], 'event_loop': 'asyncio', 'threads': 3},
                socketio={'ping_interval': '10s'},
                namespaces=namespaces(ask={'ack': 'new'}),
            )
            code, said, complained = await asyncio.to_thread(started.command, 'reload')
            assert (code, said.splitlines()) == (
                4,
                [
                    'server.event_loop: not set -> asyncio (needs a restart)',
                    'server.threads: not set -> 3',
                    'socketio.ping_interval: not set -> 10s (needs a restart)',
                    'namespaces./: changed',
                ],
            )
            assert 'only a restart can take this over: all stays as it was' in complained
            assert await asked(peer) == '431["old"]'

    asyncio.run(scenario())


def test_the_command_reloads_and_the_diff_only_tells(started):
    started.write(
        namespaces=namespaces(ask={'ack': 'new'}), server={**BASE['server'], 'threads': 9}
    )
    told = ['server.threads: not set -> 9', 'namespaces./: changed']
    code, said, _ = started.command('check', '--diff')
    assert (code, said.splitlines()[1:3]) == (0, told)
    assert said.splitlines()[3] == '/gateway.yaml: a reload would take this over'
    code, said, _ = started.command('reload')
    assert (code, said.splitlines()) == (0, [*told, '/gateway.yaml: reloaded'])
    code, said, _ = started.command('reload')
    assert (code, said) == (0, '/gateway.yaml: nothing has changed in the file\n')


def test_nobody_to_ask(started):
    elsewhere = started.command('reload', admin='127.0.0.1:1')
    started.gateway.stop()
    for code, said, complained in (elsewhere, started.command('reload')):
        assert (code, said) == (1, '')
        assert complained.endswith(': Connection refused: does the gateway run?\n')


def test_the_wrong_door_is_named_and_so_is_a_missing_key(started):
    public = f'127.0.0.1:{started.gateway.port}'
    code, _, complained = started.command('reload', admin=public)
    assert code == 1
    assert f'{public} answers 404, and not as the admin listener does: is it' in complained
    place = started.gateway.admin.partition('://')[2]
    for keys in ({}, {'api_keys': ['${credential.api_key}']}):
        started.write(admin={'listen': '127.0.0.1:0', **keys})
        code, _, complained = started.command('reload', admin=place)
        assert code == 1
        assert f'{place} wants a key, and none can be read here' in complained


def test_a_gateway_that_hangs_is_not_waited_for_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(running_one, 'TIMEOUT', 0.2)
    path = tmp_path / 's'
    with socket.socket(socket.AF_UNIX) as hangs:
        hangs.bind(str(path))
        hangs.listen()
        config = tmp_path / 'g.yaml'
        config.write_text(f'admin: {{listen: "unix:{path}"}}\nnamespaces: {{/: }}')
        with pytest.raises(StartError, match='has not answered for 0 s: its loop may hang'):
            running_one.ask(config, None, '/api/v1/reload', {})


def test_keys_are_changed_on_connections_that_are_open(started):
    with Api(started.gateway, KEY) as api, Api(started.gateway, 'other') as other:
        assert other.get('/namespaces')[0] == 401
        started.write(admin={**BASE['admin'], 'api_keys': ['other']})
        _status, answer = api.post('/reload', {})
        assert answer['changes'] == [
            {'path': 'admin.api_keys', 'old': '', 'new': 'changed', 'restart': False}
        ]
        assert api.get('/namespaces')[0] == 401
    with Api(started.gateway, 'other') as other:
        assert other.get('/namespaces')[0] == 200
    code, _, complained = started.command('reload')
    assert code == 0, complained
    started.write(admin={**BASE['admin'], 'api_keys': ['third']})
    code, _, complained = started.command('reload')
    assert code == 1
    assert 'does not know the keys of this file: keep the old key beside the new one' in complained


def test_limits_and_origins_hold_for_newcomers(started):
    async def scenario():
        port = started.gateway.port
        async with raw.websocket(port) as peer:
            started.write(socketio={'max_payload': '1KB', 'allowed_origins': ['https://a.example']})
            assert (await asyncio.to_thread(started.reload))[0] == 200
            peer.send('421["ask","' + 'x' * 2000 + '"]')  # it was told another limit
            assert await peer.text() == '431["old"]'
            allowed = await raw.ask(port, raw.POLLING, headers='Origin: https://a.example\r\n')
            assert allowed.status == 200
            refused = await raw.ask(port, raw.POLLING, headers='Origin: https://b.example\r\n')
            assert refused.status == 403
        async with raw.websocket(port) as newcomer:
            assert newcomer.open['maxPayload'] == 1000
            newcomer.send('421["ask","' + 'x' * 2000 + '"]')
            assert (await newcomer.closed())[:2] == b'\x03\xf1'  # 1009

    asyncio.run(scenario())


def test_a_renewed_certificate_is_for_newcomers_and_nobody_is_cut(world):
    def serial(port):
        return ssl.get_server_certificate(('127.0.0.1', port))

    async def scenario():
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        port = int(world.gateway.url.rpartition(':')[2])
        before = await asyncio.to_thread(serial, port)
        async with raw.websocket(port, tls=context) as peer:
            with_chain(world.folder)
            _status, answer = await asyncio.to_thread(world.reload)
            assert [change['path'] for change in answer['changes']] == ['server.tls']
            assert await asked(peer) == '431["old"]'
            assert await asyncio.to_thread(serial, port) != before

    with_chain(world.folder)
    tls = {'certificate': './cert.pem', 'key': './key.pem'}
    world.write(server={**BASE['server'], 'tls': tls})
    with running(world.file) as world.gateway:
        asyncio.run(scenario())


def test_python_that_has_changed_needs_a_restart_and_instances_live_on(world):
    async def scenario():
        async with raw.websocket(world.gateway.port, join='/count') as peer:
            peer.send('42/count,1["count"]')
            assert await peer.text() == '43/count,1[1]'
            world.write(handlers=['./chat.py'], namespaces={**spaces, '/more': {}})
            assert (await asyncio.to_thread(world.reload))[0] == 200
            peer.send('42/count,1["count"]')
            assert await peer.text() == '43/count,1[2]'
            (world.folder / 'chat.py').write_text(CHAT.replace('one', 'two'))
            status, answer = await asyncio.to_thread(world.reload)
            assert (status, answer['error']['code']) == (409, 'needs_restart')
            [change] = answer['changes']
            assert change['path'].endswith('chat.py')
            assert change['new'] == 'another text than at the start'
            (world.folder / 'chat.py').write_text(CHAT)
            (world.folder / 'late.py').write_text('def late():\n    raise SystemExit(9)\n')
            world.write(handlers=['./chat.py'], namespaces=calling('late:late'))
            status, answer = await asyncio.to_thread(world.reload)
            assert answer['changes'][-1] == {
                'path': 'module late', 'old': 'not imported', 'new': 'named', 'restart': True,
            }  # fmt: skip

    spaces = {'/': {}, '/count': {'class': 'chat:Counter'}}
    world.write(handlers=['./chat.py'], namespaces=spaces)
    with running(world.file) as world.gateway:
        asyncio.run(scenario())


def test_a_function_of_a_module_that_is_there_may_be_called(world):
    async def scenario():
        async with raw.websocket(world.gateway.port) as peer:
            assert await asked(peer, 'python') == '431["one"]'
            world.write(handlers=['./chat.py'], namespaces=calling('chat:python'))
            assert (await asyncio.to_thread(world.reload))[0] == 200
            assert await asked(peer, 'x') == '431["one"]'
            assert await asked(peer, 'python') == '431["one"]'

    world.write(handlers=['./chat.py'], namespaces={'/': {}})
    with running(world.file) as world.gateway:
        asyncio.run(scenario())


@pytest.mark.parametrize(
    ('body', 'status', 'at'),
    [({'dry': True}, 422, '/dry'), ({'dry_run': 1}, 422, '/dry_run'), ([], 422, '')],
)
def test_a_body_that_is_wrong(started, body, status, at):
    with Api(started.gateway, KEY) as api:
        found, answer = api.post('/reload', body)
        assert (found, [one['at'] for one in answer['error']['problems']]) == (status, [at])
