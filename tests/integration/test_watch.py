"""`serve --watch`: real files, a real client, and both processes' ends."""

import asyncio
import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.integration.parity.clients import Clients
from tests.support.gateway import PATIENCE, ROOT
from tests.support.peers import connected
from tests.support.queues import free_port

CONFIG = """
server: {listen: 127.0.0.1:%d, shutdown_timeout: 1s}
handlers: [./chat.py]
namespaces: {/: {events: {yaml: {ack: "one"}}}}
"""
HANDLER = """
from gateway import socketio
@socketio.event
def python(): return 'one'
"""


class Watched:
    """`serve --watch` as a process group of its own, as in a terminal."""

    def __init__(self, config, **env):
        self.process = subprocess.Popen(
            [sys.executable, ROOT / 'run_gateway.py', '--config', config, '--watch'],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, **env},
        )
        self.lines = []
        self._said = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with self.process.stdout as lines:
            for line in lines:
                self.lines.append(line.rstrip('\n'))
                self._said.put(self.lines[-1])
        self._said.put(None)

    def says(self, words):
        """Wait for a line that holds these words."""
        while (line := self._said.get(timeout=PATIENCE)) is not None:
            if words in line:
                return line
        raise AssertionError('\n'.join(self.lines))

    def listens(self):
        self.url = self.says('listening on ').rpartition(' ')[2]

    def ask(self, event):
        async def scenario():
            async with connected(self.url) as peer:
                return await peer.ask(event)

        return asyncio.run(scenario())

    def ended(self, code=0):
        """Both have ended: the pipe that both write to is closed."""
        assert self.process.wait(PATIENCE) == code, '\n'.join(self.lines)
        self._reader.join(PATIENCE)
        assert not self._reader.is_alive()
        assert 'Traceback' not in '\n'.join(self.lines)

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()


@pytest.fixture
def watched(tmp_path):
    """Write the configuration and its module; start it."""
    module, config = tmp_path / 'chat.py', tmp_path / 'gateway.yaml'
    started = []

    def start(handler=HANDLER, port=0, **env):
        module.write_text(handler)
        config.write_text(CONFIG % port)
        found = Watched(config, **env)
        found.module, found.config = module, config
        started.append(found)
        return found

    yield start
    for found in started:
        found.kill()


def change(file, before, after):
    """As most editors save: another file takes the name."""
    beside = file.with_suffix('.tmp')
    beside.write_text(file.read_text().replace(before, after))
    beside.replace(file)


def test_a_handlers_answer_changes(watched):
    gateway = watched()
    gateway.listens()
    assert gateway.ask('python') == 'one'
    change(gateway.module, 'one', 'two')
    gateway.says('chat.py changed: starting again')
    gateway.listens()
    assert gateway.ask('python') == 'two'
    gateway.module.write_text(HANDLER.replace('one', 'three'))  # in place
    gateway.listens()
    assert gateway.ask('python') == 'three'
    assert sum('starting again' in line for line in gateway.lines) == 2


@pytest.mark.parametrize('transport', ['websocket', 'polling'])
def test_the_javascript_client_comes_back_to_the_new_answer(watched, transport):
    gateway = watched(port=free_port())
    gateway.listens()
    with contextlib.closing(Clients(gateway.url, transport)) as clients:
        client = clients.open(returns=True)
        assert client.ask('python') == ['one']
        change(gateway.module, 'one', 'two')
        assert client.left() in {'transport close', 'transport error'}
        assert client.back.get(timeout=PATIENCE)
        assert client.ask('python') == ['two']


def test_a_broken_configuration_waits_for_the_next_change(watched):
    gateway = watched()
    gateway.listens()
    change(gateway.config, '"one"', '"${dta}"')
    problem = gateway.says(f'{gateway.config}:4:')
    assert problem.endswith('unknown name dta: did you mean data?')
    gateway.says('waiting for a change')
    change(gateway.config, '"${dta}"', '"two"')
    gateway.listens()
    assert gateway.ask('yaml') == 'two'


def test_a_broken_module_waits_for_the_next_change(watched):
    gateway = watched('def (')
    gateway.says(f'{gateway.config}:3:12: handlers[0]: ')
    gateway.says('waiting for a change')
    gateway.module.write_text(HANDLER)
    gateway.listens()
    assert gateway.ask('python') == 'one'


def test_a_change_during_a_start_is_not_lost(watched, tmp_path):
    go = tmp_path / 'go'
    os.mkfifo(go)
    waiting = f"print('importing', flush=True)\nopen({str(go)!r}).read()\n"
    gateway = watched(waiting + HANDLER)
    gateway.says('importing')
    change(gateway.config, '"one"', '"two"')
    gateway.says('gateway.yaml changed: starting again')
    gateway.says('importing')
    go.write_text('')  # waits for its reader
    gateway.listens()
    assert gateway.ask('yaml') == 'two'


def test_a_module_elsewhere_is_watched_too(watched, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp('elsewhere')
    helper = elsewhere / 'watch_helper.py'
    helper.write_text("ANSWER = 'one'")
    handler = HANDLER.replace("'one'", 'ANSWER') + '\nfrom watch_helper import ANSWER\n'
    gateway = watched(handler, PYTHONPATH=str(elsewhere))
    gateway.listens()
    assert gateway.ask('python') == 'one'
    change(helper, 'one', 'two')
    gateway.says('watch_helper.py changed: starting again')
    gateway.listens()
    assert gateway.ask('python') == 'two'


@pytest.mark.parametrize('broken', [False, True])
@pytest.mark.parametrize('how', ['ctrl-c', 'sigterm'])
def test_it_ends_as_it_should(watched, how, broken):
    gateway = watched('def (' if broken else HANDLER)
    gateway.says('waiting for a change' if broken else 'listening on ')
    if how == 'ctrl-c':  # the terminal tells both
        os.killpg(gateway.process.pid, signal.SIGINT)
    else:
        gateway.process.terminate()
    gateway.ended()
    assert ('stopping' in gateway.lines) is not broken


def test_the_gateway_does_not_outlive_its_parent(watched):
    gateway = watched()
    gateway.listens()
    gateway.process.kill()
    gateway.says('stopping')
    gateway.ended(-signal.SIGKILL)


def test_the_end_of_the_gateway_is_the_end(watched):
    gateway = watched()
    gateway.listens()
    children = Path(f'/proc/{gateway.process.pid}/task/{gateway.process.pid}/children')
    [child] = map(int, children.read_text().split())
    os.kill(child, signal.SIGTERM)
    gateway.ended()
