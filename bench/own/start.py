"""From the start of the process to the first accepted connection, file cache warm; the gateway with
the configuration that it comes with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from time import monotonic

from bench.result import Run
from bench.rig import Site
from bench.scenario import Start
from bench.targets import Local, default_config


def runs(scenario: Start, site: Site) -> Iterator[Run]:
    target = site.target
    if isinstance(target, Local) and target.config:
        target = replace(target, config=default_config())
    begun = monotonic()
    with target.serving(site.settings.server_core):
        taken = monotonic() - begun
    yield Run(target=target.name, round=site.round, seconds=taken, values={'start': taken})
