"""Who a client is: its token, verified before anything else of its connection.

Rules of this file:
- The token is `token` of the client's auth object, else the header `Authorization: Bearer …`.
  What is found first counts, also when it is unusable.
- The signature is checked first; nothing that is not signed is parsed but the token's header.
- A refusal is one of three codes. Why it is one is a line in the log at the level debug, in words
  of this file: neither a token nor a claim is ever logged.
- Times are seconds since 1970 (RFC 7519, section 2). What lies beyond the year 9999 is refused:
  it is milliseconds, and would never expire.
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.config.auth import Jwt
from gateway.errors import PeerError, Refused
from gateway.hub.client import Client
from gateway.wire.codec import check_depth

log = logging.getLogger(__name__)

MAX_TOKEN: Final = 8_192  # characters; a header of HTTP has no more either
YEAR_10000: Final = 253_402_300_800


@dataclass(frozen=True, slots=True)
class Verified:
    """What the token says; `expires` is a Unix time with the leeway added, None for never."""

    claims: dict[str, Any] = field(repr=False)
    expires: float | None


class Bad(ValueError):
    """A token that is not good; its text is why."""


class Expired(Bad):
    """One that was good."""


def authenticate(jwt: Jwt, client: Client) -> Verified:
    """The client's token, verified; Refused with token_missing, token_invalid, token_expired."""
    token = find(client)
    if token is None:
        raise Refused('token_missing')
    try:
        return verify(jwt, token, time.time())
    except ValueError as error:
        log.debug('%s: token refused: %s', client.sid, error)
        raise Refused('token_expired' if isinstance(error, Expired) else 'token_invalid') from None


def find(client: Client) -> Any:
    """The token as it was sent, None if there is none. RFC 6750, section 2.1."""
    if isinstance(client.auth, dict) and 'token' in client.auth:
        return client.auth['token']
    scheme, _, token = client.request.headers.get('authorization', '').partition(' ')
    return token.strip(' ') if scheme.lower() == 'bearer' else None


def verify(jwt: Jwt, token: Any, now: float) -> Verified:
    """A token that is good at `now`; ValueError if it is not."""
    if not isinstance(token, str) or len(token) > MAX_TOKEN or not token.isascii():
        raise Bad(f'no text of at most {MAX_TOKEN:,} characters')
    claims = parse(jwt.keys.payload(token.encode('ascii')))
    early, late = now - jwt.leeway, now + jwt.leeway
    expires, begins, issued = (moment(claims, name) for name in ('exp', 'nbf', 'iat'))
    if begins is not None and begins > late:
        raise Bad('nbf: not yet valid')
    if issued is not None and issued > late:
        raise Bad('iat: issued in the future')
    if jwt.issuer and claims.get('iss') not in jwt.issuer:
        raise Bad('iss: another issuer')
    check_audience(claims, jwt.audience)
    if expires is None:
        return Verified(claims, None)
    if expires <= early:
        raise Expired('exp: expired')
    return Verified(claims, expires + jwt.leeway)


def parse(payload: bytes) -> dict[str, Any]:
    """The claims: one JSON object, each name of it once (RFC 7519, section 4)."""
    try:
        claims = json.loads(
            payload.decode('utf-8'), object_pairs_hook=once, parse_constant=no_number
        )
        check_depth(claims)
    except Bad:
        raise
    except (ValueError, RecursionError, PeerError):
        raise Bad('claims that are no JSON, or nest too deeply') from None
    if not isinstance(claims, dict):
        raise Bad('claims that are no object')
    return claims


def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Bad('a name twice in one object')
    return found


def no_number(_: str) -> None:
    raise Bad('NaN or an infinity')


def moment(claims: dict[str, Any], name: str) -> float | None:
    """A claim that is a time; None if it is absent."""
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Bad(f'{name}: no number')
    if not abs(value) < YEAR_10000:
        raise Bad(f'{name}: beyond the year 9999; milliseconds?')
    return float(value)


def check_audience(claims: dict[str, Any], known: tuple[str, ...]) -> None:
    """Whom it is for: one text or a list of them (RFC 7519, section 4.1.3).

    A token with an audience is for nobody who does not know himself to be in it.
    """
    if 'aud' not in claims:
        if known:
            raise Bad('aud: absent')
        return
    meant = claims['aud'] if isinstance(claims['aud'], list) else [claims['aud']]
    if not any(one in known for one in meant):
        raise Bad('aud: for another audience')
