"""A target and its load, fresh, each on its core; and the order in which targets take turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from bench.load import Load, Run
from bench.process import Process, machine_ns
from bench.targets import Target


@dataclass(frozen=True)
class Settings:
    targets: list[Target]
    rounds: int = 6
    ms: int = 1500  # length of a run
    quick: bool = False
    server_core: int = 0
    load_core: int = 1
    crowd: int = 9000  # the greater number of connections
    say: Callable[[str], None] = field(default=print)

    def named(self, *names: str) -> list[Target]:
        return [target for target in self.targets if target.name in names]

    def without(self, *names: str) -> list[Target]:
        return [target for target in self.targets if target.name not in names]

    def turns(self, targets: list[Target], rounds: int = 0) -> Iterator[tuple[int, Target]]:
        """A B C, C B A, A B C, …; slow ones in the first round only."""
        for turn in range(rounds or self.rounds):
            for target in targets if turn % 2 == 0 else reversed(targets):
                if turn == 0 or not target.slow:
                    yield turn, target


@dataclass(frozen=True)
class Sample:
    """What one run cost the server."""

    run: Run
    cpu_ns: int
    wall_s: float
    others: float  # cores' worth of work of other processes meanwhile: what makes it noisy
    stolen: float  # cores' worth of time taken by the hypervisor

    @property
    def busy(self) -> float:
        """How much of its core the server used."""
        return self.cpu_ns / 1e9 / self.wall_s

    @property
    def faults(self) -> str:
        return ', '.join(self.run.faults)


class Rig:
    def __init__(self, server: Process, load: Load) -> None:
        self.server, self.load = server, load

    def measure(self, run: Callable[[], Run]) -> Sample:
        start, before = monotonic(), self._clocks()
        result = run()
        wall_ns = (monotonic() - start) * 1e9
        server, load, worked, stolen = (b - a for a, b in zip(before, self._clocks(), strict=True))
        others = max(0, worked - server - load)
        return Sample(result, server, wall_ns / 1e9, others / wall_ns, stolen / wall_ns)

    def _clocks(self) -> tuple[int, int, int, int]:
        return self.server.cpu_ns(), self.load.process.cpu_ns(), *machine_ns()


@contextmanager
def rig(settings: Settings, target: Target) -> Iterator[Rig]:
    with (
        target.serving(settings.server_core) as (server, port),
        Load(port, settings.load_core) as load,
    ):
        yield Rig(server, load)
