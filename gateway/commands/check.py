"""`check`: a configuration with its Python handlers, or every mistake in both at once."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gateway.commands import strict
from gateway.config.backends import Http
from gateway.config.expressions import Environment
from gateway.config.handlers import handlers
from gateway.config.load import load
from gateway.config.model import Config, Server, SocketIO
from gateway.config.namespaces import Context, read_namespaces
from gateway.config.report import Report
from gateway.config.source import Document
from gateway.errors import ConfigError, Problem
from gateway.routing.facade import socketio
from gateway.routing.loading import Handlers, handled, load_handlers
from gateway.routing.registry import ERROR

NO_EVENTS = {'connect', 'disconnect', ERROR}


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is nothing wrong with."""

    config: Config
    handlers: Handlers

    @property
    def namespaces(self) -> list[str]:
        """All of them; `*` is Python's for those that are not named."""
        handlers = self.handlers
        return sorted({*self.config.namespaces, *handlers.spaces, *handlers.classes})

    @property
    def size(self) -> str:
        """In words: `2 namespaces, 5 events`, and backends if there are any."""
        events = sum(len(routes.events) for routes in self.config.namespaces.values())
        python = [*self.handlers.spaces.values(), *map(handled, self.handlers.classes.values())]
        events += sum(len({*names} - NO_EVENTS) for names in python)
        found = f'{count(len(self.namespaces), "namespace")}, {count(events, "event")}'
        return f'{found}, {count(backends, "backend")}' if (backends := self.backends) else found

    @property
    def backends(self) -> int:
        """How many there are, by scheme, host and port."""
        steps = (step for routes in self.config.namespaces.values() for step in routes.steps())
        return len({origin(step.action.url) for step in steps if isinstance(step.action, Http)})

    @property
    def notes(self) -> list[str]:
        """What may be wrong with the files beside it."""
        tls = self.config.server.tls
        return [warning] if tls and (warning := tls.warning()) else []


def check(path: Path) -> Checked:
    """ConfigError with every problem."""
    try:
        config = load(path)
    except ConfigError as error:
        more = of_handlers(path, error.text)
        raise ConfigError([*error.problems, *more], error.text) from None
    problems = [*of_queue(config)]
    try:
        found = load_handlers(config, socketio)
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(problems, config.document.text)
    return Checked(config, found)


def of_queue(config: Config) -> Iterator[Problem]:
    """What only who speaks to a queue finds in its URL."""
    if config.cluster is None:
        return
    from gateway.cluster.buses import bus  # noqa: PLC0415 - only who uses it pays for its import

    try:
        bus.open(config.cluster.url)
    except ValueError as error:
        is_short = isinstance(config.document.root.plain()['cluster'], str)
        place = ('cluster',) if is_short else ('cluster', 'url')
        yield config.document.problem(place, str(error))


def of_handlers(path: Path, text: str) -> tuple[Problem, ...]:
    """The problems with the Python handlers of a configuration that is wrong elsewhere."""
    try:
        document = Document(str(path), text)
    except ConfigError:
        return ()
    raw = document.root.plain()
    if not isinstance(raw, dict):
        return ()
    context = Context(Report(document), Environment(os.environ), path.parent.absolute())
    namespaces = read_namespaces(raw.get('namespaces'), ('namespaces',), context)
    listed = context.constant(handlers, ('handlers',), raw.get('handlers', []), typed=False) or ()
    try:
        load_handlers(Config(path, document, Server(), SocketIO(), namespaces, listed), socketio)
    except ConfigError as error:
        return error.problems
    return ()


def warnings(checked: Checked) -> list[Problem]:
    """What is legal but odd, in the order of the file."""
    found = [*strict.odd(checked.config, checked.handlers), *checked.handlers.warnings]
    lines = checked.config.document.text.splitlines()
    return sorted(problem for problem in found if not strict.intended(problem, lines))


def origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {'http': 80, 'https': 443}[parts.scheme]


def count(number: int, noun: str) -> str:
    return f'{number:,} {noun}{"" if number == 1 else "s"}'
