"""Where the server is, and from where it is reached.

Rules of this file:
- A name is resolved once, so that all connections go to the same address.
- A source address has ports for some 8,000 connections to one server. Loopback has many source
  addresses; elsewhere there is the one that the kernel chooses.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace

PORTS_PER_SOURCE = 8_000


@dataclass(frozen=True)
class Address:
    host: str  # a name or an IP address
    port: int
    tls: bool = False

    @property
    def authority(self) -> str:
        """As it stands in a Host header."""
        host = f'[{self.host}]' if ':' in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f'{host}:{self.port}'

    @property
    def origin(self) -> str:
        return f'http{"s" * self.tls}://{self.authority}'

    def resolved(self) -> Address:
        """The same with a numeric host, IPv4 where there is one; OSError where there is none."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        best = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        return replace(self, host=str(best[4][0]))


def sources(clients: int) -> int:
    """How many source addresses so many clients of one server need."""
    return max(1, -(-clients // PORTS_PER_SOURCE))
