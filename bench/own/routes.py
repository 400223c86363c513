"""What routes add to an event, in this process: `python -m bench.own.routes ROUNDS` prints
{name: [µs of each round]}.

The route runs as the hub runs it, with a hub that does nothing: what is left is its own work. Each
round times them all, in turns, and takes from each what a bare `ack: "${args}"` costs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter_ns
from types import SimpleNamespace
from typing import Any

from gateway.config.load import read
from gateway.config.source import Document
from gateway.routing.loading import load_handlers
from gateway.routing.registry import Registry
from gateway.routing.router import Router

EVENTS = 20_000  # of one round
PAYLOADS = {'64': 'x' * 64, '1mb': 'x' * 1_000_000}
ROUTES = """\
namespaces:
  /:
    events:
      bare: {ack: "${args}"}
      actions: [{set: {text: "${data.text}", room: "${data.room}"}}, {ack: "${args}"}]
      guard: {if: "${data.room != 'lobby' && data.level > 2}", ack: "${args}"}
"""


def nothing(*args: Any) -> None:
    """What the hub does."""


def rounds(count: int) -> dict[str, list[float]]:
    config = read(Document('gateway.yaml', ROUTES), Path('gateway.yaml'), {})
    hub: Any = SimpleNamespace(ack=nothing)
    handlers = load_handlers(config, Registry())
    caller: Any = SimpleNamespace(handlers=handlers, timed_out=nothing)
    event = Router(config, hub, caller).event
    client: Any = SimpleNamespace(namespace='/', sid='S1', data={})

    def cost(name: str, payload: str) -> float:
        args = [{'room': 'red', 'level': 3, 'text': payload}]
        begin = perf_counter_ns()
        for number in range(EVENTS):
            event(client, name, args, number)
        return (perf_counter_ns() - begin) / EVENTS / 1e3

    found: dict[str, list[float]] = {}
    for _ in range(count):
        for size, payload in PAYLOADS.items():
            bare = cost('bare', payload)
            for name in ('actions', 'guard'):
                found.setdefault(f'{name}-{size}', []).append(cost(name, payload) - bare)
    return found


if __name__ == '__main__':
    print(json.dumps(rounds(int(sys.argv[1]))))
