"""Connections to a server: from which address, with which certificate, and why there is none."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from bench.load.address import PORTS_PER_SOURCE

IP_BIND_ADDRESS_NO_PORT = 24  # Linux; the socket module does not name it

Opener: TypeAlias = Callable[[Callable[[], asyncio.Protocol]], Coroutine[Any, Any, None]]


class Server:
    """`tls` is None for plain TCP."""

    def __init__(self, ip: str, port: int, host: str, tls: ssl.SSLContext | None) -> None:
        self.ip, self.port, self.host, self.tls = ip, port, host, tls
        address = ipaddress.ip_address(ip)
        self.family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        # Loopback has more addresses than one, for when an address runs out of ports.
        self.many = address.version == 4 and address.is_loopback

    def opener(self, number: int = 0) -> Opener:
        """Opens what the connection of this number needs."""

        async def opened(protocol: Callable[[], asyncio.Protocol]) -> None:
            loop = asyncio.get_running_loop()
            made = socket.socket(self.family, socket.SOCK_STREAM)
            try:
                made.setblocking(False)
                if self.many:
                    made.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
                    source = ipaddress.IPv4Address('127.0.0.1') + number // PORTS_PER_SOURCE
                    made.bind((str(source), 0))
                await loop.sock_connect(made, (self.ip, self.port))
                name = self.host if self.tls else None
                await loop.create_connection(
                    protocol, sock=made, ssl=self.tls, server_hostname=name
                )
            except BaseException:
                made.close()
                raise

        return opened


def trusting(*, insecure: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def why(error: OSError) -> str:
    """An error of connecting, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f'TLS: {error.verify_message}'
    if isinstance(error, ssl.SSLError):
        return f'TLS: {error.reason or error}'
    return os.strerror(error.errno).lower() if error.errno else str(error)
