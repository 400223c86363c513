"""From the start of the process to the first accepted connection, file cache warm; the gateway with
the configuration that it comes with."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from bench.rig import Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure
from bench.targets import default_config


def run(settings: Settings) -> list[Figure]:
    figures = Figures(settings, start='s')
    targets = settings.without('c-loop', 'c-loop-coalescing')
    for turn, target in settings.turns(targets, 3 if settings.quick else 10):
        default = replace(target, config=default_config())  # only the gateway reads it
        begun = monotonic()
        with default.serving(settings.server_core):
            taken = monotonic() - begun
        figures.add('start', target, turn, taken)
    return figures.list()
