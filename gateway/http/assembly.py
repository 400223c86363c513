"""The admin listener of one gateway, put together: what stands on it, and where it listens."""

import logging

from gateway.config.model import Admin as Settings
from gateway.http.admin import Admin
from gateway.http.api import Api
from gateway.http.counters import Counters
from gateway.http.keys import Keys
from gateway.http.listener import Listener
from gateway.hub.server import SocketServer
from gateway.routing.router import Router
from gateway.service.sockets import bind, url

log = logging.getLogger(__name__)


class Command:
    """The API of `hub` and `router`, on the running loop. StartError without an address."""

    def __init__(self, settings: Settings, hub: SocketServer, router: Router) -> None:
        self.counters = Counters()
        admin = Admin(Keys(settings.api_keys))
        Api(hub, router, self.counters).install(admin)
        bound = bind(settings.listen)
        tls = settings.tls
        self.addresses = [url(listen, sock, 'https' if tls else 'http') for listen, sock in bound]
        self._listener = Listener(admin.respond, settings.max_body, self.counters, admin.admit)
        if not settings.api_keys:
            log.warning('admin: without api_keys every program that reaches it commands')
        self._listener.start([sock for _, sock in bound], tls.context if tls else None)

    async def stop(self, timeout: float) -> None:
        """Finish what is under way, for at most `timeout` seconds."""
        await self._listener.stop(timeout)
