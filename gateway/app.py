"""Gateway: composes a Config into what serves, drains it and stops it.

Rules of this file:
- It decides nothing about messages; it only puts the parts together, top down.
- Nothing is served before everything listens, and a failed start leaves nothing behind.
"""

import asyncio
import contextlib
import logging
import re
import sys
from asyncio import Future
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler, StaticFileHandler

from gateway import __version__
from gateway.config.cluster import Cluster
from gateway.config.load import load
from gateway.config.model import Admin, Config
from gateway.engine.access import access, request_fields
from gateway.engine.drain import Drain
from gateway.engine.exchange import NotFound, Plain
from gateway.engine.front import FrontDoor
from gateway.engine.handler import EngineHandler
from gateway.engine.request import Request, pack
from gateway.engine.server import EngineServer
from gateway.errors import StartError
from gateway.hub.server import SocketServer
from gateway.reload import Reload, Renewal
from gateway.routing.calls import Caller
from gateway.routing.facade import socketio
from gateway.routing.loading import load_handlers
from gateway.routing.router import Router
from gateway.routing.runtime import Runtime
from gateway.routing.sources import Sources
from gateway.service.inherited import inherited
from gateway.service.pulse import Pulse
from gateway.service.sockets import bind, url

if TYPE_CHECKING:
    from gateway.backends.backends import Backends
    from gateway.cluster.manager import ClusterManager
    from gateway.http.assembly import Command

log = logging.getLogger(__name__)

MAX_HEADER = 16_384  # bytes of one request's header block, as in Node
IDLE_TIMEOUT = 60.0  # seconds that an HTTP connection may be silent between two requests
GRACE = 0.05  # seconds for an HTTP request that came last
CANCEL_TIMEOUT = 1.0  # seconds that a cancelled coroutine may take
BODY_TIMEOUT = 30.0  # seconds that a request's body may take


class Pages(Plain, StaticFileHandler):
    """The static files of `server.pages`."""

    def get_content_type(self) -> str:
        """YAML is for reading, not for downloading."""
        is_yaml = str(self.absolute_path).endswith(('.yaml', '.yml'))
        return 'text/plain; charset=utf-8' if is_yaml else str(super().get_content_type())

    def set_extra_headers(self, path: str) -> None:
        self.set_header('X-Content-Type-Options', 'nosniff')
        self.set_header('Cache-Control', 'no-cache')

    def flush(self, include_footers: bool = False) -> Future[None]:
        """Write a part of a file; who takes none of it for IDLE_TIMEOUT is cut."""
        written = super().flush(include_footers)
        stream = cast(HTTP1Connection, self.request.connection).stream
        timer = asyncio.get_running_loop().call_later(IDLE_TIMEOUT, stream.close)
        written.add_done_callback(lambda _: timer.cancel())
        return written


