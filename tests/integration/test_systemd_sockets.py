"""Sockets that the test hands over as systemd does: names, TLS, restarts, what is refused."""

import asyncio
import contextlib
import http.client
import os
import signal
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import certificates, raw
from tests.support.gateway import PATIENCE, Gateway, running, write
from tests.support.queues import free_port
from tests.support.service_manager import handed

ROUTES = {'/': {'events': {'echo': {'ack': '${args}'}}}}
KEY = 'a-key-that-nobody-guesses-in-a-year'


@pytest.fixture
def listener():
    with socket.create_server(('127.0.0.1', 0), backlog=4096) as sock:
        yield sock


@pytest.fixture
def unix(tmp_path):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / 'gateway.sock'))
        sock.listen(4096)
        yield sock


def configured(tmp_path, listen='systemd', **sections):
    server = {'listen': listen, **sections.pop('server', {})}
    return write(tmp_path / 'gateway.yaml', ROUTES, server=server, **sections)


def port(sock):
    return sock.getsockname()[1]


def echo(port, tls=None):
    async def scenario():
        async with raw.websocket(port, tls=tls) as peer:
            peer.send('421["echo",1]')
            return await peer.text()

    return asyncio.run(scenario())


def status(place, path='/', key=''):
    """Of an HTTP request to a socket that somebody listens on, or to its address."""
    address = place.getsockname() if isinstance(place, socket.socket) else place
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    connection = http.client.HTTPConnection('a', timeout=PATIENCE)
    with contextlib.closing(connection), socket.socket(family) as mine:
        mine.settimeout(PATIENCE)
        mine.connect(address)
        connection.sock = mine
        connection.request('GET', path, headers={'Authorization': f'Bearer {key}'} if key else {})
        return connection.getresponse().status


@contextlib.contextmanager
def given(config, sockets, names):
    command, options = handed(sockets, names)
    with running(config, *command, **options) as gateway:
        yield gateway


def refused(config, sockets=(), names=''):
    """What a gateway says that does not start."""
    command, options = handed(sockets, names) if sockets else ([], {})
    gateway = Gateway(config, *command, **options)
    try:
        assert gateway.process.wait(PATIENCE) == 1
    finally:
        gateway.kill()
    return gateway.output.replace(f'{config}: ', '')


def test_sockets_are_had_by_their_names(tmp_path, listener, unix):
    with socket.create_server(('127.0.0.1', 0)) as other:
        config = configured(
            tmp_path, admin={'listen': 'systemd:admin', 'api_keys': [KEY]}
        )  # the server has what is left
        with given(config, [listener, other, unix], 'public:admin:public') as gateway:
            assert echo(port(listener)) == '431[1]'
            assert status(unix, '/socket.io/?EIO=4&transport=polling') == 200
            assert status(other, '/health/ready', KEY) == 200
            assert status(listener, '/health/ready', KEY) == 404
            assert gateway.admin == f'http://127.0.0.1:{port(other)}'
    assert Path(unix.getsockname()).exists()


def test_tls_is_spoken_on_an_inherited_socket(tmp_path, listener, unix):
    tls = certificates.section(certificates.with_chain(tmp_path))
    with given(configured(tmp_path, server={'tls': tls}), [listener, unix], 'a:b'):
        assert echo(port(listener), certificates.trusting(tmp_path)) == '431[1]'
        assert status(unix, '/socket.io/?EIO=4&transport=polling') == 200  # plain, as always


@contextlib.contextmanager
def connecting(*places):
    """Connections without a pause; how they ended is counted."""
    counts, over = Counter(), threading.Event()

    def connect(place):
        while not over.is_set():
            try:
                counts[place, status(place)] += 1
            except ConnectionRefusedError:
                counts['refused'] += 1
            except (http.client.HTTPException, ConnectionError):
                counts['cut'] += 1

    def more():
        """Wait for ten more answers at each place."""
        enough = {place: counts[place, 404] + 10 for place in places}
        while any(counts[place, 404] < enough[place] for place in places):
            time.sleep(0.01)

    with ThreadPoolExecutor() as pool, contextlib.ExitStack() as end:
        end.callback(over.set)
        clients = [pool.submit(connect, place) for place in places * 2]
        yield more
        over.set()
        [client.result(PATIENCE) for client in clients]
    assert counts.keys() == {(place, 404) for place in places}, counts


