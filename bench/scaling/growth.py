"""What clients cost one process as their number grows: a fresh server in each round, which more and
more connect to.

Rules of this file:
- One broadcast at a time, to all; the next leaves when all have the last.
- At the two smallest sizes also broadcasts now and then, while another process sweeps the caches
  clean: what a delivery costs when nothing of it is left in them.
- At the smallest size also longer payloads and acknowledged events; at the greatest, in the first
  two rounds, connections at rest for two heartbeats of most servers.
- The kernel's memory is seen from outside, so nothing else may come and go on the machine.
- Memory counts from a process with a few connections on, which has made what it makes once.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.process import PAGE, Process
from bench.result import Result, Run
from bench.result import Target as About
from bench.rig import Rig, Settings, Site
from bench.runner import FAILURES, turns
from bench.targets import Target

FIRST = 100  # connections that nothing counts
SIZES = (1000, 2000, 4000, 8000)
PAYLOAD, LONGER = 64, (1024, 8192)
RESTING_ROUNDS = 2
COLD_RATE = 10  # broadcasts a second, with a sweep or two before each
CACHE = Path('/sys/devices/system/cpu/cpu0/cache')
SWEEP = 'a, b = bytearray({size}), bytearray({size})\nwhile True: b[:] = a'


@dataclass(frozen=True)
class Plan:
    """`resting` must be long enough for a heartbeat of every connection."""

    targets: Sequence[Target]
    server_core: int
    load_cores: Sequence[int]
    rounds: int = 6
    seconds: float = 1.5
    sizes: Sequence[int] = SIZES
    resting: float = 50.0


def kernel_bytes() -> int:
    """What the kernel's caches of objects and TCP's buffers hold."""
    slab = re.search(r'^Slab: +(\d+) kB', Path('/proc/meminfo').read_text(), re.MULTILINE)
    buffers = re.search(
        r'^TCP: .*\bmem (\d+)', Path('/proc/net/sockstat').read_text(), re.MULTILINE
    )
    assert slab
    assert buffers
    return int(slab[1]) * 1024 + int(buffers[1]) * PAGE


def largest_cache() -> int:
    """Bytes."""
    sizes = (path.read_text().strip() for path in CACHE.glob('index*/size'))
    return max((int(size.rstrip('K')) * 1024 for size in sizes), default=32 << 20)


class Growing:
    """One target in one round."""

    def __init__(self, plan: Plan, round_: int, rig: Rig) -> None:
        self.plan, self.round, self.rig, self.fleet = plan, round_, rig, rig.fleet

    def runs(self) -> Iterator[Run]:
        fleet, seconds = self.fleet, self.plan.seconds
        fleet.connect(FIRST)
        fleet.broadcast(0.3)
        kernel = kernel_bytes()
        for size in self.plan.sizes:
            yield self.connect(size - fleet.connected)
            fleet.broadcast(seconds / 4)
            yield self.broadcast(f'broadcast {size}', PAYLOAD)
            if size in self.plan.sizes[:2]:
                yield self.cold(size)
            if size == self.plan.sizes[0]:
                for payload in LONGER:
                    yield self.broadcast(f'payload {payload}', payload)
                yield self.rig.measure('echo', lambda: fleet.echo(seconds, payload=PAYLOAD))
        if self.round < RESTING_ROUNDS:
            both_ends = (kernel_bytes() - kernel) / (fleet.connected - FIRST)
            values = {'kernel_bytes_per_connection': both_ends / 2}
            yield self.rig.measure('idle', lambda: fleet.wait(self.plan.resting), values=values)

    def connect(self, count: int) -> Run:
        label = f'connect {self.fleet.connected + count}'
        return self.rig.measure(label, lambda: self.fleet.connect(count), values={'added': count})

    def broadcast(self, label: str, payload: int) -> Run:
        return self.rig.measure(
            label,
            lambda: self.fleet.broadcast(self.plan.seconds, payload=payload),
            closed=True,
            values={'payload': payload},
        )

    def cold(self, size: int) -> Run:
        cache, core = largest_cache(), self.plan.load_cores[-1]
        with Process((sys.executable, '-c', SWEEP.format(size=cache)), core=core):
            self.fleet.broadcast(0.3, rate=COLD_RATE)
            return self.rig.measure(
                f'cold {size}',
                lambda: self.fleet.broadcast(self.plan.seconds, rate=COLD_RATE, payload=PAYLOAD),
                judged=False,
                values={'cache': cache},
            )


def measure(plan: Plan, command: str) -> Result:
    """Targets take turns, A B B A; Ctrl-C ends it with what there is."""
    settings = Settings(server_core=plan.server_core, load_cores=tuple(plan.load_cores))
    runs: list[Run] = []
    interrupted = False
    try:
        for number, target in turns(plan.targets, plan.rounds):
            print(f'round {number + 1} of {plan.rounds}: {target.name}', file=sys.stderr)
            try:
                with Site(settings, target, number).rig() as rig:
                    runs.extend(Growing(plan, number, rig).runs())
            except FAILURES as error:
                runs.append(Run(target=target.name, round=number, void=(str(error),)))
    except KeyboardInterrupt:
        interrupted = True
    return Result(
        command=command,
        scenario={'kind': 'growth', 'rounds': plan.rounds, 'sizes': list(plan.sizes)},
        environment=machine.environment(plan.server_core, plan.load_cores, 'native'),
        targets=tuple(
            About(
                name=target.name,
                about=target.about,
                versions=target.versions(),
                settings=target.settings,
            )
            for target in plan.targets
        ),
        runs=tuple(runs),
        interrupted=interrupted,
    )
