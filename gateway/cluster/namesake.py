"""Whether another gateway has the name of this one (`cluster.node`): then a load balancer, which
goes by names, sends the requests of some sessions to the gateway that does not have them."""

import logging
from time import monotonic
from typing import Any, Final

log = logging.getLogger('gateway.cluster')

AGAIN: Final = 60.0  # seconds between two lines


class Namesake:
    """`name` is one's own, '' where there is none."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told = -AGAIN

    def heard(self, name: Any) -> None:
        """The name that the heartbeat of another gateway tells; it may be anything."""
        now = monotonic()
        if not self._name or name != self._name or now - self._told < AGAIN:
            return
        self._told = now
        log.warning(
            'cluster: another gateway has the node %s, too: '
            'give each its own, or load balancers send requests to the wrong one',
            self._name,
        )
