"""While one moves over: a Flask-SocketIO server and a gateway on one queue, clients of both."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import pytest
import socketio

from tests.support import gateway, queues

PATIENCE = 20  # seconds
CONFIG = """
server: {listen: "127.0.0.1:0", shutdown_timeout: 1s}
cluster: {url: "URL", publish: flask-socketio}
handlers: [./chat.py]
namespaces: {/: {events: {to_all: {emit: {event: note, to: all}}, fence: {ack: []}}}}
"""
HANDLERS = """
from gateway import call, disconnect, socketio

@socketio.event
def ask(sid):
    return call('question', 'who?', to=sid, timeout=10)

@socketio.event
def kick(sid):
    disconnect(sid)
"""


@pytest.fixture(scope='module')
def urls(tmp_path_factory):
    folder = tmp_path_factory.mktemp('beside')
    with queues.redis_server(folder) as redis:
        (folder / 'gateway.yaml').write_text(CONFIG.replace('URL', redis.url))
        (folder / 'chat.py').write_text(HANDLERS)
        program = [sys.executable, Path(__file__).with_name('flask_server.py'), redis.url]
        flask = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            with gateway.running(folder / 'gateway.yaml') as ours:
                ours.says('the queue is heard')
                yield {'flask': f'http://127.0.0.1:{int(flask.stdout.readline())}', 'we': ours.url}
        finally:
            flask.kill()
            flask.communicate()


def connected(url):
    client = socketio.SimpleClient()
    client.connect(url, transports=['polling'])
    client.client.on('question', lambda question: (question, 'it is me'))
    return client


def until_heard(one, other):
    """Flask-SocketIO begins to listen when it has a first client."""
    mark = ['note', str(time.monotonic())]
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        one.emit('to_all', mark[1])
        with contextlib.suppress(socketio.exceptions.TimeoutError):
            while other.receive(0.5) != mark:
                pass
            break
    for client in (one, other):  # a repeated one may still come
        client.call('fence')
        client.input_buffer.clear()


@pytest.fixture(params=[('flask', 'we'), ('we', 'flask')], ids=' to '.join)
def pair(request, urls):
    """A client of each; the first one is of whom the test says what it does."""
    clients = [connected(urls[name]) for name in request.param]
    until_heard(*clients)
    until_heard(*reversed(clients))
    yield clients
    for client in clients:
        client.disconnect()


def test_an_emit_reaches_the_clients_of_both(pair):
    pair[0].emit('to_all', ('text', 1.5, {'bytes': b'\x00\xff'}, None))
    for client in pair:
        assert client.receive(PATIENCE) == ['note', 'text', 1.5, {'bytes': b'\x00\xff'}, None]


def test_a_client_of_the_other_answers(pair):
    one, other = pair
    assert one.call('ask', other.sid, timeout=PATIENCE) == ('who?', 'it is me')


def test_a_client_of_the_other_is_disconnected(pair):
    one, other = pair
    one.emit('kick', other.sid)
    until = time.monotonic() + PATIENCE
    while '/' in other.client.namespaces:
        assert time.monotonic() < until
        time.sleep(0.01)
    one.call('fence')
