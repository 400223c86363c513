"""The gateway, with the four events as routes, or as Python handlers."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import gateway as package
from bench.targets import versions
from bench.targets.target import ROOT, Local

SERVER: Final = """\
server:
  listen: 127.0.0.1:PORT
"""
GATEWAY: Final = f"""\
{SERVER}namespaces:
  /:
    events:
      pub: {{emit: {{event: msg, to: all}}}}
      echo: {{ack: "${{args}}"}}
      enter: {{join: "${{data}}"}}
      say: {{emit: {{event: msg, to: {{room: "${{data}}"}}, data: "${{args[1]}}"}}}}
"""
HANDLERS: Final = f'{SERVER}handlers: [bench.peers.gateway_handlers]\n'
PACKAGES: Final = ('tornado', 'python-socketio', 'python-engineio', 'uvloop', 'orjson', 'msgpack')


def default_config() -> str:
    """The configuration that the gateway comes with, on a port of ours."""
    conf = ROOT / 'conf'
    text = (conf / 'gateway.yaml').read_text()
    return text.replace('127.0.0.1:8000', '127.0.0.1:PORT').replace('./', f'{conf}/')


def gateway(python: str) -> Local:
    return Local(
        name='gateway',
        about='this gateway, the events as routes of its YAML',
        forms=('json', 'msgpack', 'binary'),
        command=lambda: (python, str(ROOT / 'run_gateway.py'), '--config', '{config}'),
        ask=lambda: {'gateway': package.__version__, **versions.of_python(python, PACKAGES)},
        config=GATEWAY,
    )


def gateway_handlers(python: str) -> Local:
    about = 'this gateway, the events as Python handlers on its loop'
    return replace(gateway(python), name='gateway-handlers', about=about, config=HANDLERS)
