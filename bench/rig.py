"""A target and its load, fresh, each on its cores; and what one measurement of them is.

Rules of this file:
- The server's CPU and memory are read just before a measurement and just after it.
- A run is void for each of its faults; where the load generator was the bottleneck; and where a
  closed loop left the server idle for half of the time.
- Ctrl-C ends the measurement that runs, which is kept; whatever else is under way is dropped.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from bench.interrupts import Interrupts
from bench.live import Live
from bench.load.fleet import Fleet, Measured, Tick
from bench.process import machine_ns
from bench.result import Run, Server
from bench.runs import Clocks, merged, series, together, verdict
from bench.sampler import Sampler
from bench.targets import Served, Target


@dataclass(frozen=True)
class Settings:
    server_core: int
    load_cores: tuple[int, ...]
    native: bool = True
    python: str = sys.executable  # runs the gateway
    live: Live = field(default_factory=Live)

    @property
    def spin(self) -> bool:
        """Polling without sleep is for cores that the server does not need."""
        return self.server_core not in self.load_cores


class Rig:
    """A target that runs, and the fleets that load it."""

    def __init__(self, site: Site, served: Served, stack: ExitStack) -> None:
        self.site, self.server, self.stack = site, served, stack
        self.fleets: list[Fleet] = []
        self._sampler = Sampler(served.process)
        self._latest: dict[Fleet, Tick] = {}

    @property
    def fleet(self) -> Fleet:
        return self.fleets[0]

    def join(self, *, spin: bool) -> Fleet:
        """One more fleet."""
        settings = self.site.settings
        fleet: Fleet = Fleet(
            self.server.address,
            settings.load_cores,
            self.server.dialect,
            native=settings.native,
            spin=spin,
            insecure=getattr(self.site.target, 'insecure', False),
            on_tick=lambda tick: self._tick(fleet, tick),
        )
        self.fleets.append(self.stack.enter_context(fleet))
        return fleet

    def connect(self, count: int, **options: Any) -> Measured:
        """The first fleet's connections, which are no measurement."""
        self.site.settings.live.phase(f'connecting {count:,} clients')
        return self.fleet.connect(count, **options)

    def warm(self, seconds: float, call: Callable[[float], Measured]) -> None:
        """The same for a while, which does not count."""
        if seconds:
            self.site.settings.live.phase('warming up', seconds)
            call(seconds)

    def measure(
        self,
        label: str,
        call: Callable[[], Measured],
        *,
        seconds: float | None = None,
        closed: bool = False,
        judged: bool = True,
        values: Mapping[str, float] | None = None,
    ) -> Run:
        """One run; `seconds` is how long it will take. Unless it is `judged`, it is void for
        nothing but its faults."""
        [run] = self.measure_all(
            {label: call}, seconds=seconds, closed=closed, judged=judged, values=values
        )
        return run

    def measure_all(
        self,
        calls: Mapping[str, Callable[[], Measured]],
        *,
        seconds: float | None = None,
        closed: bool = False,
        judged: bool = True,
        values: Mapping[str, float] | None = None,
    ) -> list[Run]:
        """Several at once, each in a thread of its own; what the server used is in all of them."""
        site = self.site
        if site.interrupts.asked:
            raise KeyboardInterrupt
        site.settings.live.phase(f'measuring {" and ".join(filter(None, calls))}'.strip(), seconds)
        rss = self.rss()
        user, system = self.user_system()
        self._latest.clear()
        self._sampler.start()
        began, before = monotonic(), self._clocks()
        try:
            with site.interrupts.stoppable(self.fleets):
                found = together(calls)
        finally:
            server_seconds = self._sampler.stop()
        spent = self._clocks().since(before)
        wall = monotonic() - began
        server = None
        if process := self.server.process:
            user_after, system_after = self.user_system()
            server = Server(
                cpu=spent.server / 1e9,
                user=round(user_after - user, 2),
                system=round(system_after - system, 2),
                rss_before=rss,
                rss_after=self.rss(),
                descriptors=process.descriptors(),
            )
        runs = []
        for label, measured in found.items():
            void = list(measured.faults)
            if judged and not measured.stopped and not void:
                load = measured.busy
                if len(calls) > 1:  # they share cores, so that waiting looks like work
                    load = tuple(spent_ns / 1e9 / wall for spent_ns in spent.load.values())
                share = server.cpu / wall if server else None
                late = measured.late / max(1, measured.sent or measured.events)
                void += verdict(load, share, closed=closed, late=late)
            run = Run(
                target=site.target.name,
                round=site.round,
                label=label,
                void=tuple(void),
                interrupted=measured.stopped,
                seconds=measured.seconds or wall,
                connections=sum(fleet.connected for fleet in self.fleets),
                sent=measured.sent,
                recipients=measured.recipients,
                received=measured.received,
                events=measured.events,
                acknowledged=measured.acknowledged,
                schedule_lag=measured.schedule_lag,
                histograms=measured.histograms,
                series=series(measured.ticks, server_seconds),
                server=server,
                load=measured.busy,
                others=max(0, spent.worked - spent.server - spent.load.total()) / 1e9 / wall,
                stolen=spent.stolen / 1e9 / wall,
                values={**counted(measured), **(values or {})},
            )
            runs.append(run)
        return runs

    def rss(self) -> int:
        return self.server.process.rss() if self.server.process else 0

    def user_system(self) -> tuple[float, float]:
        return self.server.process.user_system() if self.server.process else (0.0, 0.0)

    def _clocks(self) -> Clocks:
        process = self.server.process
        load = sum((Counter(fleet.cpu_ns()) for fleet in self.fleets), Counter[int]())
        return Clocks(process.cpu_ns() if process else 0, load, *machine_ns())

    def _tick(self, fleet: Fleet, tick: Tick) -> None:
        """Told once all the fleets that are measured have come so far."""
        self._latest[fleet] = tick
        if all(latest.second >= tick.second for latest in self._latest.values()):
            self.site.settings.live.tick(merged(self._latest.values()), self._sampler.latest)


@dataclass(frozen=True)
class Site:
    """One target in one round."""

    settings: Settings
    target: Target
    round: int
    interrupts: Interrupts = field(default_factory=Interrupts)
    generators: set[str] = field(default_factory=set)  # that were used

    @contextmanager
    def rig(self, target: Target | None = None, *, spin: bool = True) -> Iterator[Rig]:
        """A fresh server and its load; `target` where it is another one than the round's."""
        settings = self.settings
        with ExitStack() as stack:
            served = stack.enter_context((target or self.target).serving(settings.server_core))
            rig = Rig(self, served, stack)
            self.generators.add(rig.join(spin=spin and settings.spin).generator)
            yield rig


def counted(measured: Measured) -> dict[str, float]:
    return {'heartbeats': measured.heartbeats} if measured.heartbeats else {}