def test_ten_restarts_refuse_nobody(tmp_path, listener, unix):
    """Connections of a moment without a gateway wait for the next one."""
    config = configured(tmp_path)
    pids = set()
    with contextlib.ExitStack() as last, connecting(listener, unix) as answered:
        for _ in range(10):
            with given(config, [listener, unix], 'tcp:unix') as gateway:
                pids.add(gateway.process.pid)
                answered()
        pids.add(last.enter_context(given(config, [listener, unix], 'tcp:unix')).process.pid)
        answered()
    assert len(pids) == 11


def test_ten_restarts_under_systemd_socket_activate_refuse_nobody(tmp_path):
    """It lets go of its sockets with the program that it starts; here that one starts gateways."""
    path = str(tmp_path / 'gateway.sock')
    address = ('127.0.0.1', free_port())
    again = """for turn in $(seq 11); do sh -c 'LISTEN_PID=$$ exec "$0" "$@"' "$@"; done"""
    activate = ['systemd-socket-activate', '-l', '{}:{}'.format(*address), '-l', path]
    program = [*activate, 'sh', '-c', again, 'sh']
    gateway = Gateway(configured(tmp_path), *program, start_new_session=True)
    children = Path(f'/proc/{gateway.process.pid}/task/{gateway.process.pid}/children')
    pids = set()
    try:
        gateway.says(f'Listening on {path}')
        with connecting(address, path) as answered:
            for turn in range(11):
                while gateway.output.count('listening on unix:') <= turn:
                    assert gateway.process.poll() is None, gateway.output
                    time.sleep(0.01)
                [pid] = children.read_text().split()
                pids.add(pid)
                answered()
                if turn < 10:
                    os.kill(int(pid), signal.SIGTERM)
        os.kill(int(pid), signal.SIGTERM)
        gateway.ended()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(gateway.process.pid, signal.SIGKILL)
        gateway.kill()
    assert len(pids) == 11


def test_a_name_that_is_not_there(tmp_path, listener):
    assert refused(configured(tmp_path, 'systemd:public'), [listener], 'other') == (
        'cannot listen on systemd:public: systemd has handed over no socket public: there are '
        'other (FileDescriptorName=)'
    )


def test_nothing_is_left_for_who_asks_for_no_name(tmp_path, listener):
    config = configured(tmp_path, admin={'listen': 'systemd:admin', 'api_keys': [KEY]})
    assert refused(config, [listener], 'admin') == (
        'cannot listen on systemd: systemd has handed over no socket that nobody asks for by '
        'name: there are admin (FileDescriptorName=)'
    )


@pytest.mark.parametrize('kind', [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_socket_that_does_not_listen(tmp_path, kind):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(('127.0.0.1', 0))
        assert refused(configured(tmp_path), [sock], 'public') == (
            'cannot listen on systemd: the socket public of systemd does not listen: '
            'ListenStream= is needed'
        )


def test_what_is_no_socket(tmp_path):
    with (tmp_path / 'file').open('w') as file:
        assert refused(configured(tmp_path), [file], 'public') == (
            'cannot listen on systemd: what systemd calls public is no socket'
        )


def test_everybody_would_command(tmp_path, listener):
    with socket.create_server(('0.0.0.0', 0)) as open_to_all:  # where nobody accepts
        config = configured(tmp_path, 'systemd:public', admin={'listen': 'systemd:admin'})
        assert refused(config, [listener, open_to_all], 'public:admin') == (
            'admin.listen: without api_keys everybody there would command'
        )


def test_a_reload_leaves_inherited_sockets_alone(tmp_path, listener):
    config = configured(tmp_path)
    with given(config, [listener], 'public') as gateway:
        text = config.read_text()
        config.write_text(text.replace('${args}', '[changed]'))
        gateway.process.send_signal(signal.SIGHUP)
        gateway.says('reloaded')
        assert echo(port(listener)) == '431["changed"]'
