"""What programs ask for by the API: the actions of routes, with nobody whose event it is.

Rules of this file:
- A command is made ready first: read, checked, encoded. What is ready can be done; only what
  clients did meanwhile can stand in its way, such as being in too many rooms.
- The commonest command, an event with one value for a room, goes a short way: it is read here when
  it is so plain that the model (`config/actions.py`) would find nothing wrong. All others are read
  there.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from gateway.config import replies
from gateway.config.actions import SPOKEN, CloseRoom, Disconnect, Emit, Join, Leave
from gateway.config.fields import RESERVED, Reading, Recipients
from gateway.config.mistakes import Mistake, Mistakes, wrong
from gateway.config.patterns import is_pattern
from gateway.errors import ActionError
from gateway.hub.server import SocketServer
from gateway.hub.space import room_name
from gateway.hub.target import EVERYONE, Target
from gateway.routing.moves import others

HOME: Final = '/'  # the namespace of a command that names none
UNFIT: Final = wrong('a value that clients cannot be sent')

# A command that can be done, and whether what it gives then is to be awaited.
Ready: TypeAlias = tuple[Callable[[], Awaitable[None] | None], bool]
# Namespace, event, arguments, for whom, except for whom, and whether it is volatile.
Emission: TypeAlias = tuple[str, str, list[Any], Target, Target | None, bool]


class Commands:
    """Reads commands; `names` are those of the namespaces, and patterns of them."""

    def __init__(self, hub: SocketServer, names: frozenset[str]) -> None:
        self._hub = hub
        self._deliver = hub.manager.deliver
        self._place = Reading('api', HOME, names)
        self._exact = frozenset(name for name in names if not is_pattern(name))

    def ready(self, raw: Any) -> Ready:
        """`{VERB: BODY}`; Mistakes."""
        if type(raw) is dict and len(raw) == 1 and 'emit' in raw:
            found = plain(raw['emit'], self._exact)
            if found is not None:
                return self.emit(found, 'emit')
        action = replies.action(raw, self._place, SPOKEN['api'])
        [(verb, body)] = raw.items()
        match action:
            case Emit():
                return self.emit(emission(action), verb)
            case CloseRoom():
                return self._close(action.namespace or HOME, rooms(action, verb, body))
            case Join() | Leave():
                rooms(action, verb, body)
        assert isinstance(action, Join | Leave | Disconnect)
        return others(action, self._hub, HOME), True

    def emission(self, raw: Any) -> Emission:
        """The body of an `emit`; Mistakes."""
        if isinstance(raw, dict) and 'emit' in raw:
            mend = 'this is the body of an emit alone: for actions there is /api/v1/do'
            raise Mistakes(Mistake('unknown key emit', mend, ('emit',), key=True))
        return plain(raw, self._exact) or emission(replies.one('emit', raw, self._place))

    def emit(self, found: Emission, *at: str) -> Ready:
        """Mistakes where it can't be encoded; `at` is its place."""
        namespace, event, args, to, skip, volatile = found
        try:
            message = self._hub.draft(namespace, event, args)
        except ValueError:
            raise Mistakes(*[one.below(*at) for one in UNFIT.found]) from None
        return partial(self._deliver, message, to, skip, volatile), False

    def _close(self, namespace: str, names: Sequence[str]) -> Ready:
        def run() -> None:
            wrong = ''
            for name in names:
                try:
                    self._hub.drop_room(namespace, name, None)
                except ValueError as error:  # a client's sid
                    wrong = str(error)
            if wrong:
                raise ActionError('bad_value', wrong)

        return run, False


def rooms(action: Join | Leave | CloseRoom, verb: str, body: Any) -> list[str]:
    """The names, if all of them are fit; Mistakes, each with its place in `body`."""
    at, written = ((verb, 'room'), body['room']) if isinstance(body, dict) else ((verb,), body)
    names, found = [], []
    for number, value in enumerate(action.room):
        try:
            names.append(room_name(value.fold()))
        except ValueError as error:
            place = (*at, number) if isinstance(written, list) else at
            found.append(Mistake(str(error), 'write a shorter one', place))
    if found:
        raise Mistakes(*found)
    return names


def plain(raw: Any, namespaces: Collection[str]) -> Emission | None:
    """The short way: an emission that the model would read like this, or None."""
    if type(raw) is not dict or 'data' not in raw or 'event' not in raw or 'to' not in raw:
        return None
    namespace, event, to = raw.get('namespace', HOME), raw['event'], raw['to']
    if len(raw) > 3 + ('namespace' in raw) or type(namespace) is not str:
        return None
    if namespace not in namespaces or type(event) is not str or type(to) is not str:
        return None
    if not event or event in RESERVED:
        return None
    if to == 'all':
        target = EVERYONE
    elif to[:5] == 'room:' and len(to) > 5:
        target = Target(False, (), (to[5:],))
    elif to[:4] == 'sid:' and len(to) > 4:
        target = Target(False, (to[4:],))
    else:
        return None
    return namespace, event, [raw['data']], target, None, False


def emission(action: Emit) -> Emission:
    """What the model has read."""
    assert action.event is not None
    assert action.to is not None
    if action.data is not None:
        args = [action.data.fold()]
    else:
        args = action.args.fold() if action.args is not None else []
    skip = target(action.skip) if action.skip is not None else None
    namespace, event = action.namespace or HOME, action.event.fold()
    return namespace, event, args, target(action.to), skip, action.volatile


def target(recipients: Recipients) -> Target:
    if recipients.everyone:
        return EVERYONE
    rooms, sids = (
        tuple(value.fold() for value in values) for values in (recipients.rooms, recipients.sids)
    )
    return Target(rooms=rooms, sids=sids)
