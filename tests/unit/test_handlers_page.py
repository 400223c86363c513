"""docs/handlers.md: its snippets do what the page says of them."""

import asyncio
import os
import re
import subprocess
import sys
import types

import pytest
from socketio import AsyncSimpleClient
from tornado.httpclient import AsyncHTTPClient
from tornado.netutil import bind_sockets

from gateway import socketio
from gateway.testing import TestGateway
from tests.support.pages import ROOT, snippets

PAGE = ROOT / 'docs' / 'handlers.md'
TEXT = PAGE.read_text()
CHAT = """
from gateway import Namespace
class Chat(Namespace):
    def on_say(self, text): return text
"""
FAILED = {'error': {'code': 'handler_failed', 'message': 'the handler failed'}}


def under(heading):
    """The blocks of a section: `(language, body)`."""
    lines = TEXT.splitlines()
    start = lines.index(f'## {heading}') + 1
    ends = [at for at, line in enumerate(lines) if at > start and line.startswith('## ')]
    section = range(start, min([*ends, len(lines)]))
    found = [(block.language, block.body) for block in snippets(PAGE) if block.line in section]
    assert found, heading
    return found


def table(heading):
    """The first cells of a section's rows."""
    section = TEXT.partition(f'## {heading}')[2].partition('\n## ')[0]
    return re.findall(r'^\| `(.+?)` \|', section, re.MULTILINE)


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A gateway with the Python of a section as its only handlers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'path', sys.path[:])
    started = []

    def start(heading, **config):
        name = f'section_{heading.lower().replace(" ", "_")}'
        body = '\n'.join(body for language, body in under(heading) if language == 'python')
        (tmp_path / f'{name}.py').write_text(body)
        gateway = TestGateway({'handlers': [f'./{name}.py'], **config}, timeout=30).__enter__()
        started.append((gateway, name))
        return gateway

    yield start
    for gateway, name in started:
        gateway.__exit__()
        del sys.modules[name]


def heard(client, namespace=None):
    return [(event['name'], event['args']) for event in client.get_received(namespace)]


