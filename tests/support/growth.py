"""A result of bench/scaling as a machine would give it that keeps to the model."""

from collections.abc import Callable

from bench.histogram import Histogram
from bench.result import Environment, Result, Run, Server, Target

SIZES = (1000, 2000, 4000, 8000)
COLD = 14  # µs of a delivery with cold caches
FIT = 2500  # clients whose state fits: 26.25 MB, of 3.5 KB in the process and in the kernel twice


def run(
    label: str,
    round_: int,
    clients: int,
    cpu: float,
    *,
    void: tuple[str, ...] = (),
    received: int = 0,
    events: int = 0,
    seconds: float = 1.0,
    resident: float = 0,
    **values: float,
) -> Run:
    """`cpu` in seconds, `resident` in KB."""
    rss = round(resident * 1000)
    return Run(
        target='gateway',
        round=round_,
        label=label,
        void=void,
        seconds=seconds,
        connections=clients,
        received=received,
        events=events,
        acknowledged=events,
        histograms={'delivery': Histogram(((1, 1),))},
        server=Server(
            cpu=cpu, user=cpu, system=0, rss_before=rss, rss_after=rss, descriptors=clients
        ),
        values=values,
    )


def result(delivery: Callable[[int], float], rounds: int = 3) -> Result:
    """Of a target whose deliveries take `delivery(clients)` µs, on a machine that drifts."""
    runs = []
    for number in range(rounds):
        drift = 1 + number / 2
        for clients in SIZES:
            each = delivery(clients) / 1e6 * drift
            runs += [
                run(f'connect {clients}', number, clients, 0.2, added=1000),
                run(
                    f'broadcast {clients}',
                    number,
                    clients,
                    each * clients * 10,
                    received=clients * 10,
                    resident=30_000 + 3.5 * clients,
                    payload=64,
                ),
            ]
            if clients <= 2000:
                cold = COLD / 1e6 * drift * clients
                runs.append(
                    run(f'cold {clients}', number, clients, cold, received=clients, cache=26.25e6)
                )
        longer = (delivery(1000) + 0.002 * 960 / drift) / 1e6 * drift
        runs += [
            run('payload 1024', number, 1000, longer * 500, received=500, payload=1024),
            run('echo', number, 1000, 0.01, events=1000),
            run('idle', number, 8000, 0.4, seconds=50, kernel_bytes_per_connection=3500, payload=0),
        ]
    environment = Environment(
        date='2026-01-02T03:04:05Z', commit='', cpu='', cores=2, memory=1, kernel='', python=''
    )
    return Result(
        command='',
        scenario={},
        environment=environment,
        targets=(Target(name='gateway'),),
        runs=tuple(runs),
    )


def queue(rounds: int = 3) -> Result:
    """Of gateways and a Redis that keep to the model: 5 µs to emit, 8 to hear, 3 + 0.5 a hearer."""
    runs = []
    for number in range(rounds):
        drift = 1 + number / 2
        for label, values in {
            'alone': {'emitter': 20},
            'burst': {'emitter': 25, 'hearer': 8, 'redis': 4},
            'calm': {'emitter': 90, 'hearer': 60, 'redis': 50},
            'listeners': {'redis': 13},
        }.items():
            spent = {name: value * drift for name, value in values.items()}
            runs.append(Run(target='gateway', round=number, label=label, values=spent))
        for label, longest in (('one', 20_000_000), ('two', 30_000_000)):
            steps = Histogram(((5_000_000, 90), (round(longest * drift), 10)))
            runs.append(
                Run(target='gateway', round=number, label=label, histograms={'delivery': steps})
            )
    return result(lambda clients: 10, 1).model_copy(update={'runs': tuple(runs), 'command': 'it'})
