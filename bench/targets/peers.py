"""The gateway's peers and the C loops: small programs in bench/peers.

Rules of this file:
- A peer's plain name is the peer at its best, as far as its documentation and ours know it; with
  `-defaults` it is started as its documentation's first example does it.
- Python's peers are slow, and take part in one round only.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from bench import build, deps
from bench.targets import versions
from bench.targets.target import PEERS, Local

DEFAULTS: Final = '-defaults'
BEST_NODE: Final = (
    'at its best: ws with bufferutil, no handshake requests kept (not eiows or uWebSockets.js)'
)
NODE_PACKAGES: Final = ('socket.io', 'engine.io', 'ws')
CORE: Final = ('python-socketio', 'python-engineio')
FLASK: Final = (*CORE, 'flask-socketio', 'flask', 'werkzeug')

# The environment in bench/.deps, the program and its arguments, a line about it, its packages.
PYTHON: Final[Mapping[str, tuple[str, tuple[str, ...], str, tuple[str, ...]]]] = {
    'python-socketio': (
        'python-socketio',
        ('python_socketio_tornado.py', '{port}'),
        'python-socketio on Tornado',
        (*CORE, 'tornado', 'uvloop'),
    ),
    'python-socketio-uvicorn': (
        'python-socketio',
        ('python_socketio_uvicorn.py', '{port}'),
        'python-socketio on uvicorn',
        (*CORE, 'uvicorn', 'httptools', 'websockets', 'uvloop'),
    ),
    'python-socketio-aiohttp': (
        'python-socketio',
        ('python_socketio_aiohttp.py', '{port}'),
        'python-socketio on aiohttp',
        (*CORE, 'aiohttp', 'uvloop'),
    ),
    'flask-socketio-gevent': (
        'flask-socketio',
        ('flask_socketio_server.py', '{port}', 'gevent'),
        'Flask-SocketIO on gevent',
        (*FLASK, 'gevent', 'gevent-websocket'),
    ),
    'flask-socketio-eventlet': (
        'eventlet',
        ('flask_socketio_server.py', '{port}', 'eventlet'),
        'Flask-SocketIO on eventlet',
        (*FLASK, 'eventlet'),
    ),
    'flask-socketio-threading': (
        'flask-socketio',
        ('flask_socketio_server.py', '{port}', 'threading'),
        'Flask-SocketIO on threads, three of them a client',
        (*FLASK, 'simple-websocket'),
    ),
}
# Of these, what the first example does without.
BEST_ONLY: Final[Mapping[str, frozenset[str]]] = {
    'python-socketio': frozenset({'uvloop'}),
    'python-socketio-aiohttp': frozenset({'uvloop'}),
    'flask-socketio-gevent': frozenset({'gevent-websocket'}),
}


def python_peer(name: str, *, best: bool) -> Local:
    environment, (program, *args), about, packages = PYTHON[name]
    used = [package for package in packages if best or package not in BEST_ONLY.get(name, ())]
    last = () if best else ('defaults',)
    return Local(
        name=name if best else name + DEFAULTS,
        about=f'{about}, {said(best=best)}',
        settings='best' if best else 'defaults',
        slow=True,
        command=lambda: (str(deps.python(environment)), str(PEERS / program), *args, *last),
        ask=lambda: versions.of_python(deps.python(environment), used),
    )


def node(*, best: bool) -> Local:
    modules = deps.DEPS / 'node' / 'node_modules'
    as_started = {'NODE_ENV': 'production'} if best else {'WS_NO_BUFFER_UTIL': '1'}
    packages = (*NODE_PACKAGES, 'bufferutil') if best else NODE_PACKAGES
    last = () if best else ('defaults',)

    def command() -> tuple[str, ...]:
        deps.node_modules()
        return ('node', str(PEERS / 'node_server.js'), '{port}', *last)

    return Local(
        name='node' if best else f'node{DEFAULTS}',
        about=f"Node's Socket.IO, {BEST_NODE if best else said(best=False)}",
        settings='best' if best else 'defaults',
        command=command,
        ask=partial(versions.of_node, modules, packages),
        env={'NODE_PATH': str(modules), **as_started},
    )


def said(*, best: bool) -> str:
    return 'at its best' if best else 'as its documentation starts it'


def send_loop(*, coalescing: bool) -> Local:
    last = ('coalesce',) if coalescing else ()
    how = 'all messages of a pass in one call' if coalescing else 'one message a call'
    return Local(
        name='send-loop-coalescing' if coalescing else 'send-loop',
        about=f'the limit: a bare loop in C that sends prepared frames, {how}',
        transports=('websocket',),
        command=lambda: (str(build.send_loop()), '{port}', *last),
        ask=versions.of_compiler,
    )


def trial(python: str, program: str) -> Local:
    """A program of one's own to compare with, which is given the port."""
    return Local(
        name='trial',
        about=f'{Path(program).name}, given by BENCH_TRIAL',
        command=lambda: (python, program, '{port}', 'uvloop'),
        ask=partial(versions.of_python, python, ('tornado', 'uvloop')),
    )
