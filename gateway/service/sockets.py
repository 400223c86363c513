"""Listening sockets, bound all or none. A Unix socket that nobody answers is replaced; one that
systemd has opened is its own, and its file stays.
"""

import errno
import os
import socket
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Final

from tornado.netutil import bind_sockets, bind_unix_socket

from gateway.config.listen import Listen
from gateway.errors import StartError
from gateway.service.inherited import inherited

MENDS: Final[Mapping[int | None, str]] = {
    errno.EADDRINUSE: ': ss -ltnp shows who does, to root',
    errno.EADDRNOTAVAIL: ': this machine does not have it, ip address shows those that it has',
    errno.EACCES: ': ports below 1024 are for root, or for a .socket unit',
}
BACKLOG = 4096  # connections that the kernel holds for us while the loop is busy


def bind(listens: Sequence[Listen]) -> list[tuple[Listen, socket.socket]]:
    """Each address with its sockets. StartError where one can't be had."""
    found: list[tuple[Listen, socket.socket]] = []
    for listen in listens:
        try:
            found += [(listen, sock) for sock in _bind(listen)]
        except (OSError, ValueError) as error:  # ValueError: a file that is no socket
            for _, other in found:
                other.close()
            why = error.strerror if isinstance(error, OSError) else error
            mend = MENDS.get(getattr(error, 'errno', None)) if listen.kind == 'tcp' else None
            raise StartError(f'cannot listen on {listen}: {why}{mend or ""}') from None
    return found


def url(listen: Listen, sock: socket.socket, scheme: str) -> str:
    """Where others find it."""
    if sock.family == socket.AF_UNIX:
        name = sock.getsockname()
        return f'unix:@{name[1:].decode()}' if isinstance(name, bytes) else f'unix:{name}'
    host, port = sock.getsockname()[:2]
    return f'{scheme}://[{host}]:{port}' if ':' in host else f'{scheme}://{host}:{port}'


def is_local(sock: socket.socket) -> bool:
    """Whether only programs of this host reach it."""
    return sock.family == socket.AF_UNIX or ip_address(sock.getsockname()[0]).is_loopback


def _bind(listen: Listen) -> list[socket.socket]:
    if listen.kind == 'unix':
        _refuse_in_use(listen.path)
        return [bind_unix_socket(listen.path, mode=0o660, backlog=BACKLOG)]
    if listen.kind == 'systemd':
        return inherited().take(listen.name)
    return bind_sockets(listen.port, listen.host, backlog=BACKLOG)


def _refuse_in_use(path: str) -> None:
    """A socket file that somebody answers is in use; one that nobody answers is a leftover."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
