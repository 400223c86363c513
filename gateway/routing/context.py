"""Whom a handler answers: the client and its event, and the way to the event loop.

Rules of this file:
- There is one Context for each call of a handler, in a context variable. Threads of the pool and
  tasks that a handler makes keep it; background tasks have none.
- What is done on the loop's own thread is done at once, behind what the handler's threads have put
  into its channel (an `async def` one has threads too: asyncio.to_thread). First in, first out.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any, TypeVar

from tornado.httputil import HTTPHeaders

from gateway.hub.client import Client
from gateway.routing.threads import Channel

if TYPE_CHECKING:
    from gateway.routing.calls import Caller

T = TypeVar('T')


class Context:
    """One call of a handler."""

    __slots__ = ('args', 'caller', 'channel', 'client', 'event')

    def __init__(
        self, caller: 'Caller', client: Client, event: str, args: Sequence[Any] = ()
    ) -> None:
        self.caller = caller
        self.client = client
        self.event = event
        self.args = args
        self.channel = Channel(caller.runtime.inbox, caller.runtime.counters)

    def do(self, operation: Callable[[], object]) -> None:
        """Do it on the loop, behind everything that this handler has asked for before."""
        if self.caller.runtime.on_loop():
            self.channel.catch_up()
            operation()
        else:
            self.channel.put(operation)

    def ask(self, question: Callable[[], T]) -> T:
        """The same, and its answer."""
        if not self.caller.runtime.on_loop():
            return self.channel.ask(question)
        self.channel.catch_up()
        return question()


_current: ContextVar[Context | None] = ContextVar('gateway', default=None)
_home: ContextVar['Caller | None'] = ContextVar('gateway of a background task', default=None)
enter, find, home = _current.set, _current.get, _home.get


def stay(caller: 'Caller') -> None:
    """From here on there is no client, and no other gateway than this one."""
    _current.set(None)
    _home.set(caller)


def current() -> Context:
    """The running handler's; RuntimeError outside of one."""
    context = find()
    if context is None:
        raise RuntimeError('there is no client here: this is not a handler')
    return context


class Request:
    """What the client sent when it connected, and the event that is being handled."""

    @property
    def sid(self) -> str:
        return current().client.sid

    @property
    def namespace(self) -> str:
        return current().client.namespace

    @property
    def event(self) -> str:
        """Its name; `connect` and `disconnect` too."""
        return current().event

    @property
    def args(self) -> Sequence[Any]:
        """The arguments of the event."""
        return current().args

    @property
    def auth(self) -> Any:
        """What the client gave as `auth`; `{}` if nothing."""
        return current().client.auth

    @property
    def claims(self) -> Mapping[str, Any]:
        """Those of its token (`auth.jwt`)."""
        return current().client.claims

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the HTTP request that opened the connection, whatever the case of their names."""
        return HTTPHeaders(current().client.request.headers)

    @property
    def query(self) -> Mapping[str, str]:
        """The URL's, with Engine.IO's own."""
        return current().client.request.query

    @property
    def cookies(self) -> Mapping[str, str]:
        """Of that request; none where they are malformed."""
        try:
            parsed: SimpleCookie = SimpleCookie(self.headers.get('cookie', ''))
        except CookieError:
            return {}
        return {name: morsel.value for name, morsel in parsed.items()}

    @property
    def remote_addr(self) -> str:
        """The client's address, or what a trusted proxy says it is."""
        return current().client.request.ip

    @property
    def environ(self) -> dict[str, Any]:
        """The request as WSGI spells it (PEP 3333)."""
        return current().client.request.environ()


class UserSession(MutableMapping[str, Any]):
    """What the application keeps for this client in this namespace; `${session}` in YAML."""

    def __getitem__(self, key: str) -> Any:
        return current().client.data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        current().client.data[key] = value

    def __delitem__(self, key: str) -> None:
        del current().client.data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(list(current().client.data))

    def __len__(self) -> int:
        return len(current().client.data)

    def __repr__(self) -> str:
        return 'session'


request = Request()
session = UserSession()
