"""What is measured: the gateway, its peers, the C loops, and a trial of the design if one is given.

Every target listens on the port it is told, broadcasts `pub` to all as `msg`, and acknowledges
`echo` with its arguments.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import build, deps
from bench.process import Process, free_port

ROOT = Path(__file__).parent.parent
PEERS = Path(__file__).parent / 'peers'

GATEWAY = """\
server:
  listen: 127.0.0.1:PORT
namespaces:
  /:
    events:
      pub: {emit: {event: msg, to: all}}
      echo: {ack: "${args}"}
"""


def default_config() -> str:
    """The configuration that the gateway comes with, on a port of ours."""
    conf = ROOT / 'conf'
    text = (conf / 'gateway.yaml').read_text()
    return text.replace('127.0.0.1:8000', '127.0.0.1:PORT').replace('./', f'{conf}/')


@dataclass(frozen=True)
class Target:
    name: str
    argv: tuple[str, ...]  # {port} and {config} are filled in
    env: Mapping[str, str] = field(default_factory=dict)
    config: str = ''  # PORT is filled in
    slow: bool = False  # takes part in one round only

    @contextmanager
    def serving(self, core: int) -> Iterator[tuple[Process, int]]:
        """A fresh process and its port, listening."""
        port = free_port()
        with TemporaryDirectory(prefix='bench-') as folder:
            config = Path(folder) / 'gateway.yaml'
            config.write_text(self.config.replace('PORT', str(port)))
            argv = [word.format(port=port, config=config) for word in self.argv]
            log = Path(folder) / 'log'
            with (
                log.open('w') as stream,
                Process(
                    argv, core=core, env=self.env, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT
                ) as process,
            ):
                try:
                    process.wait_port(port)
                except (RuntimeError, TimeoutError) as error:
                    raise RuntimeError(f'{self.name}: {error}\n{log.read_text()[-2000:]}') from None
                yield process, port


def gateway(python: str) -> Target | None:
    program = ROOT / 'run_gateway.py'
    if not program.exists():
        return None
    return Target('gateway', (python, str(program), '--config', '{config}'), config=GATEWAY)


def trial(python: str) -> Target | None:
    path = os.environ.get('BENCH_TRIAL')
    return Target('trial', (python, path, '{port}', 'uvloop')) if path else None


def c_loop(python: str) -> Target:
    return Target('c-loop', (str(build.send_loop()), '{port}'))


def c_loop_coalescing(python: str) -> Target:
    return Target('c-loop-coalescing', (str(build.send_loop()), '{port}', 'coalesce'))


def node(python: str) -> Target:
    env = {'NODE_PATH': str(deps.node_modules()), 'NODE_ENV': 'production'}
    return Target('node', ('node', str(PEERS / 'node_server.js'), '{port}'), env=env)


def python_socketio(python: str) -> Target:
    program = PEERS / 'python_socketio_tornado.py'
    return Target('python-socketio', (str(deps.python()), str(program), '{port}'), slow=True)


MAKERS = {
    'gateway': gateway,
    'trial': trial,
    'c-loop': c_loop,
    'c-loop-coalescing': c_loop_coalescing,
    'node': node,
    'python-socketio': python_socketio,
}


def chosen(names: list[str], python: str) -> list[Target]:
    """The targets of these names that this machine can run; unknown names raise KeyError."""
    made = (MAKERS[name](python) for name in names)
    return [target for target in made if target]
