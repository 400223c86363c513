"""Groups at once: each its own fleet, form, transport and rooms, all on the same load cores.

Rules of this file:
- Groups that are measured by themselves too are so in the same round, on the same server; whether
  before or after the others joined in alternates from round to round.
- The server can't be divided among groups: what it used is in a run of all of them, `together`.
- Slow readers are sockets of the harness: they enter the group's first room and read no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial

from bench.figures import ALONE
from bench.kinds.slow import SlowReader
from bench.load.fleet import Fleet, Measured
from bench.load.wire import NUMBER
from bench.result import Run, Second
from bench.rig import Rig, Site
from bench.scenario import Group, Mixed
from bench.targets import Target, TargetError

TOGETHER = 'together'
Calls = Mapping[str, Callable[[float], Measured]]


def runs(scenario: Mixed, site: Site) -> Iterator[Run]:
    if not scenario.groups:
        raise TargetError('a mixed scenario needs groups')
    if unknown := set(scenario.alone) - set(scenario.groups):
        raise TargetError(f'alone: no group {", ".join(sorted(unknown))}')
    for name, group in scenario.groups.items():
        check(name, group, site.target)
    with site.rig(spin=False) as rig, ExitStack() as stack:
        calls: dict[str, Callable[[float], Measured]] = {}
        slow: list[SlowReader] = []
        for number, (name, group) in enumerate(scenario.groups.items()):
            fleet = rig.join(spin=False) if number else rig.fleet
            site.settings.live.phase(f'connecting {group.clients:,} clients: {name}')
            enter(scenario, group, fleet)
            calls[name] = partial(broadcast, scenario, group, fleet)
            for _ in range(group.slow_readers):
                reader = SlowReader(rig.server, fleet.address, first_room(fleet))
                slow.append(stack.enter_context(reader))
        order: list[Callable[[], Iterator[Run]]] = [
            partial(all_of, scenario, rig, calls, slow),
            *(partial(one, scenario, rig, name, calls[name]) for name in scenario.alone),
        ]
        for part in order if site.round % 2 else reversed(order):
            yield from part()


def one(scenario: Mixed, rig: Rig, name: str, call: Callable[[float], Measured]) -> Iterator[Run]:
    rig.warm(scenario.warmup, call)
    yield rig.measure(f'{name}{ALONE}', lambda: call(scenario.duration), seconds=scenario.duration)


def all_of(scenario: Mixed, rig: Rig, calls: Calls, slow: list[SlowReader]) -> Iterator[Run]:
    seconds = scenario.duration
    if scenario.warmup:
        warm = {name: partial(call, scenario.warmup) for name, call in calls.items()}
        rig.measure_all(warm, seconds=scenario.warmup)
    found = rig.measure_all(
        {name: partial(call, seconds) for name, call in calls.items()}, seconds=seconds
    )
    yield from (run.model_copy(update={'server': None}) for run in found)
    whole = found[0].model_copy(
        update={
            'label': TOGETHER,
            'void': tuple(f'{run.label}: {why}' for run in found for why in run.void),
            'interrupted': any(run.interrupted for run in found),
            'sent': sum(run.sent for run in found),
            'recipients': 0,
            'received': sum(run.received for run in found),
            'histograms': {},
            'series': summed(found),
            'notes': {
                'slow_readers': len(slow),
                'slow_readers_cut_off': sum(reader.cut_off() for reader in slow),
            },
        }
    )
    yield whole


def summed(found: list[Run]) -> tuple[Second, ...]:
    """What the groups did in each second, beside what the server used."""
    seconds: dict[int, Second] = {}
    for run in found:
        for it in run.series:
            have = seconds.get(it.second)
            quiet = {'p50_ns': None, 'p99_ns': None, 'max_ns': None}
            counts = {
                'sent': it.sent + (have.sent if have else 0),
                'received': it.received + (have.received if have else 0),
            }
            seconds[it.second] = (have or it).model_copy(update=quiet | counts)
    return tuple(seconds[at] for at in sorted(seconds))


def check(name: str, group: Group, target: Target) -> None:
    if group.form not in target.forms:
        raise TargetError(f'{target.name} speaks no {group.form} (group {name})')
    if group.transport not in target.transports:
        raise TargetError(f'{target.name} has no {group.transport} (group {name})')
    if group.room_size and group.clients % group.room_size:
        raise TargetError(f'{group.clients} clients fill no rooms of {group.room_size} ({name})')


def enter(scenario: Mixed, group: Group, fleet: Fleet) -> None:
    fleet.connect(
        group.clients,
        form=group.form,
        transport=group.transport,
        window=scenario.window,
        headers=scenario.headers,
        rooms=group.clients // group.room_size if group.room_size else 1,
        enter=True,
    )


def broadcast(scenario: Mixed, group: Group, fleet: Fleet, seconds: float) -> Measured:
    return fleet.broadcast(
        seconds, rate=group.rate, form=group.form, payload=group.payload, drain=scenario.drain
    )


def first_room(fleet: Fleet) -> str:
    return fleet.room.replace(NUMBER, '0' * len(NUMBER))
