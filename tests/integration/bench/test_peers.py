"""The other peers, each at its best and at its defaults.

What they need is installed the first time, which takes about a minute.
"""

import pytest

from bench.targets import target
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
