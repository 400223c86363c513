"""What the machine must allow before so many clients are connected from it.

Rules of this file:
- Each message says how many are needed, how many there are, and how to raise them.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path

from bench.process import open_files
from bench.targets.errors import TargetError

SPARE = 100  # descriptors for what is no connection
PORT_RANGE = Path('/proc/sys/net/ipv4/ip_local_port_range')
WIDEST = 65_535 - 1024 + 1


def descriptors(clients: int) -> None:
    """A process, of the server or of the load, needs one for each client that it has."""
    needed, allowed = clients + SPARE, open_files()
    if needed > allowed:
        raise TargetError(
            f'{clients} clients need {needed} open files in a process, and the limit is {allowed}: '
            f'raise it with "ulimit -n {needed}" as root (of a service: LimitNOFILE={needed}; for '
            'good: nofile in /etc/security/limits.conf)'
        )


def ports(clients: int, ip: str, source: Path = PORT_RANGE) -> None:
    """Towards a host that is not this one there is one source address, with its ports."""
    lowest, highest = map(int, source.read_text().split())
    free = highest - lowest + 1
    if clients <= free or ipaddress.ip_address(ip).is_loopback:
        return
    mend = (
        'widen it: sysctl net.ipv4.ip_local_port_range="1024 65535"'
        if clients <= WIDEST
        else 'let several hosts share the clients'
    )
    raise TargetError(
        f'{clients} clients of one address need {-(-clients // free)} source addresses with '
        f'{free} local ports each (net.ipv4.ip_local_port_range), and there is 1: {mend}'
    )
