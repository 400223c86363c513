"""Where the gateway listens: an address with its port, the path of a Unix socket, or systemd's."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal

from gateway.config.mistakes import kind, wrong

MEND = 'write ADDRESS:PORT such as 127.0.0.1:8000 or "[::1]:8000", or unix:/PATH'
NAME = re.compile(r'[!-9;-~]{1,255}\Z')  # systemd.socket(5), FileDescriptorName=
TCP = re.compile(
    r'(?:\[(?P<six>[0-9A-Fa-f:.]+(?:%\w+)?)\]|(?P<host>[A-Za-z0-9._-]+)):(?P<port>[0-9]{1,5})\Z'
)
MAX_UNIX_PATH = 107  # bytes: sun_path of Linux, less its final zero


@dataclass(frozen=True, slots=True)
class Listen:
    """One listening socket, or those of systemd: all, or with a name. Port 0 is any free port."""

    kind: Literal['tcp', 'unix', 'systemd']
    host: str = ''
    port: int = 0
    path: str = ''
    name: str = ''  # of the socket that systemd hands over

    @property
    def is_local(self) -> bool:
        """Whether only programs of this host reach it."""
        if self.kind != 'tcp' or self.host == 'localhost':
            return True  # what systemd hands over is looked at when it is there
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        if self.kind == 'unix':
            return f'unix:{self.path}'
        if self.kind == 'systemd':
            return f'systemd:{self.name}' if self.name else 'systemd'
        return f'[{self.host}]:{self.port}' if ':' in self.host else f'{self.host}:{self.port}'


def listen(raw: Any) -> Listen:
    """One entry of `server.listen`."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raise wrong('a port without an address', 'write 127.0.0.1:PORT, or 0.0.0.0:PORT for all')
    if not isinstance(raw, str):
        raise wrong(f'{kind(raw)}, where an address is needed', MEND)
    if raw == 'systemd':
        return Listen('systemd')
    if raw.startswith('systemd:'):
        return systemd(raw.removeprefix('systemd:'))
    if raw.startswith('unix:'):
        return unix(raw.removeprefix('unix:'))
    if raw.startswith((':', '*:')):
        raise wrong('an address is missing', 'write 0.0.0.0:PORT, or "[::]:PORT" for IPv6')
    match = TCP.match(raw)
    if match is None:
        raise wrong('not an address with a port', MEND)
    if int(match['port']) > 65535:
        raise wrong('a port beyond 65535', MEND)
    if match['six']:
        check_ip(match['six'], 6)
    elif re.fullmatch(r'[0-9.]+', match['host']):
        check_ip(match['host'], 4)
    return Listen('tcp', host=match['six'] or match['host'], port=int(match['port']))


def check_ip(text: str, version: int) -> None:
    try:
        right = ip_address(text).version == version
    except ValueError:
        right = False
    if not right:
        raise wrong(f'not an IPv{version} address', MEND)


def systemd(name: str) -> Listen:
    if not NAME.match(name):
        raise wrong('not the name of a socket', 'write systemd:NAME, as in FileDescriptorName=NAME')
    return Listen('systemd', name=name)


def unix(path: str) -> Listen:
    if not path.startswith('/'):
        raise wrong('the path of a Unix socket must begin with /', 'write unix:/run/gateway.sock')
    if len(path.encode()) > MAX_UNIX_PATH or '\0' in path:
        raise wrong(f'the path of a Unix socket is longer than {MAX_UNIX_PATH} bytes', 'shorten it')
    return Listen('unix', path=path)
