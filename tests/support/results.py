"""Results of the benchmarks that nobody measured: small, always the same, shaped like real ones.

A target's `pace` says how slow it is beside the first: figures and latencies are that many times
greater. Everything else is drawn from a seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

from bench.histogram import Histogram, highest
from bench.result import Environment, Result, Run, Second, Server, Target

PACES = {'gateway': 1.0, 'node': 2.2, 'python-socketio': 20.0, 'send-loop': 0.8}
ENVIRONMENT = Environment(
    date=datetime(2026, 11, 22, 12, tzinfo=UTC),
    commit='e0a473f',
    cpu='AMD EPYC',
    cores=2,
    memory=24 << 30,
    kernel='6.18.0-generic',
    python='3.11.7',
    versions={'tornado': '6.6.1', 'cc': '12.2.0'},
    sysctls={'net.core.somaxconn': '4096'},
    server_core=0,
    load_cores=(1,),
    load_generator='native',
    open_files=20_000,
)


def latencies(random: Random, count: int, milliseconds: float, tail: float = 0.5) -> Histogram:
    """Log-normal around a median."""
    samples = (random.lognormvariate(0, tail) * milliseconds * 1e6 for _ in range(count))
    return Histogram.from_samples(map(int, samples))


def seconds(random: Random, many: int, milliseconds: float, pace: float) -> tuple[Second, ...]:
    found = []
    for at in range(many):
        p50 = int(milliseconds * 1e6 * random.uniform(0.9, 1.1))
        busy = min(0.97, 0.2 * pace * random.uniform(0.9, 1.1))
        found.append(
            Second(
                second=at,
                sent=50,
                received=50_000,
                p50_ns=highest(p50),
                p99_ns=highest(int(p50 * random.uniform(2, 3.5))),
                max_ns=highest(int(p50 * random.uniform(4, 9))),
                user=busy * 0.3,
                system=busy * 0.7,
                rss=60_000_000,
                descriptors=1010,
            )
        )
    return tuple(found)


def server(cpu: float, connections: int = 1000, pace: float = 1.0) -> Server:
    return Server(
        cpu=cpu,
        user=round(cpu * 0.3, 2),
        system=round(cpu * 0.7, 2),
        rss_before=40_000_000,
        rss_after=40_000_000 + int(connections * 3600 * pace),
        descriptors=connections + 10,
    )


def run(target: str, turn: int, pace: float, random: Random, **more: Any) -> Run:
    """One measurement of broadcasts."""
    typical = 4.0 * pace * random.uniform(0.9, 1.15)
    facts: dict[str, Any] = {
        'target': target,
        'round': turn,
        'seconds': 5.0,
        'connections': 1000,
        'sent': 250,
        'recipients': 1000,
        'received': 250_000,
        'schedule_lag': 0.0004,
        'histograms': {
            'delivery': latencies(random, 4000, typical),
            'first': latencies(random, 250, typical / 5),
            'median': latencies(random, 250, typical, 0.2),
            'last': latencies(random, 250, typical * 2.5, 0.3),
        },
        'series': seconds(random, 5, typical, pace),
        'server': server(250_000 * 8.8e-6 * pace * random.uniform(0.95, 1.1)),
        'load': (0.4,),
        'others': 0.02,
    }
    return Run(**{**facts, **more})


def result(
    runs: Iterable[Run], scenario: Mapping[str, Any], names: Iterable[str], **more: Any
) -> Result:
    facts: dict[str, Any] = {
        'command': 'python -m bench fanout --clients 1000',
        'scenario': dict(scenario),
        'environment': ENVIRONMENT,
        'targets': tuple(
            Target(name=name, about=f'{name} as it is', settings='best') for name in names
        ),
        'runs': tuple(runs),
    }
    return Result(**{**facts, **more})


def fanout(
    paces: Mapping[str, float] = PACES,
    rounds: int = 3,
    voids: Mapping[tuple[str, int], tuple[str, ...]] | None = None,
    labels: Iterable[str] = ('',),
) -> Result:
    """Broadcasts on a schedule; `voids` by (target, round)."""
    random = Random(7)
    runs = [
        run(name, turn, pace, random, label=label, void=(voids or {}).get((name, turn), ()))
        for turn in range(rounds)
        for name, pace in paces.items()
        for label in labels
    ]
    said = {'kind': 'fanout', 'clients': 1000, 'rate': 50.0, 'payload': 64, 'rounds': rounds}
    return result(runs, said, paces)


def peak(paces: Mapping[str, float] = PACES, rounds: int = 2, bound: float = 0.05) -> Result:
    """Climbs: the rate doubles until the bound is passed, then the gap is halved once."""
    random = Random(8)
    runs = []
    for turn in range(rounds):
        for name, pace in paces.items():
            limit = 400_000 / pace * random.uniform(0.9, 1.1)
            rates = [limit / 2**step for step in range(5, -1, -1)] + [limit * 1.5]
            ladder = [
                {
                    'rate': rate / 1000,
                    'deliveries': round(rate),
                    'p99_ms': round(1 + 45 * min(2, rate / limit) ** 2, 3),
                    'failed': 'p99 91 ms' if rate > limit else '',
                    'bottleneck': 'the server' if rate > limit else '',
                }
                for rate in rates
            ]
            values = {'peak': limit}
            runs.append(run(name, turn, pace, random, notes={'ladder': ladder}, values=values))
    said = {'kind': 'fanout', 'clients': 1000, 'rate': 50.0, 'payload': 64, 'find_peak': bound}
    return result(runs, said, paces)


def connect(paces: Mapping[str, float] = PACES, rounds: int = 2) -> Result:
    random = Random(9)
    runs = [
        run(
            name,
            turn,
            pace,
            random,
            seconds=2.5 * pace,
            sent=0,
            received=0,
            recipients=0,
            histograms={'connect': latencies(random, 2000, 20 * pace)},
            series=(),
            values={'added': 1800},
            server=server(1800 * 241e-6 * pace, pace=pace),
        )
        for turn in range(rounds)
        for name, pace in paces.items()
    ]
    return result(runs, {'kind': 'connect', 'clients': 2000}, paces)


def mixed(paces: Mapping[str, float] = PACES, rounds: int = 2) -> Result:
    """A noisy room and a quiet one, which is measured alone too."""
    random = Random(10)
    parts = (('noisy', 3.0), ('quiet', 2.0), ('quiet alone', 1.0))
    runs = [
        run(name, turn, pace * slower, random, label=label)
        for turn in range(rounds)
        for name, pace in paces.items()
        for label, slower in parts
    ]
    said = {'kind': 'mixed', 'groups': {'noisy': {'clients': 500}, 'quiet': {'clients': 20}}}
    return result(runs, said, paces)
