"""The targets that a command names: servers of ours, and one that runs already.

Rules of this file:
- A server that runs already is spoken to in a dialect of flags; without `--url` they mean nothing.
- All is checked before anything is measured: the names, the URL, what the machine allows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench import checks
from bench.arguments import Options, Wrong, flag
from bench.load.wire import HOLE, Dialect, Trigger
from bench.scenario import Scenario
from bench.targets import NAMES, Target, TargetError, remote, target
from bench.usage import URL

ALL = 'all'
OWN_LOAD = {'compression', 'tls'}  # whose recipients are in one process
FIELDS = {'echo_event': 'echo', 'enter_event': 'enter', 'say_event': 'say'}  # of a Dialect
NOT_DIALECT = {'url', 'pid', 'insecure', 'header', 'trigger_http', 'trigger_body', 'trigger_header'}


def chosen(scenario: Scenario, options: Options) -> list[Target]:
    """Wrong or TargetError where one can't be measured."""
    names = [name for given in scenario.targets for name in (NAMES if given == ALL else (given,))]
    found = [target(name, options.python) for name in dict.fromkeys(names)]
    if ALL not in scenario.targets:  # who names a slow one wants all of its rounds
        found = [replace(one, slow=False) for one in found]
    if found and options.server_core in options.load_cores and checks.machine() > 1:
        raise Wrong(f'--load-cores: {options.server_core} is the core of the server')
    if getattr(options, 'url', None):
        found.append(server(options))
    else:
        for name, _, _ in URL:
            if getattr(options, name, None) is not None:
                raise Wrong(f'{flag(name)} says how a server of yours is spoken to: add --url URL')
    processes = len(options.load_cores) if options.generator == 'native' else 1
    found = [one for one in found if measurable(scenario, one)]
    for one in found:
        one.check(clients(scenario), share(scenario, processes))
    return [checks.apart(one, options.load_cores) for one in found]


def measurable(scenario: Scenario, one: Target) -> bool:
    """TargetError where it isn't; of all, one that nobody named is left out."""
    try:
        checks.able(scenario, one)
    except TargetError as error:
        if ALL not in scenario.targets or one.name in scenario.targets:
            raise
        print(f'bench: left out: {error}', file=sys.stderr, flush=True)
        return False
    return True


def clients(scenario: Scenario) -> int:
    """How many connections a scenario opens at once."""
    return sum(crowds(scenario))


def share(scenario: Scenario, processes: int) -> int:
    """How many of them the busiest load process has: those of one group, in so many processes."""
    if getattr(scenario, 'kind', '') in OWN_LOAD:
        processes = 1
    return max(-(-crowd // processes) for crowd in crowds(scenario))


def crowds(scenario: Scenario) -> list[int]:
    """The connections that are shared among load processes of their own."""
    if groups := getattr(scenario, 'groups', {}):
        return [group.clients for group in groups.values()]
    return [int(getattr(scenario, 'clients', 0)) + bool(getattr(scenario, 'probe', None))]


def server(options: Options) -> Target:
    """The one that runs already."""
    insecure = bool(options.insecure)
    return remote(options.url, dialect(options), options.pid, insecure=insecure)


def dialect(options: Options) -> Dialect:
    values: dict[str, Any] = {
        FIELDS.get(name, name): getattr(options, name)
        for name, _, _ in URL
        if name not in NOT_DIALECT and getattr(options, name) is not None
    }
    headers = dict(pairs('header', options.header))
    try:
        return Dialect(**values, headers=headers, trigger=trigger(options))
    except ValueError as error:
        raise Wrong(str(error)) from None


def trigger(options: Options) -> Trigger | None:
    if options.trigger_http is None:
        for name in ('trigger_body', 'trigger_header'):
            if getattr(options, name) is not None:
                raise Wrong(f"{flag(name)} needs --trigger-http 'POST URL'")
        return None
    method, _, url = options.trigger_http.rpartition(' ')
    body = options.trigger_body or ('' if HOLE in url else HOLE)
    headers = dict(pairs('trigger_header', options.trigger_header))
    return Trigger(url, method.strip().upper() or 'POST', headers, body)


def pairs(name: str, lines: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    for line in lines or ():
        key, sign, text = line.partition(':')
        if not sign or not key.strip():
            raise Wrong(f"{flag(name)} {line}: write it like 'Name: value'")
        yield key.strip(), text.strip()


def listed(python: str) -> Iterator[Mapping[str, str]]:
    """The servers of ours, for people."""
    for name in NAMES:
        found = target(name, python)
        yield {'name': name, 'about': found.about, 'settings': found.settings}