class Gateway:
    """One gateway; `start` and `stop` belong to one event loop.

    Inside another Tornado application: add `routes()` to its own, and call `begin` on its loop in
    place of `start`.
    """

    def __init__(self, config: Config | str | Path) -> None:
        self.config = config = config if isinstance(config, Config) else load(Path(config))
        self.handlers = load_handlers(config, socketio)
        self.sources = Sources(self.handlers.modules, config.path.parent.absolute())
        self.cluster = _cluster(config.cluster)
        self.hub = SocketServer(
            config.socketio, config.server.trusted_proxies, client_manager=self.cluster
        )
        if config.cluster and config.cluster.node:
            self.hub.eio.node = f'{config.cluster.node}.'
        for handler in self.handlers.classes.values():
            self.hub.register_namespace(handler)  # type: ignore[no-untyped-call]
        server = config.server
        self.runtime = Runtime(self.hub, server.threads, server.thread_queue)
        self.caller = Caller(self.runtime, self.handlers)
        self.backends: Backends | None = None
        self.backends = self.backends_for(config)
        self.hub.router = self.router = Router(config, self.hub, self.caller, self.backends)
        self.reload = Reload(self)
        self.pulse = Pulse()
        self.admin: Command | None = None
        self.leaving = False  # a stop has begun, though all may still be served
        self.addresses: list[str] = []
        max_payload = config.socketio.max_payload
        self._http = HTTPServer(
            Application(
                self.routes(),
                default_handler_class=NotFound,
                log_function=partial(_log_request, self.hub.eio),
            ),
            max_body_size=max_payload,
            max_header_size=MAX_HEADER,
            idle_connection_timeout=IDLE_TIMEOUT,
            body_timeout=BODY_TIMEOUT,
        )
        self._door = FrontDoor(self.hub.eio, self._http, max_payload + MAX_HEADER)

    def routes(self) -> list[Any]:
        """Tornado's routing table, also for an application of somebody else's."""
        path = self.config.socketio.path
        routes: list[Any] = [(re.escape(path) + '/?', EngineHandler, {'engine': self.hub.eio})]
        for prefix, folder in sorted(self.config.server.pages.items(), reverse=True):
            pattern = re.escape(prefix.rstrip('/')) + '/(.*)'
            routes.append((pattern, Pages, {'path': folder, 'default_filename': 'index.html'}))
        return routes

    def begin(self) -> None:
        """Make the running loop that of this gateway; start what Python wants to run beside it.

        The admin listener is this gateway's own also in another application. StartError.
        """
        if self.config.admin:
            self.admin = _command(self.config.admin, self)
        if self.backends:
            self.backends.start()
        if self.cluster:
            self.cluster.start()
        self.runtime.start()
        self.pulse.start()
        socketio.bind(self.caller)
        for task in self.handlers.tasks:
            self.caller.background(task.function, *task.args, **task.kwargs)

    def start(self) -> None:
        """`begin`, and listen. Raises StartError where an address can't be had."""
        tls = self.config.server.tls
        admin = self.config.admin.listen if self.config.admin else ()
        inherited().reserve(listen.name for listen in (*self.config.server.listen, *admin))
        bound = bind(self.config.server.listen)
        try:
            self.begin()
        except StartError:
            for _, sock in bound:
                sock.close()
            raise
        for listen, sock in bound:
            self.addresses.append(url(listen, sock, 'https' if tls else 'http'))
            shared = listen.kind == 'systemd'
            self._door.listen(sock, tls.context if tls else None, shared=shared)
        if tls and (warning := tls.warning()):
            log.warning('%s', warning)

    def backends_for(self, config: Config) -> 'Backends | None':
        """Those that there are, or new ones where a route asks for the first.

        The HTTP client takes a while to import: only who asks backends pays for it.
        """
        if self.backends is not None or not config.asks_backends:
            return self.backends
        from gateway.backends.backends import Backends  # noqa: PLC0415

        return Backends(config.backends, f'socketio-gateway/{__version__}')

    def renew(self, new: Renewal) -> None:
        """Take over another configuration, in one pass of the loop; no connection is touched."""
        config, former, caller = new.config, self.router, self.caller
        for name, handler in new.handlers.classes.items():
            if self.hub.namespace_handlers.get(name) is not handler:
                self.hub.register_namespace(handler)  # type: ignore[no-untyped-call]
        self.config, self.handlers, self.caller = config, new.handlers, new.caller
        self.hub.router = self.router = new.router
        self.router.follow(former)
        server, max_payload = config.server, config.socketio.max_payload
        self.hub.eio.renew(config.socketio, server.trusted_proxies)
        self.runtime.pool.resize(server.threads, server.thread_queue)
        self._http.conn_params.max_body_size = max_payload
        self._door.renew(max_payload + MAX_HEADER, server.tls.context if server.tls else None)
        if new.backends and not self.backends:
            self.backends = new.backends
            self.backends.start()
        elif self.backends:
            self.backends.renew(config.backends)
        if self.admin and config.admin:
            self.admin.renew(config.admin)
        socketio.follow(caller, self.caller)

    async def stop(self, hurry: asyncio.Event | None = None) -> None:
        """Drain: be not ready any more, tell every client to go, finish what is under way; end.

        Where `hurry` is set, now or later, nothing more is waited for.
        """
        hurry = hurry or asyncio.Event()
        server = self.config.server
        self.leaving = True
        if server.drain_delay:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(hurry.wait(), server.drain_delay)
        until = monotonic() + server.shutdown_timeout
        self.hub.eio.draining = True
        retiring = asyncio.create_task(self._door.retire())
        await self.hub.shutdown(server.shutdown_timeout, server.drain_spread, hurry)

        def left() -> float:
            return max(CANCEL_TIMEOUT, 0 if hurry.is_set() else until - monotonic())

        if self.backends:
            await self.backends.stop(Drain(left(), hurry=hurry))
        if self.admin:
            await self.admin.stop(CANCEL_TIMEOUT)
        if self.cluster:
            await self.cluster.stop(left(), hurry)
        self.pulse.stop()
        self.runtime.stop()
        socketio.unbind(self.caller)
        retiring.cancel()
        self._door.close()
        await asyncio.sleep(GRACE)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._http.close_all_connections(), 1)

    def troubles(self) -> list[tuple[str, str]]:
        """Why it should get no clients now, each as a code and a sentence; [] where it should."""
        found = []
        if self.leaving:
            found.append(('stopping', 'the gateway stops'))
        if self.cluster:
            found += [('cluster', trouble) for trouble in self.cluster.troubles()]
        return found

    def banner(self) -> Iterator[str]:
        """What a start says."""
        loop = type(asyncio.get_running_loop()).__module__.partition('.')[0]
        yield (
            f'socketio-gateway {__version__}, {loop} on Python {sys.version.split()[0]}, '
            f'serializer {self.config.socketio.serializer}'
        )
        for address in self.addresses:
            yield f'listening on {address}'
        for address in self.admin.addresses if self.admin else ():
            yield f'admin on {address}'
        if cluster := self.config.cluster:
            scheme = cluster.url.partition(':')[0]
            yield f'cluster over {scheme}, channels {", ".join(cluster.channels)}'
        for prefix, folder in self.config.server.pages.items():
            yield f'pages {prefix} from {folder}'
        for name in self.router.namespaces():
            yield f'namespace {name}: {", ".join(self.router.events(name)) or "no events"}'


def _cluster(settings: Cluster | None) -> 'ClusterManager | None':
    if settings is None:
        return None
    from gateway.cluster.buses import bus  # noqa: PLC0415 - as above
    from gateway.cluster.manager import ClusterManager  # noqa: PLC0415

    try:
        return ClusterManager(bus.open(settings.url), settings)
    except ValueError as error:
        raise StartError(f'cluster.url: {error}') from None


def _command(settings: Admin, gateway: Gateway) -> 'Command':
    from gateway.http.assembly import Command  # noqa: PLC0415 - as above

    return Command(settings, gateway)


def _log_request(engine: EngineServer, handler: RequestHandler) -> None:
    """Tornado's access log, as ours."""
    if access.isEnabledFor(logging.INFO):
        request = handler.request
        ip = Request(pack(request), engine.trusted).ip
        told = request_fields(str(request.method), request.path, handler.get_status(), ip)
        told['ms'] = round(request.request_time() * 1000, 1)
        access.info('%(method)s %(path)s %(status)s %(ms)s ms from %(ip)s', told, extra=told)
