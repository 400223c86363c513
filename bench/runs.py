"""What a run is made of: several measurements at once, seconds, and why it is void.

Rules of this file:
- A second holds what the load saw and what the server used, as far as each is known.
- The load generator was the bottleneck where one of its processes was busy and the server was not.
- What it sent late shows in latencies as the server's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from bench.histogram import Histogram
from bench.load.fleet import Measured, Tick
from bench.result import Second
from bench.sampler import ServerSecond

BUSY = 0.9  # a load process that worked for more than that was the bottleneck,
SPARE = 0.85  # if the server used less than that of its core
TARDY = 0.01  # of what was to leave: more left late, so the latencies are not the server's alone
HALF = 0.5  # of its core: less in a closed loop measures something else


class Clocks(NamedTuple):
    """Nanoseconds of CPU; the server's are 0 where it can't be seen."""

    server: int
    load: Counter[int]  # by core
    worked: int  # by all on the machine
    stolen: int

    def since(self, before: Clocks) -> Clocks:
        return Clocks(
            self.server - before.server,
            self.load - before.load,
            self.worked - before.worked,
            self.stolen - before.stolen,
        )


def together(calls: Mapping[str, Callable[[], Measured]]) -> dict[str, Measured]:
    """What each has found; the first failure where one fails."""
    if len(calls) == 1:
        return {label: call() for label, call in calls.items()}
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = {label: pool.submit(call) for label, call in calls.items()}
        return {label: future.result() for label, future in futures.items()}


def verdict(
    load: Sequence[float], server: float | None, *, closed: bool, late: float = 0.0
) -> Iterator[str]:
    """Why a run measured something else than the server, which is None where it is unseen; `late`
    is the share of what was due that left late."""
    busiest = max(load, default=0)
    if busiest > BUSY and (server is None or server < SPARE):
        used = '' if server is None else f', the server {server:.0%} of its own'
        yield f'the load generator was the bottleneck: it used {busiest:.0%} of its core{used}'
    elif closed and server is not None and server < HALF:
        yield f'the server used only {server:.0%} of its core'
    if late > TARDY:
        yield f'the load generator was late: {late:.0%} left more than 10 ms after their time'


def series(ticks: Iterable[Tick], seconds: Iterable[ServerSecond]) -> tuple[Second, ...]:
    seen, used = {tick.second: tick for tick in ticks}, {it.second: it for it in seconds}
    return tuple(second(at, seen.get(at), used.get(at)) for at in sorted(seen | used))


def second(at: int, tick: Tick | None, server: ServerSecond | None) -> Second:
    latency = tick.latency if tick else Histogram()
    p50, p99, most = (
        round(latency.percentile(p) * 1e6) if latency else None for p in (50, 99, 100)
    )
    return Second(
        second=at,
        sent=tick.sent if tick else 0,
        received=tick.received if tick else 0,
        p50_ns=p50,
        p99_ns=p99,
        max_ns=most,
        user=server.user if server else None,
        system=server.system if server else None,
        rss=server.rss if server else None,
        descriptors=server.descriptors if server else None,
    )


def merged(ticks: Iterable[Tick]) -> Tick:
    """The latest second of several fleets, as one."""
    parts = list(ticks)
    return Tick(
        max(part.second for part in parts),
        sum(part.sent for part in parts),
        sum(part.received for part in parts),
        sum(part.connected for part in parts),
        sum((part.latency for part in parts), Histogram()),
    )
