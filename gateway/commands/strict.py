"""What is legal but odd: `check --strict`.

Only what is hardly ever meant is warned of, each with its place, the reason, and how to mend it.
Who means it writes the comment `# intended` at the end of that line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.commands import strict_http, texts
from gateway.config.actions import Ack, Disconnect, Emit, Join, Leave, Reject, Set
from gateway.config.fields import Recipients
from gateway.config.mistakes import nearest
from gateway.config.model import Config
from gateway.config.paths import Path
from gateway.config.routes import NamespaceRoutes, Route, Step
from gateway.config.source import Path as Place
from gateway.config.template import Code, parse
from gateway.errors import Problem
from gateway.routing.loading import Handlers

INTENDED = re.compile(r'(^|\s)#\s*intended\b')
CLIENTS = frozenset(
    {'data', 'args', 'auth', 'query', 'headers'}
)  # roots that are the client's word
SENDER = Recipients(sender=True)


def intended(problem: Problem, lines: Sequence[str]) -> bool:
    """Whether its line says that it is meant."""
    return bool(INTENDED.search(lines[problem.line - 1]))


def odd(config: Config, handlers: Handlers) -> Iterator[Problem]:
    """Everything that this file knows of."""
    yield from sections(config)
    yield from strict_http.sections(config)
    python = config.handlers or handlers.functions or handlers.spaces or handlers.classes
    if not (python or strict_http.may_join(config)):  # those join what they like
        yield from rooms(config)
    for name, routes in config.namespaces.items():
        yield from Namespace(config, ('namespaces', name), routes).odd(handlers)


def sections(config: Config) -> Iterator[Problem]:
    if config.socketio.allowed_origins == '*':
        what = 'pages of every site may connect'
        yield config.problem(('socketio', 'allowed_origins'), what, 'list the origins')
    for index, network in enumerate(config.server.trusted_proxies):
        if network.prefixlen == 0:
            what = 'anybody may say who the client is'
            place = ('server', 'trusted_proxies', index)
            yield config.problem(place, what, "write the proxies' addresses")


def rooms(config: Config) -> Iterator[Problem]:
    """Constant rooms to which something is sent, and which no route joins."""
    spaces = {
        name: Namespace(config, ('namespaces', name), routes)
        for name, routes in config.namespaces.items()
    }
    joined = {name: dict(space.joined()) for name, space in spaces.items()}
    for name, space in spaces.items():
        for step in space.routes.steps():
            if isinstance(action := step.action, Emit) and action.to is not None:
                known = joined.get(action.namespace or name)
                for room in [str(room.fold()) for room in action.to.rooms if room.constant]:
                    if known is not None and not any(re.fullmatch(one, room) for one in known):
                        place = (*step.path, *({'emit', 'send'} & space.raw(step).keys()), 'to')
                        mend = nearest(room, [text for text in known.values() if '${' not in text])
                        what = f'no route joins the room {room}'
                        yield config.problem(place, what, mend or f'add join: {room} to one')


@dataclass(frozen=True, slots=True)
class Namespace:
    """The routes of one namespace."""

    config: Config
    place: Place
    routes: NamespaceRoutes

    def odd(self, handlers: Handlers) -> Iterator[Problem]:
        routes, name = self.routes, str(self.place[-1])
        yield from strict_http.odd(self.config, routes)
        for route in routes.all():
            yield from self.order(route)
            yield from self.waiting(route)
            for index, step in enumerate(route.actions):
                yield from self.guard(step)
                yield from self.emit(step)
                yield from self.join(step, route.actions[:index])
                for place, what, mend in texts.odd(self.raw(step)):
                    yield self.config.problem((*step.path, *place), what, mend)
        if routes.connect is not None:
            for step in routes.connect.actions:
                if always(step) and isinstance(step.action, Reject):
                    yield self.warn(step, 'nobody can ever connect', 'add if: "${…}"')
                    break
        answers = {*routes.events, *handlers.spaces.get(name, {}), *handlers.spaces.get('*', {})}
        if routes.error is not None and not answers:
            place = (*self.place, 'error')
            yield self.config.problem(
                place, 'never runs: there are no events', 'remove it', key=True
            )

    def joined(self) -> Iterator[tuple[str, str]]:
        """The rooms that a client may be in, as regular expressions, and as they are written."""
        for step in self.routes.steps():
            if isinstance(step.action, Join):
                for room, text in zip(step.action.room, self.names(step), strict=True):
                    name = str(room.fold()) if room.constant else str(text)
                    yield re.escape(name) if room.constant else texts.possible(name), name

    def names(self, step: Step) -> Sequence[Any]:
        """The rooms of a join as they were written."""
        body = self.raw(step)['join']
        return texts.listed(body['room'] if isinstance(body, dict) else body)

    def warn(self, step: Step, what: str, mend: str) -> Problem:
        return self.config.problem(step.path, what, mend)

    def order(self, route: Route) -> Iterator[Problem]:
        """Steps behind one that always ends the route, or always answers."""
        rejected = answered = gone = False
        for step in route.actions:
            action = step.action
            if rejected:
                yield self.warn(step, 'never reached, behind a reject without if', 'remove it')
                return
            if gone and only_for_client(step):
                what = 'has no effect behind a disconnect without if'
                yield self.warn(step, what, 'put it before the disconnect')
            elif answered and isinstance(action, Ack):
                what = 'never sent, behind an ack without if'
                yield self.warn(step, what, 'keep one ack, or give the first one an if')
            elif answered and isinstance(action, Reject):
                what = 'its code is never sent, behind an ack without if'
                yield self.warn(step, what, 'put it before the ack')
            if always(step):
                rejected |= isinstance(action, Reject)
                answered |= isinstance(action, Ack)
                gone |= isinstance(action, Disconnect)

    def waiting(self, route: Route) -> Iterator[Problem]:
        if strict_http.waits(self.routes, route):
            return
        for key, given in (
            ('sequential', route.sequential),
            ('timeout', route.timeout is not None),
        ):
            if given:
                what = f'{key} has no effect: nothing in this route waits'
                yield self.config.problem((*route.path, key), what, 'remove it', key=True)

    def guard(self, step: Step) -> Iterator[Problem]:
        if step.guard is not None and step.guard.constant:
            answer = step.guard.fold()
            what = 'always true' if answer is True else 'never true'
            mend = 'remove the if' if answer is True else 'remove the action'
            yield self.config.problem((*step.path, 'if'), what, mend)

    def emit(self, step: Step) -> Iterator[Problem]:
        action = step.action
        if isinstance(action, Emit) and action.skip == SENDER == (action.to or SENDER):
            what = 'is sent to nobody: to the sender, except sender'
            yield self.warn(step, what, 'write to: all')

    def join(self, step: Step, before: Sequence[Step]) -> Iterator[Problem]:
        """A room of the client's choice, and no guard has looked at it."""
        if not isinstance(step.action, Join):
            return
        guards = [one for one in (*before, step) if one.guard is not None]
        seen = [path for guard in guards for path in paths(str(self.raw(guard)['if']))]
        for room in self.names(step):
            whole = parse(room) if isinstance(room, str) else []
            if not whole or not isinstance(whole[0], Code):  # text before it keeps others away
                continue
            named = paths(f'${{{whole[0].source}}}')
            if any(path.root in CLIENTS for path in named) and not any(
                related(path, other) for path in named for other in seen
            ):
                what = 'the client alone says which room: any of this namespace'
                mend = 'put text before it ("chat:${…}"), or a guard that looks at it'
                yield self.config.problem((*step.path, 'join'), what, mend)

    def raw(self, step: Step) -> dict[str, Any]:
        """A step as it was written."""
        body: dict[str, Any] = self.config.document.walk(step.path)[0].plain()
        return body


def always(step: Step) -> bool:
    return step.guard is None


def only_for_client(step: Step) -> bool:
    """Whether an action matters to nobody but the client of the event."""
    match step.action:
        case Emit(to=to):
            return (to or SENDER) == SENDER
        case Join() | Leave() | Set() | Ack() | Disconnect():
            return True
    return False


def paths(text: str) -> list[Path]:
    """The paths that the expressions in a text name."""
    codes = [part for part in parse(text) if isinstance(part, Code)]
    return [normal(path) for code in codes for path in texts.paths(code)]


def normal(path: Path) -> Path:
    """`data` is `args[0]`."""
    return Path('args', (0, *path.steps)) if path.root == 'data' else path


def related(one: Path, other: Path) -> bool:
    """Whether one of them is part of the other."""
    common = min(len(one.steps), len(other.steps))
    return one.root == other.root and one.steps[:common] == other.steps[:common]
