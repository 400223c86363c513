"""permessage-deflate at 1 KB and 16 KB of text, 1,000 recipients, one broadcast at a time: CPU and
bytes per delivery and resident memory per connection, with it and without, here and in Node."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bench.drain import measure, text
from bench.process import pinned
from bench.rig import Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure
from bench.targets import Target

SIZES = {'1k': 1_024, '16k': 16_384}
KINDS = {'cpu': 'µs', 'bytes': 'bytes', 'memory': 'KB'}
TEXTS = 50  # different ones: a compressor that remembers must not meet the same again at once
ON = 'socketio: {compression: {threshold: 1KB}}\n'


def run(settings: Settings) -> list[Figure]:
    with pinned(settings.load_core):  # the recipients are in this process
        return measured(settings)


def measured(settings: Settings) -> list[Figure]:
    units = {f'deflate-{what}-{size}': unit for size in SIZES for what, unit in KINDS.items()}
    figures = Figures(settings, **units)
    recipients = 200 if settings.quick else 1000
    for turn, target in settings.turns(variants(settings)):
        for size, length in SIZES.items():
            with target.serving(settings.server_core) as (server, port):
                events = [f'42["pub","{text(length, n)}"]'.encode() for n in range(TEXTS)]
                costs, void = None, ''
                try:
                    costs = asyncio.run(
                        measure(server, port, recipients, events, settings.ms / 1000)
                    )
                except (OSError, TimeoutError) as error:
                    void = str(error) or type(error).__name__
                for what in KINDS:
                    value = getattr(costs, what, 0.0)
                    figures.add(f'deflate-{what}-{size}', target, turn, value, void)
    return figures.list()


def variants(settings: Settings) -> list[Target]:
    """Each with compression and without."""
    made = []
    for target in settings.named('gateway', 'node'):
        compressing = replace(
            target,
            name=f'{target.name}-deflate',
            config=target.config and ON + target.config,
            env={**target.env, 'DEFLATE': 'on'},
        )
        made += [target, compressing]
    return made
