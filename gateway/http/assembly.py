"""The admin listener of one gateway, put together: what stands on it, and where it listens."""

import logging

from gateway.config.model import Admin as Settings
from gateway.errors import StartError
from gateway.http.admin import Admin
from gateway.http.api import Api
from gateway.http.counters import Counters
from gateway.http.health import Health
from gateway.http.keys import Keys
from gateway.http.listener import Listener
from gateway.http.metrics import Metrics
from gateway.http.reloading import Reloading
from gateway.http.subject import Subject
from gateway.service.sockets import bind, is_local, url

log = logging.getLogger(__name__)


class Command:
    """What commands `subject`, on the running loop. StartError without an address."""

    def __init__(self, settings: Settings, subject: Subject) -> None:
        self.counters = Counters()
        self._subject = subject
        self._settings = settings
        self._admin = admin = Admin(Keys(settings.api_keys))
        self._route()
        health = Health(subject)
        admin.add('GET', '/health/live', health.live, open=True)
        admin.add('GET', '/health/ready', health.ready, open=True)
        admin.add('GET', '/metrics', Metrics(subject, self.counters).read)
        reload = Reloading(subject.reload).reload
        admin.add('POST', '/api/v1/reload', reload, owners=True)
        bound = bind(settings.listen)
        if not settings.api_keys and not all(is_local(sock) for _, sock in bound):
            raise StartError('admin.listen: without api_keys everybody there would command')
        tls = settings.tls
        self.addresses = [url(listen, sock, 'https' if tls else 'http') for listen, sock in bound]
        self._listener = Listener(admin.respond, settings.max_body, self.counters, admin.admit)
        if not settings.api_keys:
            log.warning('admin: without api_keys every program that reaches it commands')
        shared = [sock for listen, sock in bound if listen.kind == 'systemd']
        self._listener.start([sock for _, sock in bound], tls.context if tls else None, shared)

    def _route(self) -> None:
        """What asks the routes asks those of now."""
        Api(self._subject.hub, self._subject.router, self.counters).install(self._admin)

    def renew(self, settings: Settings) -> None:
        """Other keys, bounds, certificates and routes, from the next request on."""
        before, self._settings = self._settings, settings
        if settings.api_keys != before.api_keys:  # else who guesses would be forgotten
            self._admin.guard(Keys(settings.api_keys))
        tls = settings.tls
        self._listener.renew(settings.max_body, tls.context if tls else None)
        self._route()

    async def stop(self, timeout: float) -> None:
        """Finish what is under way, for at most `timeout` seconds."""
        await self._listener.stop(timeout)
