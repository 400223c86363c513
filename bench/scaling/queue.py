"""What a queue between gateways costs: CPU for each message, and time for each delivery.

- alone, burst: CPU for each of many events at once that emit to a room without members, by a
  gateway without a queue and by one with (`emitter`); and for each message that its like hears
  (`hearer`).
- calm: the same at CALM events a second, where each comes by itself.
- listeners: what Redis spends on each message with MANY listeners, instead of 2.
- one, two: latency of RATE broadcasts a second to all clients, of one gateway and of two that have
  half of them each.

Rules of this file:
- All gateways share the server's core, so that two have no more of the machine than one; Redis and
  the load have the other.
- A burst begins when the last one has been heard: nothing overflows, and no message is lost.
"""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from time import monotonic, sleep

from bench import machine
from bench.load.fleet import Fleet
from bench.own.drain import HANDSHAKE, frame
from bench.own.visitor import Visitor
from bench.process import Process, free_port, pinned
from bench.result import Result, Run
from bench.result import Target as About
from bench.runner import FAILURES
from bench.targets import GATEWAY, Local, Served, TargetError, gateway

EVENTS = 4_000  # of a burst
CALM = 500  # a second
RATE = 50  # broadcasts a second
MANY = 20
LISTENERS = """
import selectors, socket, sys
ready = selectors.DefaultSelector()
for _ in range(int(sys.argv[2])):
    sock = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    sock.sendall(b'SUBSCRIBE socketio\\r\\n')
    ready.register(sock, selectors.EVENT_READ)
while True:
    for key, _ in ready.select():
        key.fileobj.recv(1 << 20) or sys.exit()
"""
EMIT = frame(b'42["say","nobody","%b"]' % (b'x' * 64))
END = frame(b'42["pub","end"]')


@dataclass(frozen=True)
class Plan:
    server_core: int
    load_core: int
    rounds: int = 6
    seconds: float = 8.0  # of each measurement of latency
    clients: int = 1_000
    bursts: int = 5
    calm: float = 4.0  # seconds


@dataclass(frozen=True)
class Redis:
    port: int
    process: Process

    @property
    def url(self) -> str:
        return f'redis://127.0.0.1:{self.port}'


@contextmanager
def redis(core: int) -> Iterator[Redis]:
    """One that keeps nothing; TargetError where there is none."""
    program = shutil.which('redis-server')
    if program is None:
        raise TargetError('redis-server is missing: install what Debian calls redis-server')
    port = free_port()
    argv = [program, '--port', str(port), '--bind', '127.0.0.1', '--save', '']
    with Process(argv, core=core) as process:
        process.wait_port(port)
        yield Redis(port, process)


def node(url: str = '') -> Local:
    """A gateway, on the queue where there is one."""
    return replace(gateway(sys.executable), config=GATEWAY + (f'cluster: {url}\n' if url else ''))


