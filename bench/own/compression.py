"""permessage-deflate at 1 KB and 16 KB of text, one broadcast at a time: CPU and bytes per delivery
and resident memory per connection, with it and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bench.own import drained
from bench.own.drain import text
from bench.result import Run
from bench.rig import Site
from bench.scenario import Compression
from bench.targets import Local

SIZES = {'1 KB': 1_024, '16 KB': 16_384}
TEXTS = 50  # different ones: a compressor that remembers must not meet the same again at once
ON = 'socketio: {compression: {threshold: 1KB}}\n'
KEPT = ('cpu_per_delivery', 'bytes_per_delivery', 'memory_per_connection')


def runs(scenario: Compression, site: Site) -> Iterator[Run]:
    plain = drained.local(site.target)
    both = {'plain': plain, 'deflate': compressing(plain)}
    for name, target in both.items() if site.round % 2 == 0 else reversed(both.items()):
        for size, length in SIZES.items():
            events = [f'42["pub","{text(length, n)}"]'.encode() for n in range(TEXTS)]
            yield drained.run(scenario, site, target, f'{name} {size}', events, KEPT)


def compressing(target: Local) -> Local:
    config = target.config and ON + target.config
    return replace(target, config=config, env={**target.env, 'DEFLATE': 'on'})
