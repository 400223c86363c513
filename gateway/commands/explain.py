"""`explain`: one event of one client through the compiled routes, against a hub that only tells."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from gateway.commands.check import Checked
from gateway.commands.recorder import Backends, Recorder, Rehearsal, Visitor
from gateway.commands.trace import spell, traced
from gateway.config.fields import RESERVED
from gateway.engine.reason import Reason
from gateway.errors import ActionError, Refused
from gateway.hub import handlers
from gateway.hub.client import Client
from gateway.routing.loading import handled
from gateway.routing.router import Router

ID = 0  # the event asks for an acknowledgement


def explain(checked: Checked, event: str, args: Any, visitor: Visitor) -> list[str]:
    """What would happen, a line each. `args` is a list, or the only argument."""
    story = Story(checked, visitor)
    with story.failures():
        story.tell(event, args)
    return story.lines


class Story(logging.Handler):
    """Tells in lines; what the routes log of their failures belongs to it."""

    def __init__(self, checked: Checked, visitor: Visitor) -> None:
        super().__init__()
        self.checked = checked
        self.visitor = visitor
        self.client = cast(Client, visitor)
        self.lines: list[str] = []
        self.hub = Recorder(self, visitor)
        caller = Rehearsal(checked.handlers, self)
        self.backends = Backends(self)
        self.router = Router(traced(checked.config, self), self.hub, caller, self.backends)

    def heading(self, line: str) -> None:
        if line not in self.lines:
            self.lines.append(line)

    def step(self, line: str) -> None:
        self.lines.append(f'  {line}')

    def note(self, line: str) -> None:
        if not self.lines or not self.lines[-1].startswith(' '):  # no step of YAML
            self.heading('handled in Python')
        self.lines.append(f'     {line}')

    def emit(self, record: logging.LogRecord) -> None:
        """`place: code: message` of the routes, whose place is told already."""
        if record.exc_info and record.exc_info[0]:
            self.note(f'fails: an internal error: {record.exc_info[0].__name__}')
        elif isinstance(record.args, tuple) and len(record.args) == 3:
            self.note('fails: {1}: {2}'.format(*record.args))

    @contextmanager
    def failures(self) -> Iterator[None]:
        log = logging.getLogger('gateway.routing')
        level, propagates = log.level, log.propagate
        log.addHandler(self)
        log.setLevel(logging.DEBUG)
        log.propagate = False
        try:
            yield
        finally:
            log.removeHandler(self)
            log.setLevel(level)
            log.propagate = propagates

    def tell(self, event: str, args: Any) -> None:
        name = self.visitor.namespace
        if not self.router.knows(name) and name not in self.checked.handlers.classes:
            self.heading(f'there is no namespace {name}')
            self.step('the client is refused: CONNECT_ERROR {"message": "Invalid namespace"}')
        elif event in self.of_class():
            handler = type(self.checked.handlers.classes[name])
            self.heading(f'{name} has the class {handler.__module__}:{handler.__qualname__}')
            self.step(f'would call its on_{event}')
        elif event == 'connect':
            self.connect(args)
        elif event == 'disconnect':
            self.disconnect(args)
        elif event in RESERVED:
            self.heading(f'{event} is a reserved name')
            self.step('the connection is closed')
        else:
            self.event(event, args if isinstance(args, list) else [args])

    def of_class(self) -> list[str]:
        """The events of a socketio.AsyncNamespace, which is asked before any route."""
        handler = self.checked.handlers.classes.get(self.visitor.namespace)
        return handled(handler) if handler is not None else []

    def connect(self, auth: Any) -> None:
        if auth != []:
            self.visitor.auth = auth
        if self.checked.config.auth_of(self.visitor.namespace) is not None:
            self.heading(f'with a good token whose claims are {spell(self.visitor.claims)}')
        outcome = 'the client is accepted'
        try:
            accepting = self.router.connect(self.client)
            if accepting is not None:
                self.hub.finish(accepting)
                who = 'a backend' if self.backends.asked else 'a function'
                outcome += f', unless {who} refuses it'
        except Refused as refused:
            outcome = f'the client is refused: CONNECT_ERROR {spell(refused.data)}'
        except ActionError as error:
            self.note(f'fails: {error.code}: {error.message}')
            outcome = f'the client is refused: CONNECT_ERROR {spell({"message": error.code})}'
        self.heading(outcome)

    def disconnect(self, args: Any) -> None:
        reason = args if isinstance(args, str) else Reason.TRANSPORT_CLOSE
        ending = self.router.disconnect(self.client, reason)
        if ending is not None:
            self.hub.finish(ending)
        if not self.lines:
            self.heading('nothing is done when a client leaves this namespace')

    def event(self, event: str, args: list[Any]) -> None:
        if not self.router.event(self.client, event, args, ID):
            self.heading(f'no route for the event {event}')
            self.step(f'acknowledges with {spell(handlers.UNKNOWN_EVENT.payload())}')
        self.hub.finish()
