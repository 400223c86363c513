"""Every library that the gateway imports somewhere works under the directives of the unit: what
maps memory, makes threads, asks for addresses, or reads what the unit hides.
"""

import asyncio
import http.server
import json
import shutil
import threading

import pytest

from tests.booted.units import test_unit as unit
from tests.support import certificates, raw, tokens

CONFIG = """\
server:
  listen: systemd
  event_loop: uvloop
  tls: {certificate: cert.pem, key: "${env.CREDENTIALS_DIRECTORY}/tls.key"}
auth: {jwt: {key: "${credential.secret}", algorithms: [HS256]}}
handlers: [./handlers.py]
namespaces:
  /:
    events:
      cel:
        - {if: "${!data.name.matches('^[a-z]+$') || size(data.list) > 2}", reject: no}
        - ack: "${data.list.map(x, x * 2)}"
      backend: {http: {url: "http://localhost:8100/"}}
"""
HANDLERS = """\
import os
import socket
import subprocess
import threading
from pathlib import Path

from gateway import socketio


@socketio.on('thread')
def thread(value):
    return [value, threading.current_thread() is not threading.main_thread()]


@socketio.on('address')
def address():
    return sorted({found[4][0] for found in socket.getaddrinfo('localhost', 80)})


def tried(action):
    try:
        action()
    except Exception as error:
        return type(error).__name__
    return 'done'


@socketio.on('forbidden')
def forbidden():
    return {
        'write /etc': tried(lambda: Path('/etc/gateway/x').write_text('')),
        'write /opt': tried(lambda: Path('/opt/gateway/x').write_text('')),
        'read the key': tried(lambda: Path('/etc/gateway/api_key').read_text()),
        'read /root': tried(lambda: os.listdir('/root')),
        'netlink': tried(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
        'packet': tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
        'unshare': tried(lambda: subprocess.run(['unshare', '--user', 'true'], check=True)),
        'chown': tried(lambda: os.chown('/tmp', 0, 0)),
        'nice': tried(lambda: os.nice(-5)),
        'write /tmp': tried(lambda: Path('/tmp/x').write_text('')),
    }
"""
REFUSED = {
    'write /etc': 'OSError',  # read-only
    'write /opt': 'OSError',
    'read the key': 'PermissionError',
    'read /root': 'PermissionError',
    'netlink': 'OSError',
    'packet': 'OSError',
    'unshare': 'CalledProcessError',
    'chown': 'PermissionError',
    'nice': 'PermissionError',
    'write /tmp': 'done',  # its own
}


class Backend(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        body = b'{"ack": ["from the backend"]}'
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Says nothing."""


@pytest.fixture
def backend():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 8100), Backend)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def install():
    """The units as they stand, with the configurations that are delivered."""
    unit.ETC.mkdir(exist_ok=True)
    for file in unit.CONF.glob('gateway*.*'):
        shutil.copy(file, unit.ETC if file.suffix == '.yaml' else unit.UNITS)
    (unit.ETC / 'api_key').write_text(unit.KEY)
    (unit.ETC / 'api_key').chmod(0o600)
    unit.ctl('daemon-reload')


@pytest.fixture
def everything():
    install()
    (unit.ETC / 'secret').write_text(tokens.key('HS256'))
    (unit.ETC / 'secret').chmod(0o600)
    certificates.with_chain(unit.ETC)
    (unit.ETC / 'key.pem').rename(unit.ETC / 'tls.key')
    (unit.ETC / 'tls.key').chmod(0o600)
    (unit.ETC / 'gateway.yaml').write_text(CONFIG)
    (unit.ETC / 'handlers.py').write_text(HANDLERS)
    credentials = ''.join(
        f'LoadCredential={name}:/etc/gateway/{name}\n' for name in ('secret', 'tls.key')
    )
    with unit.drop_in(f'[Service]\n{credentials}'):
        unit.ctl('start', 'gateway.socket', 'gateway.service')
        yield
        unit.ctl('stop', 'gateway.service', 'gateway.socket')
        assert unit.shown('Result') == 'success', unit.journal()


@pytest.mark.usefixtures('backend', 'everything')
def test_it_works_and_can_do_no_more_than_it_has_to():
    async def asked(peer, event):
        peer.send(f'420{event}')
        answer = await peer.text()
        assert answer.startswith('430'), answer
        return json.loads(answer[3:])

    async def scenario():
        tls = certificates.trusting(unit.ETC)
        async with raw.websocket(unit.PORT, join=None, tls=tls) as peer:
            await peer.join(auth={'token': tokens.token({'sub': 'Ann'})})
            assert await asked(peer, '["cel",{"name":"ann","list":[1,2]}]') == [[2, 4]]
            assert await asked(peer, '["backend"]') == ['from the backend']
            assert await asked(peer, '["thread",{"a":1}]') == [[{'a': 1}, True]]
            assert '127.0.0.1' in (await asked(peer, '["address"]'))[0]
            assert await asked(peer, '["forbidden"]') == [REFUSED]

    asyncio.run(scenario())
