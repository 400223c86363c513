"""Broadcasts to all: on a schedule, or the next when all have the last.

Rules of this file:
- Forms take turns on one server; who goes first alternates from round to round.
- Clients of one serializer share their connections; those of another come after they have gone.
- With a probe there is one client more, so that all others are as many as was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.kinds import peak
from bench.load.fleet import Measured
from bench.load.wire import Form
from bench.result import Run
from bench.rig import Rig, Site
from bench.scenario import Fanout
from bench.targets import Target, TargetError


def runs(scenario: Fanout, site: Site) -> Iterator[Run]:
    forms = spoken(scenario.forms, site.target)
    if scenario.find_peak:
        for form in forms if site.round % 2 == 0 else reversed(forms):
            yield peak.run(scenario, site, form, form if len(scenario.forms) > 1 else '')
        return
    closed = scenario.rate == 'closed'
    with site.rig() as rig:
        packed: bool | None = None
        for form in forms if site.round % 2 == 0 else reversed(forms):
            if packed is not (form == 'msgpack'):
                if packed is not None:
                    rig.fleet.close()
                packed = form == 'msgpack'
                clients = scenario.clients + bool(scenario.probe)
                window, headers = scenario.window, scenario.headers
                rig.connect(clients, form=form, window=window, headers=headers)
            rig.warm(scenario.warmup, partial(broadcast, scenario, rig, form))
            call = partial(broadcast, scenario, rig, form, scenario.duration)
            label = form if len(scenario.forms) > 1 else ''
            yield rig.measure(label, call, seconds=scenario.duration, closed=closed)


def broadcast(scenario: Fanout, rig: Rig, form: Form, seconds: float) -> Measured:
    return rig.fleet.broadcast(
        seconds,
        rate=None if scenario.rate == 'closed' else scenario.rate,
        form=form,
        payload=scenario.payload,
        probe=scenario.probe,
        drain=scenario.drain,
    )


def spoken(forms: tuple[Form, ...], target: Target) -> list[Form]:
    """Those that the target speaks; TargetError where it speaks none of them."""
    found = [form for form in forms if form in target.forms]
    if not found:
        raise TargetError(f'{target.name} speaks no {" and no ".join(forms)}')
    return found
