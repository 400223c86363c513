"""What one round of each kind of scenario does with one target: it yields runs.

Rules of these files:
- What is opened is closed when the round is over, or given up.
- What can't be done with a target is a LoadError or a TargetError, and voids the round.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from bench.kinds import connect, echo, fanout, idle, mixed
from bench.own import compression, handlers, start, tls
from bench.result import Run
from bench.rig import Site
from bench.scenario import Scenario

ROUNDS: Mapping[str, Callable[[Any, Site], Iterator[Run]]] = {
    'fanout': fanout.runs,
    'echo': echo.runs,
    'connect': connect.runs,
    'idle': idle.runs,
    'mixed': mixed.runs,
    'start': start.runs,
    'handlers': handlers.runs,
    'compression': compression.runs,
    'tls': tls.runs,
}


def runs(scenario: Scenario, site: Site) -> Generator[Run, None, None]:
    """One round of a scenario."""
    yield from ROUNDS[getattr(scenario, 'kind', '')](scenario, site)