def test_the_first_one_and_its_tests_work_as_they_stand(tmp_path):
    (_, chat), (_, config), *_ = under('The first one')
    [(_, tests)] = under('Testing')
    for name, body in {'chat.py': chat, 'gateway.yaml': config, 'test_chat.py': tests}.items():
        (tmp_path / name).write_text(body)

    def result():
        command = [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider']
        environment = {**os.environ, 'PYTHONPATH': str(ROOT)}
        options = {'cwd': tmp_path, 'env': environment, 'capture_output': True, 'text': True}
        done = subprocess.run(command, check=False, timeout=50, **options)
        return done.stdout + done.stderr

    assert '3 passed' in result()
    (tmp_path / 'chat.py').write_text(chat.replace('strip', 'upper'))
    assert '1 failed, 2 passed' in result(), 'they can fail'


def test_registering(page):
    client = page('Registering').client('/test')
    client.emit('my event', 1)
    assert heard(client) == [('my response', [1])]
    client.connect('/')
    assert client.emit('ping', 2, namespace='/', callback=True) == 2
    client.emit('hello', 'ann', namespace='/')
    assert heard(client, '/') == [('hello', ['ann'])]
    client.connect('/chat')
    assert client.rooms('/chat') == ['lobby']
    client.emit('say', 'hi', namespace='/chat')
    assert heard(client, '/chat') == [('said', ['hi'])]


def test_what_yaml_names_is_called(page, tmp_path, monkeypatch):
    [config] = [body for language, body in under('Registering') if language == 'yaml']
    for name, body in {'reports': 'def build(): return "built"', 'chat': CHAT}.items():
        (tmp_path / f'{name}.py').write_text(body)
        monkeypatch.delitem(sys.modules, name, raising=False)
    (tmp_path / 'gateway.yaml').write_text(config)
    with TestGateway(tmp_path / 'gateway.yaml', timeout=30) as gateway:
        client = gateway.client()
        assert client.emit('report', callback=True)['error']['code'] == 'forbidden'
        assert gateway.client('/chat').emit('say', 'hi', callback=True) == 'hi'
    for name in ('reports', 'chat'):
        del sys.modules[name]


def test_arguments_and_acknowledgements(page):
    client = page('Arguments and acknowledgements').client()
    assert client.emit('add', 1, callback=True) == 2
    assert client.emit('add', 1, 2, callback=True) == 3
    assert client.emit('add', callback=True)['error']['code'] == 'bad_value'
    assert client.emit('add', 1, 2, 3, callback=True)['error']['code'] == 'bad_value'
    assert client.emit('split', 'abc', 1, 2, callback=True) == ['a', 'bc']


# `a` sends; b, c and d are in /chat too; e in / alone. b is in room red, c in red and blue.
REACHED = {
    "emit('news', 1)": 'a',
    "emit('news', 1, broadcast=True)": 'abcd',
    "emit('news', 1, broadcast=True, include_self=False)": 'bcd',
    "emit('news', 1, to='red')": 'bc',
    "emit('news', 1, to=['red', 'blue'])": 'abc',
    "emit('news', 1, to='blue', include_self=False)": 'c',
    "emit('news', 1, to=other)": 'd',
    "emit('news', 1, broadcast=True, skip_sid=other)": 'abc',
    "emit('news', 1, namespace='/side')": 'A',
    "emit('news', 1, namespace='/side', broadcast=True)": 'AB',
    "socketio.emit('news', 1, namespace='/chat')": 'abcd',
    "socketio.emit('news', 1)": 'e',
}
EMITTING = """
from gateway import emit, join_room, session, socketio

@socketio.on('connect', namespace='/side')
@socketio.on('connect')
def connect():
    pass

@socketio.on('join', namespace='/chat')
def join(rooms):
    for room in rooms:
        join_room(room)

@socketio.on('do', namespace='/chat')
def do(code, other):
    eval(code)
"""


@pytest.fixture(scope='module')
def clients(tmp_path_factory):
    folder = tmp_path_factory.mktemp('emitting')
    (folder / 'emitting_rows.py').write_text(EMITTING)
    (folder / 'gateway.yaml').write_text('handlers: [./emitting_rows.py]')
    path = sys.path[:]
    with TestGateway(folder / 'gateway.yaml', timeout=30) as gateway:
        found = {name: gateway.client('/chat') for name in 'abcd'} | {'e': gateway.client('/')}
        for name, rooms in {'a': ['blue'], 'b': ['red'], 'c': ['red', 'blue']}.items():
            found[name].emit('join', rooms)
        found['a'].connect('/side')
        found['b'].connect('/side')
        yield found
    sys.path[:] = path


@pytest.mark.parametrize('code', table('Whom an emit reaches'))
def test_whom_an_emit_reaches(clients, code):
    clients['a'].emit('do', code, clients['d'].sid)
    reached = [name for name, client in clients.items() if heard(client) == [('news', [1])]]
    reached += [name.upper() for name in 'ab' if heard(clients[name], '/side') == [('news', [1])]]
    assert ''.join(sorted(reached, key=str.swapcase)) == REACHED[code]


def test_no_row_is_missing():
    assert table('Whom an emit reaches') == list(REACHED)


def test_rooms(page):
    gateway = page('Rooms')
    one, two = gateway.client(), gateway.client()
    assert one.emit('enter', 'a', callback=True) == [one.sid, 'chat:a']
    two.emit('enter', 'a')
    two.emit('leave', 'a')
    assert (one.rooms(), two.rooms()) == (['chat:a'], [])
    one.emit('shut', 'a')
    assert one.rooms() == []
    assert heard(one) == [('entered', []), ('entered', []), ('closing', [])]
    assert heard(two) == [('entered', [])]


def test_connecting_and_refusing(page):
    gateway = page('Connecting and refusing')
    assert gateway.client().refusal() == {'message': 'unknown_key', 'data': {'ask': 'ann'}}
    first = gateway.client(auth={'key': 'right'})
    second = gateway.client(auth={'key': 'right'})
    assert heard(second) == [('welcome', ['ann'])]
    second.disconnect()
    left = {'user': 'ann', 'why': 'client disconnect'}
    assert heard(first) == [('welcome', ['ann']), ('came', ['ann']), ('left', [left])]
    assert first.rooms() == ['user:ann']


def test_asking_the_client(page):
    client = page('Asking the client').client()
    client.on('sure?', lambda item: item == 'hat')
    assert client.emit('order', 'hat', callback=True) == 'sold'
    assert client.emit('order', 'cat', callback=True) == 'kept'
    client.emit('order later', 'hat')
    client.on('look', lambda: 'now')
    client.emit('watch')
    names = [name for name, _ in heard(client)]
    assert names == ['sure?', 'sure?', 'sure?', 'ordered', 'look', 'thanks']


def test_errors(page, caplog):
    gateway = page('Errors', namespaces={'/': {}})
    assert gateway.client().emit('divide', 1, 0, callback=True) == {'sorry': 'divide'}
    assert caplog.text.count('ZeroDivisionError: division by zero') == 1


def test_what_an_exception_becomes_where_nobody_handles_it(page):
    client = page('Arguments and acknowledgements').client()
    assert client.emit('add', 'text', 1, callback=True) == FAILED


def test_background_tasks(page):
    client = page('Background tasks').client()
    client.emit('remind me', 0, 'tea')
    client.emit('remind me', 0, 'tea')
    events = [client.receive() for _ in range(3)]
    assert {(event['name'], event['args'][0]) for event in events} == {
        ('reminder', 'tea'),
        ('tick', 1),
    }


def test_a_program_of_ones_own(tmp_path, monkeypatch):
    [(_, body)] = under('In a program of your own')
    [listener] = bind_sockets(0, '127.0.0.1')
    port = listener.getsockname()[1]
    listener.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'path', sys.path[:])
    monkeypatch.setattr(socketio, 'registrations', socketio.registrations[:])
    (tmp_path / 'gateway.yaml').write_text('namespaces: {/: {}}')
    program = types.ModuleType('program_of_ones_own')
    exec(body.replace('8000', str(port)), vars(program))

    async def scenario():
        running = asyncio.create_task(program.main())
        await asyncio.sleep(0)
        async with AsyncSimpleClient() as client:
            await client.connect(f'http://127.0.0.1:{port}', transports=['websocket'])
            order = AsyncHTTPClient().fetch(
                f'http://127.0.0.1:{port}/order', method='POST', body='item=hat'
            )
            assert (await order).body == b'thank you'
            assert await client.receive(10) == ['ordered', 'hat']
            await client.emit('say', 'hello')
            assert await client.receive(10) == ['said', 'hello']
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(scenario())
