"""A server that runs already, wherever it is.

Rules of this file:
- What would spoil the figures is found before anything is measured: `check`.
- Given the number of its process on this host, its CPU and memory are measured too; those of its
  workers are not, so that of the worker is the one to give.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from bench.load.address import Address
from bench.load.wire import Dialect
from bench.process import Watched
from bench.targets import limits
from bench.targets.errors import TargetError
from bench.targets.probe import Probe
from bench.targets.target import Served, Target

SCHEMES = {'http': False, 'https': True, 'ws': False, 'wss': True}


@dataclass(frozen=True, kw_only=True)
class Remote(Target):
    address: Address
    dialect: Dialect
    pid: int | None = None
    insecure: bool = False  # whatever certificate it shows

    def check(self, clients: int, share: int | None = None) -> None:
        if self.pid is not None and not Path(f'/proc/{self.pid}').exists():
            raise TargetError(f'there is no process {self.pid} on this host')
        limits.descriptors(clients if share is None else share)
        probe = self._probe()
        limits.ports(clients, probe.resolved().host)
        probe.join()
        if trigger := self.dialect.trigger:
            Probe(trigger.address, self.dialect, insecure=self.insecure).reach()

    @contextmanager
    def serving(self, core: int | None) -> Iterator[Served]:
        self._probe().join()
        watched = Watched(self.pid) if self.pid else None
        yield Served(self.address, self.dialect, watched)

    def versions(self) -> dict[str, str]:
        """What it says of itself: its Server header."""
        said = self._probe().join()
        return {'server': said} if said else {}

    def _probe(self) -> Probe:
        return Probe(self.address, self.dialect, insecure=self.insecure)


def remote(
    url: str, dialect: Dialect | None = None, pid: int | None = None, *, insecure: bool = False
) -> Remote:
    """http://HOST:PORT or https://HOST:PORT; a path in it is the one of Socket.IO."""
    dialect = dialect or Dialect()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetError(f'{url}: {error}') from None
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise TargetError(f'{url}: not a URL such as http://127.0.0.1:8000 or https://example.com')
    if parts.username is not None:
        raise TargetError(f'{parts.hostname}: no user in the URL: send the header Authorization')
    if parts.query or parts.fragment:
        raise TargetError(f'{url}: a query belongs to the dialect, not into the URL')
    if parts.path.strip('/'):
        dialect = replace(dialect, path=parts.path)
    tls = SCHEMES[parts.scheme]
    address = Address(parts.hostname, (443 if tls else 80) if port is None else port, tls)
    return Remote(
        name=address.authority,
        about='a server that runs already',
        forms=('json', 'msgpack', 'binary'),
        address=address,
        dialect=dialect,
        pid=pid,
        insecure=insecure,
    )
