"""What is legal but odd where programs are spoken to: `admin`, `backends`, `http`."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from gateway.config.actions import Call
from gateway.config.backends import Http
from gateway.config.model import Config
from gateway.config.routes import NamespaceRoutes, Route, Step
from gateway.config.source import Path as Place
from gateway.errors import Problem

MIN_KEY = 16  # characters
PLAIN = 'is sent unencrypted beyond this host'


def sections(config: Config) -> Iterator[Problem]:
    if config.admin is not None:
        place: Place = ('admin', 'api_keys')
        for index, key in enumerate(config.admin.api_keys):
            if len(key) < MIN_KEY:
                what = f'a key of fewer than {MIN_KEY} characters can be guessed'
                mend = 'openssl rand -hex 32 makes one'
                yield config.problem(item(config, place, index), what, mend)
        for index, entry in enumerate(config.admin.listen):
            if not entry.is_local and config.admin.tls is None:
                at = item(config, ('admin', 'listen'), index)
                mend = 'add tls, or listen on 127.0.0.1'
                yield config.problem(at, f'every key {PLAIN}', mend)
    if config.backends.hooks == 0:
        routes = (one.disconnect for one in config.namespaces.values() if one.disconnect)
        if any(isinstance(step.action, Http) for route in routes for step in route.actions):
            what = 'what disconnect sends is given up at once'
            yield config.problem(('backends', 'hooks'), what, 'remove it')


def odd(config: Config, routes: NamespaceRoutes) -> Iterator[Problem]:
    """Everything about the `http` of a namespace."""
    for route in routes.all():
        for step in route.actions:
            if isinstance(step.action, Http):
                yield from plain(config, step, step.action)
                yield from too_long(config, step, step.action, route, route is routes.connect)
    connect = routes.connect.actions if routes.connect is not None else ()
    for step in connect:
        if isinstance(step.action, Http) and step.action.on_error == () and routes.auth is None:
            what = 'lets everybody in while the backend is away'
            mend = 'write {reject: CODE}, or remove it'
            yield config.problem((*step.path, 'http', 'on_error'), what, mend)


def plain(config: Config, step: Step, action: Http) -> Iterator[Problem]:
    """A secret of ours that strangers on the way could read, or what it vouches for."""
    url = urlsplit(action.url)
    if url.scheme != 'http' or is_local(url.hostname or ''):
        return
    if any(name.lower() == 'authorization' for name, _ in action.headers):
        what = f'the header Authorization {PLAIN}'
    elif action.secret:
        what = f'what is signed {PLAIN}'
    else:
        return
    yield config.problem((*step.path, 'http', 'url'), what, 'write https://')


def too_long(
    config: Config, step: Step, action: Http, route: Route, connect: bool
) -> Iterator[Problem]:
    """A wait that is cut off: by the route, or because the client has to be in by then."""
    at = (*step.path, 'http')
    limit = config.socketio.connect_timeout
    if connect and action.timeout > limit:
        what = f'clients are given up after {limit:g} s (socketio.connect_timeout)'
        yield config.problem((*at, 'timeout'), what, 'write a shorter timeout')
    if action.on_error is not None and route.timeout is not None and route.timeout < action.timeout:
        what = f'of no use when the backend is slow: the route ends after {route.timeout:g} s'
        yield config.problem((*at, 'on_error'), what, 'give http a shorter timeout')


def waits(routes: NamespaceRoutes, route: Route) -> bool:
    """Whether anything in it does; what `disconnect` sends is not waited for."""
    kinds = Call if route is routes.disconnect else (Call, Http)
    return any(isinstance(step.action, kinds) for step in route.actions)


def may_join(config: Config) -> bool:
    """Whether programs can put clients into rooms that the file does not name."""
    steps = (step for routes in config.namespaces.values() for step in routes.steps())
    asked = [step.action for step in steps if isinstance(step.action, Http)]
    return config.admin is not None or any(
        action.allow is None or 'join' in action.allow for action in asked
    )


def is_local(host: str) -> bool:
    try:
        return host == 'localhost' or ip_address(host).is_loopback
    except ValueError:
        return False


def item(config: Config, place: Place, index: int) -> Place:
    """One of several, or the only one."""
    body = config.document.walk(place)[0].plain()
    return (*place, index) if isinstance(body, list) else place
