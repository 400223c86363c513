"""Routes that tell what they do: each step says what its expressions become, then goes on.

A step is given a guard that tells, and answers as the step's own guard does. So what is told is
what the compiled routes themselves do.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

from gateway.config.expressions import Compiler, Environment
from gateway.config.model import Config
from gateway.config.paths import Scope, Value
from gateway.config.routes import NamespaceRoutes, Route, Step
from gateway.config.source import spell as spell_path
from gateway.config.template import Code, parse
from gateway.errors import ActionError


class Teller(Protocol):
    """Where it is told."""

    def heading(self, line: str) -> None:
        """A route or a function that is run; said once."""

    def step(self, line: str) -> None:
        """One of its steps."""

    def note(self, line: str) -> None:
        """What comes of that."""


def traced(config: Config, teller: Teller) -> Config:
    """The same configuration, telling."""
    tracer = Tracer(config, teller)
    spaces = {name: tracer.namespace(routes) for name, routes in config.namespaces.items()}
    return replace(config, namespaces=spaces)


class Tracer:
    """Makes steps tell."""

    def __init__(self, config: Config, teller: Teller) -> None:
        self.config = config
        self.teller = teller
        self.environment = Environment(os.environ)

    def namespace(self, routes: NamespaceRoutes) -> NamespaceRoutes:
        events = {name: self.events_route(route) for name, route in routes.events.items()}
        return replace(
            routes,
            connect=self.route(routes.connect, 'connect'),
            events=events,
            disconnect=self.route(routes.disconnect, 'disconnect'),
            error=self.route(routes.error, 'error'),
        )

    def events_route(self, route: Route) -> Route:
        return replace(route, actions=self.steps(route, 'event'))

    def route(self, route: Route | None, kind: str) -> Route | None:
        return route and replace(route, actions=self.steps(route, kind))

    def steps(self, route: Route, kind: str) -> tuple[Step, ...]:
        heading = f'{spell_path(route.path)} ({self.config.document.place(route.path)})'
        heading += ', sequential' if route.sequential else ''
        heading += f', at most {route.timeout:g} s' if route.timeout else ''
        return tuple(
            replace(step, guard=self.guard(step, number, heading, kind))
            for number, step in enumerate(route.actions, 1)
        )

    def guard(self, step: Step, number: int, heading: str, kind: str) -> Value:
        """The step's own guard, telling."""
        teller = self.teller
        body = self.config.document.walk(step.path)[0].plain()
        condition = body.pop('if', None)
        [verb] = body
        compiler = Compiler(self.environment, kind, claims=True)
        values = [(code, compiler.expression(code)) for code in codes(body)]

        def tell(scope: Scope) -> Any:
            teller.heading(heading)
            answer = step.guard is None or self.ask(
                step.guard, condition, scope, f'{number}. {verb}'
            )
            if step.guard is None:
                teller.step(f'{number}. {verb}')
            if answer is True:
                for code, value in values:
                    if not value.constant:  # what the event has no part in is not told
                        teller.note(f'${{{code.source}}}{become(value, scope)}')
            return answer

        return Value(tell)

    def ask(self, guard: Value, condition: str, scope: Scope, step: str) -> Any:
        try:
            answer = guard.get(scope)
        except ActionError as error:
            self.teller.step(f'{step}, if {condition}: {error.message}')
            raise
        told = {True: 'true', False: 'false, left out'}.get(answer, 'neither true nor false')
        self.teller.step(f'{step}, if {condition}: {told}')
        return answer


def codes(raw: Any) -> Iterator[Code]:
    """The expressions in a value, each once, in their order."""
    found: dict[str, Code] = {}
    for text in texts(raw):
        found |= {part.source: part for part in parse(text) if isinstance(part, Code)}
    yield from found.values()


def texts(raw: Any) -> Iterator[str]:
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, (list, dict)):
        for item in raw.values() if isinstance(raw, dict) else raw:
            yield from texts(item)


def become(value: Value, scope: Scope) -> str:
    """What an expression gives, as JSON."""
    try:
        return f' = {spell(value.get(scope))}'
    except ActionError as error:
        return f': {error.message}'


class Result:
    """What a Python function would return, which nobody knows."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f'what {self.name} returns'


def spell(value: Any) -> str:
    """A value as JSON."""
    if isinstance(value, Result):
        return repr(value)
    return json.dumps(value, ensure_ascii=False, default=repr)


def listed(values: Any) -> str:
    return ', '.join(map(spell, values)) or 'nothing'
