"""Which pages may connect: `same-origin`, `*`, or a list of patterns and `same-origin`.

A pattern is an origin as browsers send it (RFC 6454, section 6.2), or one whose first label of
the host is `*`: `https://*.example.com` matches every subdomain and not `example.com` itself.
A host in Unicode is written as browsers send it, in punycode. `"null"` (of sandboxed pages and
files) has to be named, since anybody can make a page with that origin.
"""

import re
from ipaddress import IPv6Address
from typing import Any, Literal, TypeAlias

from gateway.config.fields import each
from gateway.config.mistakes import kind, nearest, wrong

Origins: TypeAlias = Literal['same-origin', '*'] | tuple[str, ...]

MEND = 'write same-origin, "*", or a list such as [same-origin, https://app.example.com]'
WORDS = ('same-origin', 'null')
ORIGIN = re.compile(
    r'(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])'
    r'(?::(?P<port>[0-9]{1,5}))?\Z'
)
BEFORE_PATH = re.compile(r'[^/]*://[^/?#]*')
PORTS = {'http': 80, 'https': 443}
DEVIATIONS = frozenset('ßς\u200c\u200d')  # browsers keep what the codec of 2003 would replace


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
    if raw == '*':
        raise wrong('"*" stands alone, not in a list', MEND)
    if raw is None:
        raise wrong('empty', 'put it in quotes if "null" is meant')
    if raw in WORDS:
        return str(raw)
    text = ascii_of(raw).lower() if isinstance(raw, str) else ''
    match = ORIGIN.match(text)
    if match is None:
        raise wrong(*explain(text))
    scheme, host, port = match['scheme'], match['host'], int(match['port'] or 0)
    if port > 65535:
        raise wrong('a port beyond 65535', 'write 1 to 65535')
    if host.startswith('['):
        try:
            host = f'[{IPv6Address(host[1:-1])}]'
        except ValueError:
            raise wrong('not an IPv6 address', 'write http://[::1]:8000') from None
    return f'{scheme}://{host}' + (f':{port}' if port and port != PORTS.get(scheme) else '')


def explain(text: str) -> tuple[str, str]:
    """What is wrong with a text that is no origin, and how to mend it."""
    if ',' in text or len(text.split()) > 1:
        return 'several origins in one text', 'write a list: [https://a.example, https://b.example]'
    if not re.search('[.:]', text) and (mend := nearest(text, WORDS)).startswith('did you mean'):
        return 'not an origin', mend
    if '://' not in text and ORIGIN.match(ascii_of('https://' + text)):
        return 'a scheme is missing', 'write https:// (or http://) before it'
    whole = BEFORE_PATH.match(text)
    if whole and ORIGIN.match(whole[0]):
        at_end = text[whole.end() :] == '/'
        mend = 'remove the / at the end' if at_end else 'remove what follows the host'
        return 'an origin has no path', mend
    if '*' in text:
        mend = 'a wildcard is the first label of a host only: https://*.example.com'
        return 'a * in the wrong place', mend
    return 'not an origin', 'write SCHEME://HOST or SCHEME://HOST:PORT, without a path'


def ascii_of(text: str) -> str:
    """The host in punycode (RFC 3490), where it is written in Unicode."""
    if text.isascii():
        return text
    mend = 'write its host as browsers send it: xn--…'
    if not DEVIATIONS.isdisjoint(text.lower()):
        raise wrong('a host with a letter that browsers treat in their own way', mend)
    scheme, mark, host = text.partition('://')
    try:
        return scheme + mark + host.encode('idna').decode('ascii')
    except UnicodeError:
        raise wrong('not a host that punycode can spell', mend) from None
