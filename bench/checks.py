"""Whether a scenario can be measured at all, and of these targets.

Rules of this file:
- Nothing has been started yet. What can't be is one line, and how to mend it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import replace

from bench.arguments import PROGRAM, Wrong
from bench.kinds import fanout, mixed
from bench.own.drained import ABLE
from bench.scenario import Scenario
from bench.targets import NAMES, Remote, Target, TargetError

ONLY = {'handlers': ('gateway',), 'compression': ABLE, 'tls': ABLE, 'start': NAMES}
NAME = re.compile(r'[\w. -]{0,100}')


def possible(scenario: Scenario) -> None:
    """Wrong where it contradicts itself."""
    if not NAME.fullmatch(scenario.name):
        words = 'a name is up to 100 letters, digits, dots, dashes and spaces: write --name NAME'
        raise Wrong(f'{scenario.name}: {words}')
    if getattr(scenario, 'groups', None) == {}:
        raise Wrong(f'{scenario.name}: no groups; they are written in YAML: {PROGRAM} run FILE')
    if getattr(scenario, 'find_peak', None) and getattr(scenario, 'rate', None) == 'closed':
        raise Wrong('--find-peak climbs from a rate: --rate closed has none')


def able(scenario: Scenario, target: Target) -> None:
    """TargetError where it can't be measured so."""
    kind = getattr(scenario, 'kind', '')
    names = ONLY.get(kind, (target.name,))
    if target.name not in names:
        which = 'servers that it starts' if names is NAMES else ', '.join(names)
        raise TargetError(f'{target.name}: {kind} measures only {which}')
    if forms := getattr(scenario, 'forms', ()):
        fanout.spoken(forms, target)
    for name, group in getattr(scenario, 'groups', {}).items():
        mixed.check(name, group, target)


def apart(target: Target, load_cores: Sequence[int]) -> Target:
    """It, with a note where it may run on a core of the load; Wrong where it has no other."""
    if not isinstance(target, Remote) or target.pid is None or machine() == 1:
        return target
    allowed = os.sched_getaffinity(target.pid)
    shared = sorted(allowed & {*load_cores})
    if not shared:
        return target
    if len(allowed) == 1 and allowed == {*load_cores}:
        raise Wrong(f'--load-cores: {shared[0]} is the core of process {target.pid}')
    which = ', '.join(map(str, shared))
    said = f'may run on core {which}, where the load is: what it costs is uncertain'
    apart = ','.join(map(str, sorted(os.sched_getaffinity(0) - {*load_cores})))
    mend = f'keep it off: taskset -acp {apart} {target.pid}'
    print(f'bench: process {target.pid} {said}; {mend}', file=sys.stderr, flush=True)
    return replace(target, about=f'{target.about}; {said}')


def machine() -> int:
    """How many cores there are for us."""
    return len(os.sched_getaffinity(0))