class Round:
    """Each measurement once."""

    def __init__(self, plan: Plan, number: int, queue: Redis) -> None:
        self.plan, self.number, self.queue = plan, number, queue

    def runs(self) -> Iterator[Run]:
        one, pair = [node()], [node(self.queue.url)] * 2
        latencies = [('one', one), ('two', pair)]
        for label, nodes in latencies if self.number % 2 == 0 else reversed(latencies):
            with self._serving(nodes) as served:
                yield self._latency(label, served)
        with self._serving(one) as served, meeting(served) as (speaker, hearers):
            parts = {'emitter': watched(served[0])}
            yield self._bursts('alone', parts, speaker, hearers)
        with self._serving(pair) as served, meeting(served) as (speaker, hearers):
            parts = dict(zip(('emitter', 'hearer'), map(watched, served), strict=True))
            parts['redis'] = self.queue.process
            yield self._bursts('burst', parts, speaker, hearers)
            yield self._calm(parts, speaker, hearers)
            more = (sys.executable, '-c', LISTENERS, str(self.queue.port), str(MANY - 2))
            with Process(more, core=self.plan.load_core):
                joined(self.queue, MANY)
                parts = {'redis': self.queue.process}
                yield self._bursts('listeners', parts, speaker, hearers)

    def _bursts(
        self,
        label: str,
        parts: dict[str, Process],
        speaker: socket.socket,
        hearers: Sequence[Visitor],
    ) -> Run:
        burst(speaker, hearers)
        before = {name: part.cpu_ns() for name, part in parts.items()}
        for _ in range(self.plan.bursts):
            burst(speaker, hearers)
        return self._spent(label, parts, before, self.plan.bursts * EVENTS)

    def _calm(
        self, parts: dict[str, Process], speaker: socket.socket, hearers: Sequence[Visitor]
    ) -> Run:
        before = {name: part.cpu_ns() for name, part in parts.items()}
        count, begun = round(CALM * self.plan.calm), monotonic()
        for number in range(count):
            sleep(max(0.0, begun + number / CALM - monotonic()))
            speaker.sendall(EMIT)
        end(speaker, hearers)
        return self._spent('calm', parts, before, count)

    def _spent(
        self, label: str, parts: dict[str, Process], before: dict[str, int], count: int
    ) -> Run:
        values = {
            name: (part.cpu_ns() - before[name]) / count / 1000 for name, part in parts.items()
        }
        return Run(target='gateway', round=self.number, label=label, values=values)

    def _latency(self, label: str, served: Sequence[Served]) -> Run:
        address, *others = (one.address for one in served)
        cores = (self.plan.load_core,) * 2
        with Fleet(address, cores, spin=False, others=others) as fleet:
            fleet.connect(self.plan.clients)
            fleet.broadcast(1.0, rate=RATE)
            before = sum(watched(one).cpu_ns() for one in served)
            found = fleet.broadcast(self.plan.seconds, rate=RATE)
            spent = sum(watched(one).cpu_ns() for one in served) - before
        return Run(
            target='gateway',
            round=self.number,
            label=label,
            void=tuple(found.faults),
            seconds=found.seconds,
            connections=self.plan.clients,
            sent=found.sent,
            recipients=found.recipients,
            received=found.received,
            schedule_lag=found.schedule_lag,
            histograms=found.histograms,
            load=found.busy,
            values={'delivery': spent / max(1, found.received) / 1000},
        )

    @contextmanager
    def _serving(self, nodes: Sequence[Local]) -> Iterator[list[Served]]:
        with ExitStack() as stack:
            core = self.plan.server_core
            served = [stack.enter_context(one.serving(core)) for one in nodes]
            if len(nodes) > 1:
                joined(self.queue, len(nodes))
            yield served


@contextmanager
def meeting(served: Sequence[Served]) -> Iterator[tuple[socket.socket, list[Visitor]]]:
    """Somebody who speaks to the first, and a hearer of each."""
    with ExitStack() as stack:
        hearers = [stack.enter_context(Visitor(one.address.port)) for one in served]
        port = served[0].address.port
        speaker = stack.enter_context(socket.create_connection(('127.0.0.1', port), 20))
        speaker.sendall(HANDSHAKE.format(port=port).encode() + frame(b'40'))
        yield speaker, hearers


def burst(speaker: socket.socket, hearers: Sequence[Visitor]) -> None:
    """EVENTS that reach nobody."""
    speaker.sendall(EMIT * EVENTS)
    end(speaker, hearers)


def end(speaker: socket.socket, hearers: Sequence[Visitor]) -> None:
    """An event behind the others, when all have heard it."""
    speaker.sendall(END)
    for hearer in hearers:
        hearer.hear(1)


def watched(served: Served) -> Process:
    assert isinstance(served.process, Process)
    return served.process


def joined(queue: Redis, count: int) -> None:
    """Wait until so many listen."""
    until = monotonic() + 20
    with socket.create_connection(('127.0.0.1', queue.port)) as sock:
        while monotonic() < until:
            sock.sendall(b'PUBSUB NUMSUB socketio\r\n')
            if sock.recv(1000).endswith(b':%d\r\n' % count):
                return
            sleep(0.05)
    raise TargetError(f'there are not {count} listeners')


def measure(plan: Plan, command: str) -> Result:
    """Ctrl-C ends it with what there is."""
    runs: list[Run] = []
    interrupted = False
    with redis(plan.load_core) as queue, pinned(plan.load_core):
        try:
            for number in range(plan.rounds):
                print(f'round {number + 1} of {plan.rounds}', file=sys.stderr)
                try:
                    runs.extend(Round(plan, number, queue).runs())
                except FAILURES as error:
                    runs.append(Run(target='gateway', round=number, void=(str(error),)))
        except KeyboardInterrupt:
            interrupted = True
    target = node()
    return Result(
        command=command,
        scenario={'kind': 'queue', 'rounds': plan.rounds, 'clients': plan.clients},
        environment=machine.environment(plan.server_core, [plan.load_core], 'native'),
        targets=(About(name=target.name, about=target.about, versions=target.versions()),),
        runs=tuple(runs),
        interrupted=interrupted,
    )
