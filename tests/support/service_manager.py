"""What systemd is to a service, without systemd: sd_notify(3)'s socket, and sockets handed over.

Rules of this file:
- The sockets are handed over as by systemd: from descriptor 3 on, in the process of the gateway
  itself, named in the environment (sd_listen_fds(3)).
"""

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.gateway import PATIENCE

# Arguments: names, descriptors, and the command, which it becomes.
HAND_OVER = """\
import fcntl, os, sys
names, numbers, *command = sys.argv[1:]
high = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 100) for number in numbers.split(',')]
for index, number in enumerate(high):
    os.dup2(number, 3 + index)
    os.close(number)
os.environ |= {'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': str(len(high))}
os.environ['LISTEN_FDNAMES'] = names
os.execv(command[0], command)
"""


class Told:
    """The socket that a service tells of itself."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace('@', '\0', 1))
        self._socket.settimeout(PATIENCE)
        self.address = address

    def next(self) -> dict[str, str]:
        """The next of what it says."""
        lines = self._socket.recv(4096).decode().split('\n')
        return dict(line.split('=', 1) for line in lines)

    def beside_the_watchdog(self) -> dict[str, str]:
        """The next that does not only feed it."""
        while (said := self.next()) == {'WATCHDOG': '1'}:
            pass
        return said

    def pending(self) -> list[dict[str, str]]:
        """All that is there now."""
        self._socket.setblocking(False)
        try:
            found = []
            while True:
                found.append(self.next())
        except BlockingIOError:
            return found
        finally:
            self._socket.settimeout(PATIENCE)

    def close(self) -> None:
        self._socket.close()


def handed(sockets: Sequence[socket.socket], names: str) -> tuple[list[str | Path], dict[str, Any]]:
    """What starts a gateway with these sockets: a command before its own, and options of Popen."""
    numbers = [sock.fileno() for sock in sockets]
    command = [sys.executable, '-c', HAND_OVER, names, ','.join(map(str, numbers))]
    return command, {'pass_fds': numbers, 'env': {**os.environ}}
