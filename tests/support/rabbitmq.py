"""RabbitMQ from Debian: a broker in a process of its own, below a temporary folder.

A process group holds the broker and its helpers; Erlang's port mapper is a second child, on a port
of its own. Nothing listens beyond 127.0.0.1, and no plugin is loaded.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.queues import free_port

PATIENCE = 60  # seconds for a start
HOME = '/usr/lib/rabbitmq/bin'  # the scripts themselves; those on the PATH change the user
PASSWORD = 'se cret/#?'
USERS = {'guest': 'guest', 'app': PASSWORD, 'stranger': 'stranger'}  # the last one may do nothing


class RabbitServer:
    """On `port` of 127.0.0.1; with TLS on `tls_port`, where it has got certificates."""

    def __init__(self, folder: Path, tls: Path | None) -> None:
        self.folder, self.port, self.tls_port = folder, free_port(), free_port()
        self.url = f'amqp://127.0.0.1:{self.port}'
        self._mapper = free_port()
        self._environment = {
            'PATH': os.environ['PATH'],
            'HOME': str(folder),  # the cookie by which nodes know each other
            'LANG': 'C.UTF-8',
            'ERL_EPMD_PORT': str(self._mapper),
            'ERL_EPMD_ADDRESS': '127.0.0.1',
            'RUNNING_UNDER_SYSTEMD': 'true',  # the script becomes the broker
            'RABBITMQ_NODENAME': f'rabbit-{self.port}@localhost',
            'RABBITMQ_DIST_PORT': str(free_port()),
            'RABBITMQ_CONF_ENV_FILE': os.devnull,
            'RABBITMQ_CONFIG_FILE': str(folder / 'rabbitmq.conf'),
            'RABBITMQ_MNESIA_BASE': str(folder / 'data'),
            'RABBITMQ_LOG_BASE': str(folder / 'log'),
            'RABBITMQ_ENABLED_PLUGINS_FILE': str(folder / 'plugins'),
            'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS': '-kernel inet_dist_use_interface {127,0,0,1}',
        }
        (folder / 'plugins').write_text('[].')
        (folder / 'rabbitmq.conf').write_text(settings(self, tls))
        (folder / 'definitions.json').write_text(json.dumps(definitions()))
        self._broker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._broker = self._child(f'{HOME}/rabbitmq-server', start_new_session=True)
        self._until_it_answers(self.port, self._broker)

    def start_mapper(self) -> subprocess.Popen[bytes]:
        mapper = self._child(shutil.which('epmd') or '/usr/bin/epmd')
        self._until_it_answers(self._mapper, mapper)
        return mapper

    def control(self, *command: str) -> str:
        """What `rabbitmqctl` says; it takes a second or two."""
        done = subprocess.run(
            [f'{HOME}/rabbitmqctl', '--quiet', *command],
            env=self._environment,
            cwd=self.folder,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert not done.returncode, done.stdout + done.stderr
        return done.stdout.decode()

    def log(self) -> str:
        """Its warnings and errors."""
        return ''.join(file.read_text() for file in (self.folder / 'log').glob('*.log'))

    def kill(self) -> None:
        """SIGKILL, and its end."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._broker.pid, signal.SIGKILL)
        self._broker.wait()

    def freeze(self) -> None:
        os.killpg(self._broker.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self._broker.pid, signal.SIGCONT)

    def _child(self, program: str, **options) -> subprocess.Popen[bytes]:
        with (self.folder / 'output').open('ab') as output:
            return subprocess.Popen(
                [program],
                env=self._environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **options,
            )

    def _until_it_answers(self, port: int, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(('127.0.0.1', port), 1).close()
                return
            output = (self.folder / 'output').read_text()
            assert process.poll() is None, output
            assert time.monotonic() < deadline, output
            time.sleep(0.05)


def settings(server: RabbitServer, tls: Path | None) -> str:
    lines = [
        f'load_definitions = {server.folder}/definitions.json',
        f'listeners.tcp.1 = 127.0.0.1:{server.port}',
        'log.file.level = warning',
    ]
    if tls is not None:
        lines += [
            f'listeners.ssl.1 = 127.0.0.1:{server.tls_port}',
            f'ssl_options.cacertfile = {tls}/ca.pem',
            f'ssl_options.certfile = {tls}/cert.pem',
            f'ssl_options.keyfile = {tls}/key.pem',
        ]
    return '\n'.join(lines) + '\n'


def definitions() -> dict[str, object]:
    """Users, and two virtual hosts."""
    every = {'configure': '.*', 'write': '.*', 'read': '.*'}
    none = {'configure': '^$', 'write': '^$', 'read': '^$'}
    return {
        'vhosts': [{'name': '/'}, {'name': 'a b'}],
        'users': [
            {'name': name, 'password': password, 'tags': ''} for name, password in USERS.items()
        ],
        'permissions': [
            {'user': 'guest', 'vhost': '/', **every},
            {'user': 'app', 'vhost': 'a b', **every},
            {'user': 'stranger', 'vhost': '/', **none},
        ],
    }


@contextlib.contextmanager
def rabbitmq_server(folder: Path, tls: Path | None = None) -> Iterator[RabbitServer]:
    """A RabbitMQ that runs. `tls` is a folder with ca.pem, cert.pem and key.pem."""
    server = RabbitServer(folder, tls)
    mapper = server.start_mapper()
    try:
        server.start()
        try:
            yield server
        finally:
            server.kill()
    finally:
        mapper.kill()
        mapper.wait()
