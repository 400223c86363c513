"""What a running gateway tells the service manager, in its order, by the socket that it names."""

import asyncio
import json
import os
import signal
import socket

import pytest

from tests.support import raw
from tests.support.gateway import running, write
from tests.support.service_manager import Told

HANDLERS = """\
import os
import socket
import time
from gateway import socketio

@socketio.on('hang')
async def hang(address):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.sendto(b'HANGS=1', address)
        time.sleep(0.7)
        told.sendto(b'HANGS=0', address)

@socketio.on('environment')
def environment():
    return sorted(name for name in os.environ if name.startswith(('NOTIFY', 'WATCHDOG', 'LISTEN')))
"""


@pytest.fixture
def told(tmp_path):
    told = Told(str(tmp_path / 'notify'))
    yield told
    told.close()


@pytest.fixture
def service(tmp_path, told):
    """Started as by systemd, with a watchdog of 0.6 s."""
    (tmp_path / 'handlers.py').write_text(HANDLERS)
    config = write(
        tmp_path / 'gateway.yaml', {'/': {'events': {'a': {'ack': 1}}}}, handlers=['./handlers.py']
    )
    env = {**os.environ, 'NOTIFY_SOCKET': told.address, 'WATCHDOG_USEC': '600000'}
    with running(config, env=env) as gateway:
        yield gateway


def ready(gateway):
    return {'READY': '1', 'STATUS': f'serving on {gateway.url}'}


def test_every_state_is_told_in_order(service, told, tmp_path):
    assert told.next() == ready(service)  # nothing before
    socket.create_connection(('127.0.0.1', service.port)).close()  # it listens
    assert told.next() == {'WATCHDOG': '1'}
    service.process.send_signal(signal.SIGHUP)
    assert told.beside_the_watchdog().keys() == {'RELOADING', 'MONOTONIC_USEC'}
    assert told.beside_the_watchdog() == ready(service)
    (tmp_path / 'gateway.yaml').write_text('nonsense: 1')
    service.process.send_signal(signal.SIGHUP)  # refused, and serving on
    assert told.beside_the_watchdog().keys() == {'RELOADING', 'MONOTONIC_USEC'}
    assert told.beside_the_watchdog() == ready(service)
    service.process.send_signal(signal.SIGTERM)
    assert told.beside_the_watchdog() == {'STOPPING': '1', 'STATUS': 'clients are told to go'}
    service.ended()
    assert all(said == {'WATCHDOG': '1'} for said in told.pending())


def test_a_loop_that_hangs_says_nothing(service, told):
    async def scenario():
        async with raw.websocket(service.port) as peer:
            peer.send('420["environment"]')
            assert await peer.text() == '430[[]]'  # handlers and what they start are not it
            told.pending()  # the kernel holds some ten
            peer.send(f'421{json.dumps(["hang", told.address])}')
            assert await peer.text() == '431[]'

    asyncio.run(scenario())
    said = told.pending()
    begun, over = said.index({'HANGS': '1'}), said.index({'HANGS': '0'})
    assert over == begun + 1, said
    while told.next() != {'WATCHDOG': '1'}:  # it lives again
        pass
