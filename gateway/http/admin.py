"""What stands on the admin listener: a table of paths, and who may ask.

Rules of this file:
- A request is judged by its head: of one that is refused, no body is kept.
- Pages of browsers have no business here, not even on this host: what names an `Origin` is
  refused, a POST must be JSON (which a page cannot send elsewhere unasked), and without keys the
  `Host` must be an address or localhost (a name could be anybody's: DNS rebinding), except on
  paths that are open.
- Where there are keys, who has none learns nothing, except from paths that are open. Who owns the
  process may reload it all the same, over a Unix socket: a signal would do that, too.
"""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from ipaddress import ip_address
from time import monotonic
from typing import Final, NamedTuple
from urllib.parse import unquote

from gateway.http.keys import Keys, Verdict
from gateway.http.message import JSON, Request, Respond, Response, refusal

NOT_FOUND: Final = refusal(404, 'not_found', 'there is nothing at this path')
NO_PAGES: Final = refusal(403, 'origin', 'requests of pages are not answered')
BAD_HOST: Final = refusal(403, 'host', 'without keys, Host must be an IP address or localhost')
NOT_JSON: Final = refusal(415, 'content_type', 'Content-Type must be application/json')
REFUSALS: Final = {
    Verdict.MISSING: refusal(
        401, 'key_missing', 'Authorization: Bearer KEY is needed', WWW_Authenticate='Bearer'
    ),
    Verdict.WRONG: refusal(
        401, 'key_wrong', 'this key is not known', WWW_Authenticate='Bearer error="invalid_token"'
    ),
    Verdict.LIMITED: refusal(429, 'key_limited', 'too many wrong keys', Retry_After='1'),
}


class Place(NamedTuple):
    """A path with its endpoints by method; one with `{name}` is `head`, a segment, `tail`."""

    methods: dict[str, Respond]
    is_open: bool
    is_owners: bool = False
    head: str = ''
    name: str = ''
    tail: str = ''

    def param(self, path: str) -> str | None:
        """The segment in `path`, decoded; None where it is another path."""
        if not (path.startswith(self.head) and path.endswith(self.tail)):
            return None
        segment = path[len(self.head) : len(path) - len(self.tail)]
        if not segment or '/' in segment:
            return None
        try:
            return unquote(segment, errors='strict')
        except UnicodeDecodeError:
            return None


class Admin:
    """`admit` and `respond` are what a Listener asks."""

    def __init__(self, keys: Keys, *, clock: Callable[[], float] = monotonic) -> None:
        self.guard(keys)
        self._clock = clock
        self._places: dict[str, Place] = {}
        self._templates: dict[str, Place] = {}

    def guard(self, keys: Keys) -> None:
        """Others from now on, on connections that are open, too."""
        self._keys = keys
        self._guarded = bool(keys)

    def add(
        self,
        method: str,
        path: str,
        endpoint: Respond,
        *,
        open: bool = False,  # noqa: A002
        owners: bool = False,
    ) -> None:
        """Answer `method` on `path`, which may have one segment `{name}`.

        `open`: without a key; `owners`: without one for who owns the process. GET answers HEAD too.
        """
        table = self._templates if '{' in path else self._places
        if path not in table:
            head, _, rest = path.partition('{')
            name, _, tail = rest.partition('}')
            table[path] = Place({}, open, owners, head, name, tail)
        methods = table[path].methods
        methods[method] = endpoint
        if method == 'GET':
            methods['HEAD'] = endpoint

    def admit(self, request: Request) -> Response | None:
        """Find who answers, in `request.endpoint`; or say no."""
        headers = request.headers
        if 'origin' in headers:
            return NO_PAGES
        place = self._places.get(request.path) or self._template(request)
        is_open = place is not None and place.is_open
        foreign = request.ip and not is_literal(headers.get('host', ''))
        if not self._guarded and not is_open and foreign:
            return BAD_HOST
        is_known = place is not None and place.is_owners and request.is_owner
        if self._guarded and not (is_open or is_known):
            authorization = headers.get('authorization', '')
            verdict = self._keys.check(authorization, request.ip, self._clock())
            if verdict is not Verdict.RIGHT:
                return REFUSALS[verdict]
        if place is None:
            return NOT_FOUND
        endpoint = place.methods.get(request.method)
        if endpoint is None:
            allowed = ', '.join(sorted(place.methods))
            return refusal(405, 'method', f'this path answers {allowed}', Allow=allowed)
        if request.method == 'POST' and not is_json(headers.get('content-type', '')):
            return NOT_JSON
        request.endpoint = endpoint
        return None

    def respond(self, request: Request) -> Response | Awaitable[Response]:
        """The answer of the endpoint that `admit` has found."""
        assert request.endpoint is not None
        return request.endpoint(request)

    def _template(self, request: Request) -> Place | None:
        for place in self._templates.values():
            segment = place.param(request.path)
            if segment is not None:
                request.params[place.name] = segment
                return place
        return None


@lru_cache(256)
def is_literal(host: str) -> bool:
    """Whether a `Host` is localhost or an IP address, with or without a port."""
    name, colon, port = host.rpartition(':')
    if not colon or not (port.isascii() and port.isdigit()):
        name = host
    if name.lower() == 'localhost':
        return True
    try:
        if name.startswith('['):
            return name.endswith(']') and ip_address(name[1:-1]).version == 6
        return ip_address(name).version == 4
    except ValueError:
        return False


@lru_cache(256)
def is_json(content_type: str) -> bool:
    return content_type.partition(';')[0].strip().lower() == JSON
