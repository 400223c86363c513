"""Listening sockets that systemd has opened for us: sd_listen_fds(3), sd_listen_fds_with_names(3).

A restart of the service leaves them open: who connects meanwhile waits, and is not refused.
"""

import os
import socket
from collections.abc import Iterable, MutableMapping
from functools import cache
from typing import Final

FIRST: Final = 3  # SD_LISTEN_FDS_START
UNNAMED: Final = 'unknown'  # what systemd calls what has no name


class Inherited:
    """Those of this process, by name; each is given once."""

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        count, pid, names = (
            environment.pop(f'LISTEN_{name}', '') for name in ('FDS', 'PID', 'FDNAMES')
        )
        mine = pid == str(os.getpid()) and count.isdigit()
        filled = [*names.split(':')] if names else []
        self._left: list[tuple[str, int]] = []
        self._reserved: frozenset[str] = frozenset()
        for index in range(int(count) if mine else 0):
            os.set_inheritable(FIRST + index, False)
            name = filled[index] if index < len(filled) else UNNAMED
            self._left.append((name, FIRST + index))

    def reserve(self, names: Iterable[str]) -> None:
        """Those that are asked for by name, now or later."""
        self._reserved = frozenset(names)

    def take(self, name: str) -> list[socket.socket]:
        """Those with this name, or, for '', all that nobody asks for by name. ValueError: none, or
        other than sockets that listen."""
        chosen = [entry for entry in self._left if self._is_meant(name, entry[0])]
        if not chosen:
            raise ValueError(self._none(name))
        self._left = [entry for entry in self._left if entry not in chosen]
        return [listening(fd, known) for known, fd in chosen]

    def _is_meant(self, name: str, known: str) -> bool:
        return known == name if name else known not in self._reserved

    def _none(self, name: str) -> str:
        if not self._left:
            return 'systemd has handed over no socket: is there a .socket unit?'
        names = ', '.join(dict.fromkeys(known for known, _ in self._left))
        which = name or 'that nobody asks for by name'
        return f'systemd has handed over no socket {which}: there are {names} (FileDescriptorName=)'


@cache
def inherited() -> Inherited:
    """Those of this process."""
    return Inherited()


def listening(fd: int, name: str) -> socket.socket:
    try:
        found = socket.socket(fileno=fd)
    except OSError:
        raise ValueError(f'what systemd calls {name} is no socket') from None
    if not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        found.detach()
        raise ValueError(f'the socket {name} of systemd does not listen: ListenStream= is needed')
    return found
