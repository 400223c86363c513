"""Every library that the gateway imports somewhere works under the directives of the unit: what
maps memory, makes threads, asks for addresses, or reads what the unit hides.
"""

import asyncio
import http.server
import json
import threading

import pytest

from tests.support import certificates, raw, tokens, units

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


@pytest.fixture
def everything():
    units.install()
    (units.ETC / 'secret').write_text(tokens.key('HS256'))
    (units.ETC / 'secret').chmod(0o600)
    certificates.with_chain(units.ETC)
    (units.ETC / 'key.pem').rename(units.ETC / 'tls.key')
    (units.ETC / 'tls.key').chmod(0o600)
    (units.ETC / 'gateway.yaml').write_text(CONFIG)
    (units.ETC / 'handlers.py').write_text(HANDLERS)
    credentials = ''.join(
        f'LoadCredential={name}:/etc/gateway/{name}\n' for name in ('secret', 'tls.key')
    )
    with units.drop_in(f'[Service]\n{credentials}'):
        units.ctl('start', 'gateway.socket', 'gateway.service')
        yield
        units.ctl('stop', 'gateway.service', 'gateway.socket')
        assert units.shown('Result') == 'success', units.journal()


@pytest.mark.usefixtures('backend', 'everything')
def test_it_works_and_can_do_no_more_than_it_has_to():
    async def asked(peer, event):
        peer.send(f'420{event}')
        answer = await peer.text()
        assert answer.startswith('430'), answer
        return json.loads(answer[3:])

    async def scenario():
        tls = certificates.trusting(units.ETC)
        async with raw.websocket(units.PORT, join=None, tls=tls) as peer:
            await peer.join(auth={'token': tokens.token({'sub': 'Ann'})})
            assert await asked(peer, '["cel",{"name":"ann","list":[1,2]}]') == [[2, 4]]
            assert await asked(peer, '["backend"]') == ['from the backend']
            assert await asked(peer, '["thread",{"a":1}]') == [[{'a': 1}, True]]
            assert '127.0.0.1' in (await asked(peer, '["address"]'))[0]
            assert await asked(peer, '["forbidden"]') == [REFUSED]

    asyncio.run(scenario())
