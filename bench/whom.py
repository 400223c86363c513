"""The targets that a command names: servers of ours, and one that runs already.

Rules of this file:
- A server that runs already is spoken to in a dialect of flags; without `--url` they mean nothing.
- All is checked before anything is measured: the names, the URL, what the machine allows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.arguments import Options, Wrong, flag
from bench.load.wire import HOLE, Dialect, Trigger
from bench.scenario import Scenario
from bench.targets import NAMES, Target, remote, target
from bench.usage import URL

ALL = 'all'
FIELDS = {'echo_event': 'echo', 'enter_event': 'enter', 'say_event': 'say'}  # of a Dialect
NOT_DIALECT = {'url', 'pid', 'insecure', 'header', 'trigger_http', 'trigger_body', 'trigger_header'}


def chosen(scenario: Scenario, options: Options) -> list[Target]:
    """Wrong or TargetError where one can't be measured."""
    names = [name for given in scenario.targets for name in (NAMES if given == ALL else (given,))]
    found = [target(name, options.python) for name in dict.fromkeys(names)]
    if ALL not in scenario.targets:  # who names a slow one wants all of its rounds
        found = [replace(one, slow=False) for one in found]
    if found and options.server_core in options.load_cores and len(os.sched_getaffinity(0)) > 1:
        raise Wrong(f'--load-cores: {options.server_core} is the core of the server')
    if getattr(options, 'url', None):
        found.append(server(options))
    else:
        for name, _, _ in URL:
            if getattr(options, name, None) is not None:
                raise Wrong(f'{flag(name)} says how a server of yours is spoken to: add --url URL')
    for one in found:
        one.check(clients(scenario))
    return found


def clients(scenario: Scenario) -> int:
    """How many connections a scenario opens at once."""
    groups = getattr(scenario, 'groups', {})
    most = sum(group.clients for group in groups.values())
    return int(getattr(scenario, 'clients', most)) + bool(getattr(scenario, 'probe', None))


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
