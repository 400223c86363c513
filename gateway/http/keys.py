"""API keys: several at once, compared in constant time, guessed slowly.

Rules of this file:
- Every key is compared, always, and only digests are: neither time nor length says how near a
  guess was.
- An address has BURST wrong keys at once, then one a second. Until then whatever it sends is
  refused, right or not: guessing fast teaches nothing. The same wrong key again is no new guess: a
  program with an old key locks nobody out.
- A key that was right from an address stays right there, so that a neighbour with a wrong one
  locks nobody out. So a guesser behind the same address could find that one; keys are long.
- The clock is an argument.
"""

import hmac
import logging
from collections import OrderedDict
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Final, TypeVar

log = logging.getLogger(__name__)

BURST: Final = 10  # wrong keys at once
RATE: Final = 1.0  # wrong keys a second, after that
LOG_EVERY: Final = 1.0  # seconds
MAX_ADDRESSES: Final = 10_000  # that are remembered, the least recently seen goes
PREFIX: Final = 64  # bits of an IPv6 address that one customer has


T = TypeVar('T')


class Verdict(Enum):
    """On the key of a request."""

    RIGHT = 'right'
    MISSING = 'missing'
    WRONG = 'wrong'
    LIMITED = 'limited'


class Keys:
    """Those that the configuration names; without any, everybody is right."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._digests = [sha256(key.encode()).digest() for key in keys]
        self._wrong: OrderedDict[tuple[str, bytes], None] = OrderedDict()
        self._known: OrderedDict[tuple[str, int], None] = OrderedDict()
        # Of each address with wrong keys: what is left of its burst, and when that was so.
        self._failing: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._next_log = 0.0
        self._unlogged = 0

    def __bool__(self) -> bool:
        return bool(self._digests)

    def check(self, authorization: str, ip: str, now: float) -> Verdict:
        """`authorization` is the header's value, or ''; `now` is in seconds, and never falls."""
        if not self._digests:
            return Verdict.RIGHT
        scheme, _, key = authorization.partition(' ')
        has_key = scheme.lower() == 'bearer'  # RFC 9110, section 11.1; RFC 6750, section 2.1
        index = self._find(key.strip(' ')) if has_key else -1
        address = network(ip)
        known = address, index
        if known in self._known:
            self._known.move_to_end(known)
            return Verdict.RIGHT
        left = self._left(address, now)
        if left < 1:
            return Verdict.LIMITED
        if not has_key:
            return Verdict.MISSING
        if index < 0:
            guess = address, sha256(key.strip(' ').encode()).digest()
            self._fail(address, left - (guess not in self._wrong), now)
            remember(self._wrong, guess)
            return Verdict.WRONG
        remember(self._known, known)
        return Verdict.RIGHT

    def _find(self, key: str) -> int:
        digest = sha256(key.encode()).digest()
        found = -1
        for index, right in enumerate(self._digests):
            if hmac.compare_digest(digest, right):
                found = index
        return found

    def _left(self, address: str, now: float) -> float:
        """How many wrong keys `address` may send."""
        left, since = self._failing.get(address, (BURST, now))
        return min(BURST, left + (now - since) * RATE)

    def _fail(self, address: str, left: float, now: float) -> None:
        self._failing[address] = left, now
        self._failing.move_to_end(address)
        if len(self._failing) > MAX_ADDRESSES:
            self._failing.popitem(last=False)
        if now < self._next_log:
            self._unlogged += 1
            return
        more = f' ({self._unlogged} more since the last line)' if self._unlogged else ''
        log.warning('a wrong API key from %s%s', address or 'a Unix socket', more)
        self._next_log, self._unlogged = now + LOG_EVERY, 0


def remember(entries: OrderedDict[T, None], entry: T) -> None:
    """The oldest goes where there are too many."""
    entries[entry] = None
    entries.move_to_end(entry)
    if len(entries) > MAX_ADDRESSES:
        entries.popitem(last=False)


@lru_cache(MAX_ADDRESSES)
def network(ip: str) -> str:
    """Whose address it is: an IPv4 address, or the first 64 bits of an IPv6 address."""
    if not ip:  # a Unix socket
        return ip
    address = ip_address(ip.partition('%')[0])
    if not isinstance(address, IPv6Address):
        return ip
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    first = int(address) >> (128 - PREFIX) << (128 - PREFIX)
    return f'{IPv6Address(first)}/{PREFIX}'
