"""The other peers, each at its best and at its defaults.

What they need is installed the first time, which takes about a minute.
"""

import socket

import pytest

from bench.own.drain import HANDSHAKE
from bench.targets import NAMES, target
from tests.support.four_events import assert_serves

PEERS = {
    'python-socketio-uvicorn': {'python-socketio', 'uvicorn', 'httptools', 'websockets', 'uvloop'},
    'python-socketio-aiohttp': {'python-socketio', 'aiohttp', 'uvloop'},
    'flask-socketio-gevent': {'flask-socketio', 'gevent', 'gevent-websocket'},
    'flask-socketio-threading': {'flask-socketio', 'werkzeug', 'simple-websocket'},
    'flask-socketio-eventlet': {'flask-socketio', 'eventlet'},
}
ONLY_AT_BEST = {
    'python-socketio-aiohttp': {'uvloop'},
    'flask-socketio-gevent': {'gevent-websocket'},
}
AT_BEST = [name for name in NAMES if target(name).settings == 'best']


@pytest.mark.timeout(180)
@pytest.mark.parametrize('settings', ['best', 'defaults'])
@pytest.mark.parametrize('name', PEERS)
def test_it_speaks_the_four_events_and_tells_its_versions(name: str, settings: str):
    chosen = target(name if settings == 'best' else f'{name}-defaults')
    assert chosen.settings == settings
    assert chosen.slow
    assert_serves(chosen)
    versions = chosen.versions().keys()
    missing = set() if settings == 'best' else ONLY_AT_BEST.get(name, set())
    assert versions >= PEERS[name] - missing
    assert not versions & missing


def answer(port: int) -> bytes:
    """To a handshake that offers permessage-deflate."""
    with socket.create_connection(('127.0.0.1', port), 20) as client:
        client.settimeout(20)
        client.sendall(HANDSHAKE.format(port=port).encode())
        head = b''
        while b'\r\n\r\n' not in head:
            head += client.recv(4096)
    return head.lower()


@pytest.mark.timeout(180)
@pytest.mark.parametrize('name', AT_BEST)
def test_at_its_best_it_compresses_nothing_even_when_asked(name: str):
    with target(name).serving(None) as served:
        head = answer(served.address.port)
    assert head.startswith(b'http/1.1 101 ')
    assert b'permessage-deflate' not in head
