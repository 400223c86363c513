"""Which pages may connect: the Origin header against `socketio.allowed_origins`.

A request without Origin is no browser's cross-site request and passes. Browsers apply no
same-origin policy of their own to WebSocket (RFC 6455, section 10.2), so this check is it.
What is compared is the whole header: two origins, a path or a name before the host match nothing.
"""

import re
from collections.abc import Callable

from gateway.config.origins import PORTS, Origins

Check = Callable[[str, str], bool]


def compile_check(allowed: Origins) -> Check:
    """A function of `(origin, own_origin)`; both compared in lower case."""
    if allowed == '*':
        return lambda origin, own: True
    entries = {allowed} if isinstance(allowed, str) else {*allowed}
    takes_own = 'same-origin' in entries
    patterns = [re.compile(_pattern(_plain(entry))) for entry in entries - {'same-origin'}]

    def check(origin: str, own: str) -> bool:
        origin = _plain(origin)
        if takes_own and own and origin == _plain(own):
            return True
        return any(pattern.fullmatch(origin) for pattern in patterns)

    return check


def _plain(origin: str) -> str:
    """Lower case, and without the port that its scheme implies."""
    origin = origin.lower()
    port = PORTS.get(origin.partition('://')[0])
    return origin.removesuffix(f':{port}') if port else origin


def _pattern(entry: str) -> str:
    """`*` stands for one or more labels of a host name, never for a port or a scheme."""
    return re.escape(entry).replace(r'\*', r'[a-z0-9_-]+(?:\.[a-z0-9_-]+)*')
