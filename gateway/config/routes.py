"""The section `namespaces`: which events a namespace knows, and what happens on each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from gateway.config.actions import KINDS, LATER, SHORT, VERBS, Action, read
from gateway.config.expressions import Compiler, Environment
from gateway.config.fields import RESERVED, Reading
from gateway.config.mistakes import Mistakes, kind
from gateway.config.paths import Value
from gateway.config.report import Report
from gateway.config.source import Path

PARTS = frozenset({'connect', 'events', 'disconnect', 'error'})
ROUTE = 'write an action, or a list of them'


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a route, with its guard and its `file:line:column`."""

    action: Action
    guard: Value | None
    place: str


@dataclass(frozen=True, slots=True)
class Route:
    """What happens, in order."""

    actions: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class NamespaceRoutes:
    """The routes of one namespace."""

    connect: Route | None
    events: Mapping[str, Route]
    disconnect: Route | None
    error: Route | None


def read_namespaces(
    raw: Any, report: Report, environment: Environment
) -> Mapping[str, NamespaceRoutes]:
    """The section as frozen values; what is wrong goes into the report."""
    path: Path = ('namespaces',)
    if not isinstance(raw, dict) or not raw:
        report.add(path, 'no namespace', 'write namespaces: {/: {events: {NAME: ACTION}}}')
        return MappingProxyType({})
    reader = Reader(report, environment, frozenset(raw))
    return MappingProxyType({name: reader.namespace(name, raw[name]) for name in raw})


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns plain values into routes; goes on after a mistake."""

    report: Report
    environment: Environment
    namespaces: frozenset[str]

    def namespace(self, name: str, raw: Any) -> NamespaceRoutes:
        path: Path = ('namespaces', name)
        if not name.startswith('/'):
            self.report.key(path, 'a namespace begins with /', f'write /{name}')
        elif '*' in name:
            self.report.key(path, 'namespace patterns are not available yet')
        elif ',' in name or '?' in name:
            self.report.key(path, 'a namespace holds no comma and no ?', 'rename it')
        body = self.mapping(path, raw, 'write connect, events, disconnect or error below it')
        for key in body.keys() - PARTS:
            if key in {'class', 'auth'}:
                self.report.key((*path, key), 'not available yet')
            else:
                self.report.unknown((*path, key), PARTS)
        routes = {
            kind_: self.route((*path, kind_), body[kind_], self.reading(name, kind_))
            for kind_ in ('connect', 'disconnect', 'error')
            if kind_ in body
        }
        events = self.mapping((*path, 'events'), body.get('events'), 'write NAME: ACTION below it')
        reading = self.reading(name, 'event')
        return NamespaceRoutes(
            connect=routes.get('connect'),
            events=MappingProxyType(dict(self.events((*path, 'events'), events, reading))),
            disconnect=routes.get('disconnect'),
            error=routes.get('error'),
        )

    def mapping(self, path: Path, raw: Any, mend: str) -> dict[str, Any]:
        if raw is None:
            return {}
        if isinstance(raw, dict):
            return raw
        self.report.add(path, f'{kind(raw)}, where a mapping is needed', mend)
        return {}

    def reading(self, namespace: str, kind_: str) -> Reading:
        return Reading(kind_, namespace, self.namespaces, Compiler(self.environment, kind_))

    def events(
        self, path: Path, raw: dict[str, Any], reading: Reading
    ) -> Iterator[tuple[str, Route]]:
        for name, body in raw.items():
            if name in RESERVED:
                mend = f'write {name} beside events' if name in KINDS else 'rename it'
                self.report.key((*path, name), f'{name} is a reserved name, not an event', mend)
            elif not name:
                self.report.key((*path, name), 'an event without a name', 'name it')
            yield name, self.route((*path, name), body, reading)

    def route(self, path: Path, raw: Any, reading: Reading) -> Route:
        if isinstance(raw, dict) and 'do' in raw:
            for key in raw.keys() - {'do'}:
                if key in {'sequential', 'timeout'}:
                    self.report.key((*path, key), 'not available yet')
                else:
                    self.report.unknown((*path, key), ['do'])
            path, raw = (*path, 'do'), raw['do']
        if isinstance(raw, list):
            steps = [self.step((*path, i), item, reading) for i, item in enumerate(raw)]
        else:
            steps = [self.step(path, raw, reading)]
        return Route(tuple(step for step in steps if step is not None))

    def step(self, path: Path, raw: Any, reading: Reading) -> Step | None:
        if raw is None:
            self.report.add(path, 'no action', ROUTE)
            return None
        if not isinstance(raw, dict):
            self.report.add(path, f'{kind(raw)}, where an action is needed', ROUTE)
            return None
        verbs = [key for key in raw if key in VERBS or key in LATER]
        for key in raw.keys() - {'if', *verbs}:
            self.report.unknown((*path, key), {*VERBS, 'if'}, 'verb')
        guard = self.guard((*path, 'if'), raw['if'], reading) if 'if' in raw else None
        if len(verbs) > 1:
            what = f'two verbs in one action: {" and ".join(verbs)}'
            self.report.key((*path, verbs[1]), what, 'make it a list of actions')
        if not raw.keys() - {'if'}:
            self.report.add(path, 'an action without a verb', f'add one of {", ".join(VERBS)}')
        actions = [self.action(path, verb, raw[verb], reading) for verb in verbs]
        if len(actions) != 1 or actions[0] is None:
            return None
        return Step(actions[0], guard, self.report.document.place(path))

    def guard(self, path: Path, raw: Any, reading: Reading) -> Value | None:
        assert reading.compiler is not None
        try:
            return reading.compiler.guard(raw)
        except Mistakes as mistakes:
            self.report.mistakes(path, mistakes)
            return None

    def action(self, path: Path, verb: str, body: Any, reading: Reading) -> Action | None:
        path = (*path, verb)
        if verb in LATER:
            self.report.key(path, 'not available yet')
            return None
        if verb not in KINDS[reading.kind]:
            refuse = (verb, reading.kind) == ('disconnect', 'connect')
            mend = 'use reject' if refuse else 'remove it'
            self.report.key(path, f'{verb} has no meaning in {reading.kind}', mend)
            return None
        try:
            return read(verb, body, reading)
        except Mistakes as mistakes:
            self.report.mistakes(path, mistakes)
        except ValidationError as error:
            short = verb in SHORT or not isinstance(body, dict)
            self.report.validation(path, error, VERBS[verb][0], skip=short)
        return None
