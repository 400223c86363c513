"""Figures and circumstances in words, the same in the table, the pictures and the page.

Rules of this file:
- Three digits say all that a measurement knows; from a thousand on digits are grouped.
- Nothing is left out because it looks bad: what is void is named with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

from bench.result import Environment, Result, Run

NOISY = 0.1  # cores' worth of other work, from which on a run is called noisy
UNITS_OF_TIME = ((1e-3, 1e6, 'ns'), (1.0, 1e3, 'µs'), (1e3, 1.0, 'ms'))


def number(value: float) -> str:
    """Three digits: 0.123, 12.3, 1,230,000."""
    if not isfinite(value):
        return '–'
    if abs(value) < 1000:
        text = f'{value:.3g}'
        return text if abs(float(text)) < 1000 else '1,000'
    digits = len(str(int(abs(value)))) - 3
    return f'{round(value, -digits):,.0f}'


def short(value: float) -> str:
    """For an axis: 1,500,000 is 1.5 M."""
    for size, letter in ((1e9, ' G'), (1e6, ' M'), (1e3, ' k')):
        if abs(value) >= size:
            return f'{value / size:.3g}{letter}'
    return f'{value:.3g}'


def latency(milliseconds: float) -> str:
    """In the unit that reads best: 250 µs, 12.5 ms, 1.2 s."""
    if not milliseconds:
        return '0 ms'
    for below, factor, unit in UNITS_OF_TIME:
        if milliseconds < below:
            return f'{milliseconds * factor:.3g} {unit}'
    return f'{milliseconds / 1e3:.3g} s'


def ratio(value: float) -> str:
    """1.49 ×; three digits are too many for the great ones."""
    return f'{value:.2f} ×' if value < 10 else f'{value:,.0f} ×'


def count(many: int, thing: str) -> str:
    """1 round, 2 rounds."""
    return f'{many:,} {thing}{"" if many == 1 else "s"}'


def size(octets: float) -> str:
    return f'{octets:g} bytes' if octets < 1024 else f'{octets / 1024:.3g} KB'


def setting(result: Result) -> str:
    """What was asked for, in one line: clients, rate, payload, rounds."""
    return ' · '.join(_settings(result))


def _settings(result: Result) -> Iterator[str]:
    said = result.scenario
    kind = said.get('kind')
    if groups := said.get('groups'):
        yield count(len(groups), 'group')
        yield count(sum(group.get('clients', 0) for group in groups.values()), 'client')
    elif clients := said.get('clients'):
        yield count(clients, 'client')
    if said.get('find_peak'):
        yield f'p99 within {latency(said["find_peak"] * 1e3)}'
    elif rate := said.get('rate'):
        what = {'fanout': 'broadcasts', 'echo': 'events', 'connect': 'connections'}.get(kind or '')
        if rate != 'closed':
            yield f'{number(rate)} {what or "a second"}{"/s" if what else ""}'
        elif kind == 'fanout':
            yield 'one broadcast at a time'
        else:
            yield f'{said.get("pipeline", 1)} under way each'
    if payload := said.get('payload'):
        yield size(payload)
    if said.get('storm') == 'reconnect':
        yield 'all cut off at once'
    yield count(len({run.round for run in result.runs}), 'round')


def machine(environment: Environment) -> str:
    """The machine in one line."""
    memory = f'{environment.memory / 2**30:.0f} GiB'
    kernel = f'Linux {environment.kernel.split("-")[0]}'
    return f'{environment.cpu}, {count(environment.cores, "core")}, {memory}, {kernel}'


def environment(result: Result) -> Iterator[tuple[str, str]]:
    """(what, which) of everything that bears on the figures."""
    it = result.environment
    yield 'date', f'{it.date:%Y-%m-%d %H:%M %Z}'.rstrip()
    yield 'commit', it.commit
    yield 'machine', machine(it)
    cores = ', '.join(str(core) for core in it.load_cores)
    server = 'where its owner put it' if it.server_core is None else f'on {it.server_core}'
    yield 'cores', f'server {server}, load on {cores or "any"}'
    yield 'load', it.load_generator or 'unknown'
    yield 'open files', f'{it.open_files:,}'
    yield 'versions', versions({'python': it.python, **it.versions})
    if it.sysctls:
        yield 'sysctls', ', '.join(f'{name}={value}' for name, value in it.sysctls.items())
    for target in result.targets:
        about = [target.about, target.settings, versions(target.versions)]
        if said := '; '.join(filter(None, about)):
            yield target.name, said


def versions(found: Mapping[str, str]) -> str:
    return ', '.join(f'{name} {value}' for name, value in found.items())


def voids(result: Result) -> Iterator[tuple[Run, str]]:
    """Runs that don't count, and why."""
    for run in result.runs:
        if run.void:
            yield run, ', '.join(run.void)


def where(run: Run) -> str:
    """node, json, round 2: rounds count from one for people."""
    return ', '.join(filter(None, (run.target, run.label, f'round {run.round + 1}')))


def noise(result: Result) -> str:
    """How much else went on meanwhile."""
    noisy = sum(run.others > NOISY or run.stolen > NOISY for run in result.runs)
    lag = max((run.schedule_lag for run in result.runs), default=0)
    return (
        f'Other work took more than a tenth of a core in {noisy} of '
        f'{count(len(result.runs), "run")}; the load generator was late by at most '
        f'{latency(lag * 1e3)}.'
    )
