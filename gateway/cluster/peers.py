"""The other gateways: what each has said is given on once and in order, or is known to be missing.

Rules of this file:
- Each numbers its messages. What comes behind a gap is held back while the missing is asked for.
- What does not come in PATIENCE is lost: counted, logged, and the rest goes on.
- Held-back messages are bounded. While a queue is away nobody is heard, so nobody is forgotten for
  that: who was silent for FORGOTTEN seconds gives up its place where all are taken.
"""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from gateway.cluster.counters import Counters

log = logging.getLogger('gateway.cluster')

PATIENCE: Final = 5.0  # seconds that what is missing is waited for
ASKED: Final = 0.5  # seconds before it is asked for again
HELD: Final = 10_000  # messages of one peer
FORGOTTEN: Final = 60.0
ALIVE: Final = 5.0  # seconds without a heartbeat
LEAP: Final = 1_000_000_000  # messages: no gap, but another beginning
MARGIN: Final = 2.0  # seconds between two nodes, in which it is not known which began first
MAX_PEERS: Final = 1_000

Give = Callable[[dict[str, Any]], None]


class Peer:
    """One node. `next` is the number of the message that is to come, `first` that of the first
    that was heard, until it is known whether there were some before."""

    __slots__ = ('asked_at', 'first', 'gap_since', 'heard_at', 'held', 'latest', 'next')

    def __init__(self, first: int, now: float) -> None:
        self.next = self.first = first
        self.heard_at = now
        self.held: dict[int, dict[str, Any]] = {}
        self.latest = first - 1  # the highest number that is known of
        self.gap_since = 0.0  # 0: nothing is missing
        self.asked_at = 0.0


class Peers:
    """`give` gets each message; `ask(host, first, last)` asks a node for some of its own again."""

    def __init__(
        self, give: Give, ask: Callable[[str, int, int], None], counters: Counters
    ) -> None:
        self._give = give
        self._ask = ask
        self._counters = counters
        self._peers: dict[str, Peer] = {}
        self._since = 0.0  # when this node began to listen; 0: it does not yet

    def begin(self) -> None:
        """This node listens; again and again after a failure."""
        self._since = self._since or monotonic()

    def alive(self) -> set[str]:
        """Those that were heard just now."""
        now = monotonic()
        return {host for host, peer in self._peers.items() if now - peer.heard_at < ALIVE}

    def beat(self, host: str, last: int, age: float | None = None) -> None:
        """A heartbeat, with the number of the last message that this node has published, and how
        many seconds ago it began."""
        now = monotonic()
        peer = self._peers.get(host)
        is_met = peer is not None and abs(last - peer.latest) <= LEAP
        if peer is None or not is_met:
            peer = self._meet(host, last + 1, now)
        if peer is not None and peer.first and age is not None:
            began_after_us = self._since and now - age > self._since + MARGIN
            if began_after_us and peer.first > 1:  # we were deaf then
                self._count(host, peer.first - 1)
            peer.first = 0
        if peer is None or not is_met:
            return
        peer.heard_at = now
        peer.latest = max(peer.latest, last)
        self._check(host, peer, now)

    def message(self, host: str, number: int, message: dict[str, Any]) -> None:
        """A numbered message."""
        now = monotonic()
        peer = self._peers.get(host)
        if peer is None:
            peer = self._meet(host, number, now)
            if peer is None:
                self._give(message)
                return
        if number == peer.next and not peer.held:  # as nearly always
            peer.next += 1
            peer.latest = max(peer.latest, number)
            if peer.gap_since:  # the rest is on its way
                peer.gap_since = peer.asked_at = 0.0 if peer.latest < peer.next else now
            self._give(message)
            return
        if number < peer.next or number in peer.held:
            self._counters.duplicates += 1
            return
        if number <= peer.latest:  # some of what is missing
            peer.gap_since = peer.asked_at = now
        peer.held[number] = message
        peer.latest = max(peer.latest, number)
        self._drain(peer)
        self._check(host, peer, now)

    def gone(self, host: str, last: int) -> None:
        """That node can't say again what it said up to this number."""
        peer = self._peers.get(host)
        if peer is not None and peer.next <= last:
            self._lose(host, peer, last + 1)

    def tick(self) -> None:
        """Once in a while: give up what has not come, forget who has gone."""
        now = monotonic()
        for host, peer in list(self._peers.items()):
            self._check(host, peer, now)

    def _meet(self, host: str, first: int, now: float) -> Peer | None:
        if host not in self._peers and len(self._peers) >= MAX_PEERS:
            oldest = min(self._peers, key=lambda one: self._peers[one].heard_at)
            if now - self._peers[oldest].heard_at < FORGOTTEN:
                return None
            del self._peers[oldest]
        self._peers[host] = peer = Peer(first, now)
        return peer

    def _drain(self, peer: Peer) -> None:
        while (message := peer.held.pop(peer.next, None)) is not None:
            peer.next += 1
            self._give(message)

    def _check(self, host: str, peer: Peer, now: float) -> None:
        """Whether something is missing, and for how long."""
        if peer.latest < peer.next:
            peer.gap_since = 0.0
            return
        if not peer.gap_since:
            peer.gap_since, peer.asked_at = now, 0.0
        if now - peer.gap_since > PATIENCE or len(peer.held) > HELD:
            self._lose(host, peer, first_held(peer))
        elif now - peer.asked_at > ASKED:
            peer.asked_at = now
            self._ask(host, peer.next, first_held(peer) - 1)

    def _lose(self, host: str, peer: Peer, until: int) -> None:
        """Go on with this number; what is missing before it is lost."""
        held = sorted(number for number in peer.held if number < until)
        missing = until - peer.next - len(held)
        self._count(host, missing)
        for number in held:
            self._give(peer.held.pop(number))
        peer.next = until
        self._drain(peer)
        peer.latest = max(peer.latest, peer.next - 1)
        peer.gap_since = 0.0

    def _count(self, host: str, missing: int) -> None:
        self._counters.lost['gap'] += missing
        log.warning('cluster: %d messages of the gateway %.8s are lost', missing, host)


def first_held(peer: Peer) -> int:
    """The number behind the gap; it costs a look at all that is held."""
    return min(peer.held, default=peer.latest + 1)
