"""What systemd is told, as the datagrams that it gets."""

import asyncio
import os
import re
import socket
import time
from contextlib import closing

import pytest

from gateway.service.notify import Notifier


@pytest.fixture(params=['path', 'abstract'])
def manager(request, tmp_path):
    """A service manager that listens; `environment` is what it gives to us."""
    address = str(tmp_path / 'notify')
    if request.param == 'abstract':
        address = f'\0gateway-{os.getpid()}-{request.node.name}'
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        found.bind(address)
        found.settimeout(5)
        yield found, {'NOTIFY_SOCKET': address.replace('\0', '@')}


def test_the_states_of_a_life(manager):
    listener, environment = manager
    with closing(Notifier(environment)) as notifier:
        notifier.ready('serving on http://127.0.0.1:8000')
        assert listener.recv(1000) == b'READY=1\nSTATUS=serving on http://127.0.0.1:8000'
        notifier.reloading()
        assert re.fullmatch(rb'RELOADING=1\nMONOTONIC_USEC=\d+', listener.recv(1000))
        notifier.stopping('bye')
        assert listener.recv(1000) == b'STOPPING=1\nSTATUS=bye'
    assert environment == {}


def test_the_loop_feeds_the_watchdog_as_long_as_it_lives(manager):
    listener, environment = manager
    environment.update(WATCHDOG_USEC='90000', WATCHDOG_PID=str(os.getpid()))

    async def scenario():
        notifier = Notifier(environment)
        assert notifier.watchdog == 0.09
        notifier.ready('')
        listener.setblocking(False)
        assert listener.recv(1000).startswith(b'READY=1')
        for _ in range(3):
            await asyncio.sleep(0.04)
            assert listener.recv(1000) == b'WATCHDOG=1'
        while True:
            try:
                listener.recv(1000)
            except BlockingIOError:
                break
        time.sleep(0.2)  # noqa: ASYNC251 - the loop hangs
        with pytest.raises(BlockingIOError):
            listener.recv(1000)
        notifier.close()

    asyncio.run(scenario())
    assert environment == {}


def test_the_watchdog_of_another_process_is_not_fed(manager):
    _, environment = manager
    environment.update(WATCHDOG_USEC='1000', WATCHDOG_PID='1')
    with closing(Notifier(environment)) as notifier:
        assert notifier.watchdog == 0


def test_nobody_listens(tmp_path):
    for environment in ({}, {'NOTIFY_SOCKET': str(tmp_path / 'gone')}):
        with closing(Notifier(environment)) as notifier:
            notifier.reloading()
            notifier.stopping('bye')
