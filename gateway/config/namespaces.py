"""The section `namespaces`: which events a namespace knows, and what happens on each.

The name of a namespace may hold `*` (`patterns.py`). Of two patterns that match the same name one
must have more literal text: else it is a mistake. An empty body is a namespace without routes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from gateway.config.actions import KINDS, MEANT, OTHERS, SHORT, VERBS, Action, Emit, owner, read
from gateway.config.constants import constant
from gateway.config.expressions import Compiler, Environment
from gateway.config.fields import RESERVED, Reading, function
from gateway.config.mistakes import Mistakes, kind, wrong
from gateway.config.paths import Value
from gateway.config.patterns import ambiguous
from gateway.config.report import Report
from gateway.config.routes import NamespaceRoutes, Route, Step
from gateway.config.source import Path
from gateway.config.units import between, duration
from gateway.config.validation import keys

if TYPE_CHECKING:
    from gateway.config.auth import Auth

PARTS = frozenset({'connect', 'events', 'disconnect', 'error', 'class', 'auth'})
LONG = frozenset({'do', 'sequential', 'timeout'})
ROUTE = 'write an action, or a list of them'
EXAMPLE = 'write namespaces: {/: {events: {NAME: ACTION}}}'
HOUR = 3600.0

T = TypeVar('T')


@dataclass(frozen=True, slots=True)
class Context:
    """What the reading of routes needs beside them. `base` is the folder of the file."""

    report: Report
    environment: Environment
    base: FilePath
    auth: 'Auth | None' = None  # the one for all namespaces
    claims: bool = False  # whether there is one, be it mistaken
    alone: bool = True  # whether there is no `cluster`

    def constant(
        self, read: Callable[[Any], T], path: Path, raw: Any, *, typed: bool = True
    ) -> T | None:
        """What `read` makes of a value that is known now; None after a mistake."""
        return constant(read, raw, path, self.report, Compiler(self.environment), typed=typed)


def read_auth(path: Path, raw: Any, context: Context) -> 'Auth | None':
    """A section `auth`; None after a mistake. Only who uses it pays for its import."""
    from gateway.config import auth  # noqa: PLC0415

    return context.constant(lambda value: auth.read(value, context.base), path, raw, typed=False)


def true_or_false(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise wrong(f'{kind(raw)}, where true or false is needed', 'write true or false')
    return raw


def timeout(raw: Any) -> float:
    return float(between(0.001, HOUR, 'write 1ms to 1h')(duration(raw)))


def asks(raw: Any) -> bool:
    """Whether a route as it was written asks a backend, which may say `claims`."""
    while isinstance(raw, dict) and 'do' in raw:
        raw = raw['do']
    steps = raw if isinstance(raw, list) else [raw]
    return any(isinstance(step, dict) and 'http' in step for step in steps)


def read_namespaces(raw: Any, path: Path, context: Context) -> Mapping[str, NamespaceRoutes]:
    """The section as frozen values; what is wrong goes into the report."""
    if not isinstance(raw, dict) or not raw:
        context.report.add(path, 'no namespace', EXAMPLE)
        return MappingProxyType({})
    for one, other in ambiguous(raw):
        what = f'some names match "{one}" as closely'
        context.report.key((*path, other), what, 'write more of the names in one of them')
    routes, last = {}, ''
    for name, body in raw.items():
        if name in PARTS:
            mend = f'indent it below {last or "the name of a namespace, such as /"}'
            context.report.key((*path, name), f'{name} is a part of a namespace', mend)
            Reader(context, last or '/', frozenset(raw)).namespace(path, {name: body})
        else:
            routes[name] = Reader(context, name, frozenset(raw)).namespace((*path, name), body)
            last = name
    return MappingProxyType(routes)


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns the plain values of one namespace into routes; goes on after a mistake."""

    context: Context
    name: str
    namespaces: frozenset[str]

    @property
    def report(self) -> Report:
        return self.context.report

    def namespace(self, path: Path, raw: Any) -> NamespaceRoutes:
        if not self.name.startswith('/'):
            self.report.key(path, 'a namespace begins with /', f'write /{self.name}')
        elif ',' in self.name or '?' in self.name:
            self.report.key(path, 'a namespace holds no comma and no ?', 'rename it')
        body = self.mapping(path, raw, 'write connect, events, disconnect or error below it')
        names = self.report.names(path, body, PARTS)
        for key in names.keys() - PARTS:
            self.report.unknown((*path, key), PARTS)
        parts = {part: ((*path, key), body[key]) for part, key in names.items()}
        auth, claims = self.auth(*parts['auth']) if 'auth' in parts else self.inherited()
        claims |= 'connect' in parts and asks(parts['connect'][1])
        routes = {
            part: self.route(*parts[part], self.reading(part, claims))
            for part in ('connect', 'disconnect', 'error')
            if part in parts
        }
        at, events = parts.get('events', (path, None))
        return NamespaceRoutes(
            connect=routes.get('connect'),
            events=MappingProxyType(dict(self.events(at, events, self.reading('event', claims)))),
            disconnect=routes.get('disconnect'),
            error=routes.get('error'),
            class_=self.function(*parts['class']) if 'class' in parts else None,
            auth=auth,
        )

    def inherited(self) -> 'tuple[Auth | None, bool]':
        return self.context.auth, self.context.claims

    def auth(self, path: Path, raw: Any) -> 'tuple[Auth | None, bool]':
        """Its own `auth`, and whether it has one, be it mistaken; `none` is none."""
        return (None, False) if raw == 'none' else (read_auth(path, raw, self.context), True)

    def function(self, path: Path, raw: Any) -> str | None:
        try:
            return function(raw)
        except Mistakes as mistakes:
            self.report.mistakes(path, mistakes)
            return None

    def mapping(self, path: Path, raw: Any, mend: str) -> dict[str, Any]:
        if raw is None:
            return {}
        if isinstance(raw, dict):
            return raw
        self.report.add(path, f'{kind(raw)}, where a mapping is needed', mend)
        return {}

    def reading(self, kind_: str, claims: bool) -> Reading:
        compiler = Compiler(self.context.environment, kind_, claims, self.context.alone)
        return Reading(kind_, self.name, self.namespaces, compiler)

    def events(self, path: Path, raw: Any, reading: Reading) -> Iterator[tuple[str, Route]]:
        for name, body in self.mapping(path, raw, 'write NAME: ACTION below it').items():
            if name in RESERVED:
                mend = f'write {name} beside events' if name in KINDS else 'rename it'
                self.report.key((*path, name), f'{name} is a reserved name, not an event', mend)
            elif not name:
                self.report.key((*path, name), 'an event without a name', 'name it')
            yield name, self.route((*path, name), body, reading)

    def route(self, path: Path, raw: Any, reading: Reading) -> Route:
        sequential, seconds, whole = False, None, path
        if isinstance(raw, dict) and not LONG.isdisjoint(raw):
            names = self.report.names(path, raw, LONG)
            if {'http', 'timeout'} <= raw.keys() and 'do' not in names:
                at = (*path, 'timeout')
                self.report.key(at, 'timeout stands beside http', 'indent it below http')
                return Route((), sequential, seconds, whole)
            for key in names.keys() - LONG:
                if key in VERBS or key == 'if':
                    self.report.key((*path, key), f'{key} stands beside do', 'move it into do')
                else:
                    self.report.unknown((*path, key), LONG)
            if 'sequential' in names:
                at = (*path, names['sequential'])
                if reading.kind != 'event':
                    what = f'sequential has no meaning in {reading.kind}'
                    self.report.key(at, what, 'remove it')
                sequential = bool(self.context.constant(true_or_false, at, raw[at[-1]]))
            if 'timeout' in names:
                at = (*path, names['timeout'])
                seconds = self.context.constant(timeout, at, raw[at[-1]])
            if 'do' not in names:
                self.report.add(path, 'do is missing', 'write {do: [ACTION, …], timeout: 30s}')
                return Route((), sequential, seconds, whole)
            path = (*path, names['do'])
            raw = raw[path[-1]]
        if isinstance(raw, list):
            steps = [self.step((*path, i), item, reading) for i, item in enumerate(raw)]
        else:
            steps = [self.step(path, raw, reading)]
        actions = tuple(step for step in steps if step is not None)
        return Route(actions, sequential, seconds, whole)

    def step(self, path: Path, raw: Any, reading: Reading) -> Step | None:
        if raw is None:
            self.report.add(path, 'no action', ROUTE)
            return None
        if not isinstance(raw, dict):
            self.report.add(path, f'{kind(raw)}, where an action is needed', ROUTE)
            return None
        beside = {key: verb for key in raw if (verb := owner(key, raw))}
        own = {key: body for key, body in raw.items() if key not in beside}
        names = self.report.names(path, own, {*VERBS, *MEANT, 'if'}, 'verb')
        verbs = [name for name in names if name in VERBS]
        for name in names.keys() - {'if', *verbs}:
            if name in MEANT:
                self.report.key((*path, names[name]), f'unknown verb {name}', MEANT[name])
            else:
                self.report.unknown((*path, name), {*VERBS, 'if'}, 'verb')
        for key, verb in beside.items():
            mend = f'indent it below {verb}' if verb in names else f'write {{{verb}: {{{key}: …}}}}'
            self.report.key((*path, key), f'{key} is a key of {verb}', mend)
        guard = None
        if 'if' in names:
            guard = self.guard((*path, names['if']), raw[names['if']], reading)
        if len(verbs) > 1:
            what = f'two verbs in one action: {" and ".join(verbs)}'
            self.report.key((*path, names[verbs[1]]), what, 'make it a list of actions')
        if not names.keys() - {'if'} and not beside:
            self.report.add(path, 'an action without a verb', f'add one of {", ".join(VERBS)}')
        actions = [
            self.action((*path, names[verb]), verb, raw[names[verb]], reading)
            for verb in verbs
            if verb not in beside.values()  # its body is known in part
        ]
        if len(actions) != 1 or actions[0] is None:
            return None
        return Step(actions[0], guard, self.report.document.place(path), path)

    def guard(self, path: Path, raw: Any, reading: Reading) -> Value | None:
        assert reading.compiler is not None
        try:
            return reading.compiler.guard(raw)
        except Mistakes as mistakes:
            self.report.untagged(path)  # if: !data.x
            self.report.mistakes(path, mistakes)
            return None

    def action(self, path: Path, verb: str, body: Any, reading: Reading) -> Action | None:
        if verb not in KINDS[reading.kind]:
            refuse = (verb, reading.kind) == ('disconnect', 'connect')
            mend = 'use reject' if refuse else 'remove it'
            self.report.key(path, f'{verb} has no meaning in {reading.kind}', mend)
            return None
        model = VERBS[verb][0]
        long = isinstance(body, dict) and verb not in SHORT
        hidden = OTHERS if model is not Emit else frozenset()
        known = [key for key in keys(model) if key not in hidden]
        names = self.report.names(path, body, known) if long else {}
        if long:
            body = {name: body[key] for name, key in names.items()}
        try:
            return read(verb, body, reading)
        except Mistakes as mistakes:
            self.report.mistakes(path, mistakes)
        except ValidationError as error:
            self.report.validation(path, error, model, names, skip=not long, hidden=hidden)
        return None
