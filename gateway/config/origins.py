"""Which pages of other origins may connect: `same-origin`, `*`, or patterns.

A pattern is an origin as browsers send it (RFC 6454, section 6.2), or one whose first label of
the host is `*`: `https://*.example.com` matches every subdomain and not `example.com` itself.
"""

import re
from typing import Any, Literal, TypeAlias

from gateway.config.fields import each
from gateway.config.mistakes import kind, wrong

Origins: TypeAlias = Literal['same-origin', '*'] | tuple[str, ...]

MEND = 'write same-origin, "*", or a list such as [https://app.example.com]'
ORIGIN = re.compile(
    r'(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])'
    r'(?P<port>:[0-9]{1,5})?\Z'
)
PORTS = {'http': ':80', 'https': ':443', 'ws': ':80', 'wss': ':443'}


def origins(raw: Any) -> Origins:
    if raw in ('same-origin', '*'):
        return raw  # type: ignore[no-any-return]
    if isinstance(raw, str):
        return (origin(raw),)
    if not isinstance(raw, list):
        raise wrong(f'{kind(raw)}, where origins are needed', MEND)
    patterns = each(raw, origin)
    if not patterns:
        raise wrong('an empty list', MEND)
    return tuple(patterns)


def origin(raw: Any) -> str:
    """One pattern; the scheme's own port goes, since browsers leave it out."""
    if raw in ('same-origin', '*'):
        raise wrong(f'"{raw}" stands alone, not in a list', MEND)
    match = ORIGIN.match(raw.lower()) if isinstance(raw, str) else None
    if match is None:
        raise wrong('not an origin', 'write SCHEME://HOST or SCHEME://HOST:PORT, without a path')
    scheme, host, port = match['scheme'], match['host'], match['port']
    return f'{scheme}://{host}' + ('' if port in (None, PORTS.get(scheme)) else port)
