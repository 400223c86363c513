"""What is measured, by name: the gateway, its peers, the limit in C; or a server that runs."""

from __future__ import annotations

import difflib
import os
import sys
from typing import Final

from bench.targets import peers
from bench.targets.errors import TargetError
from bench.targets.gateway import GATEWAY, default_config, gateway, gateway_handlers
from bench.targets.target import PEERS, ROOT, Local, Served, Target
from bench.targets.url import Remote, remote

__all__ = [
    'GATEWAY',
    'NAMES',
    'PEERS',
    'ROOT',
    'Local',
    'Remote',
    'Served',
    'Target',
    'TargetError',
    'default_config',
    'gateway',
    'remote',
    'target',
]


def known(python: str) -> dict[str, Target]:
    """All by name. None of them has installed or started anything yet."""
    made = [
        gateway(python),
        gateway_handlers(python),
        peers.node(best=True),
        peers.node(best=False),
        *(peers.python_peer(name, best=best) for name in peers.PYTHON for best in (True, False)),
        peers.send_loop(coalescing=False),
        peers.send_loop(coalescing=True),
    ]
    if program := os.environ.get('BENCH_TRIAL'):
        made.append(peers.trial(python, program))
    return {target.name: target for target in made}


NAMES: Final = tuple(known(sys.executable))


def target(name: str, python: str = sys.executable) -> Target:
    """By its name; that interpreter runs the gateway. TargetError where none is called so."""
    if name == 'trial' and not os.environ.get('BENCH_TRIAL'):
        raise TargetError('trial: BENCH_TRIAL names no file')
    if found := known(python).get(name):
        return found
    near = difflib.get_close_matches(name, NAMES, n=1)
    hint = f'did you mean {near[0]}?' if near else f'there are {", ".join(NAMES)}'
    raise TargetError(f'unknown target "{name}": {hint}')
