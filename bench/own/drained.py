"""One measurement with the recipients of drain.py, which are in this process, on the load core."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

from bench.own.drain import measure
from bench.process import Process, pinned
from bench.result import Run
from bench.rig import Site
from bench.scenario import Compression, Tls
from bench.targets import Local, Target, TargetError

ABLE = ('gateway', 'node', 'node-defaults')  # that take TLS and permessage-deflate from us


def local(target: Target) -> Local:
    """TargetError for one that the harness can't change."""
    if not isinstance(target, Local) or target.name not in ABLE:
        raise TargetError(f'{target.name}: only {", ".join(ABLE)} can be measured so')
    return target


def run(
    scenario: Compression | Tls,
    site: Site,
    target: Local,
    label: str,
    events: Sequence[bytes],
    kept: Sequence[str],
    tls: ssl.SSLContext | None = None,
) -> Run:
    settings = site.settings
    settings.live.phase(f'measuring {label}', scenario.duration)
    whole = Run(target=target.name, round=site.round, label=label, connections=scenario.clients)
    with target.serving(settings.server_core) as served, pinned(settings.load_cores[0]):
        assert isinstance(served.process, Process)
        work = measure(
            served.process,
            served.address.port,
            scenario.clients,
            events,
            scenario.duration,
            tls,
        )
        try:
            costs = asyncio.run(work)
        except (OSError, TimeoutError) as error:
            return whole.model_copy(update={'void': (str(error) or type(error).__name__,)})
    values = {
        'cpu_per_connection': costs.connect,
        'memory_per_connection': costs.memory,
        'cpu_per_delivery': costs.cpu,
        'bytes_per_delivery': costs.bytes,
    }
    return whole.model_copy(update={'values': {name: values[name] for name in kept}})
