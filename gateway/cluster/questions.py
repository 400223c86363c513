"""What this node has asked clients of others: acknowledgements, and surveys over all nodes.

Rules of this file:
- An emit with a callback may be acknowledged by several clients; each calls back, for LIFE seconds.
- A survey waits for every node that was alive when it began, and for its own clients. Which nodes
  did not answer in time is told with its result: nobody is counted as silent who was not asked.
- Bounded: in number, and in what all answers weigh.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from gateway.hub.asking import MAX_ANSWERS, Survey

LIFE: Final = 60.0  # seconds
MOST: Final = 10_000  # callbacks; the oldest goes
GRACE: Final = 0.5  # seconds that the answers of a node may take on their way


@dataclass(slots=True)
class Asked:
    """A survey under way: the nodes that have not answered, and what the others have."""

    nodes: set[str]
    survey: Survey = field(default_factory=Survey)
    size: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Questions:
    """By number, which others give back."""

    def __init__(self) -> None:
        self.dropped = 0
        self._last = 0
        self._callbacks: OrderedDict[int, tuple[Callable[..., Any], float]] = OrderedDict()
        self._calls: dict[int, Callable[..., Any]] = {}
        self._surveys: dict[int, Asked] = {}

    def call(self, callback: Callable[..., Any]) -> int:
        """The number of one that is awaited: it lives until it is forgotten."""
        self._last += 1
        self._calls[self._last] = callback
        return self._last

    def expect(self, callback: Callable[..., Any]) -> int:
        """The number of a callback."""
        now = monotonic()
        while self._callbacks:
            _, until = next(iter(self._callbacks.values()))
            if until > now and len(self._callbacks) < MOST:
                break
            self.dropped += until > now
            self._callbacks.popitem(last=False)
        self._last += 1
        self._callbacks[self._last] = callback, now + LIFE
        return self._last

    def forget(self, number: int) -> None:
        self._callbacks.pop(number, None)
        self._calls.pop(number, None)

    def answered(self, number: Any, args: Sequence[Any]) -> Any:
        """What the callback returns; None where nobody waits any more."""
        if type(number) is not int:
            return None
        callback = self._calls.get(number) or self._callbacks.get(number, (None,))[0]
        return callback(*args) if callback is not None else None

    def survey(self, nodes: set[str]) -> int:
        """The number of a survey of these nodes."""
        self._last += 1
        self._surveys[self._last] = Asked(nodes)
        return self._last

    def told(self, number: int, node: str, part: Survey, size: int, is_last: bool) -> None:
        """A part of what the clients of a node have answered, of so many bytes."""
        asked = self._surveys.get(number)
        if asked is None or node not in asked.nodes:
            return
        asked.size += size
        if asked.size > MAX_ANSWERS:
            part.missing += [(sid, 'too_big') for sid, _ in part.answers]
            part.answers = []
        asked.survey.answers += part.answers
        asked.survey.missing += part.missing
        if is_last:
            asked.nodes.discard(node)
            if not asked.nodes:
                asked.done.set()

    async def wait(self, number: int, timeout: float) -> tuple[Survey, int]:
        """What all nodes have told, and how many have not."""
        asked = self._surveys[number]
        if asked.nodes:
            with suppress(TimeoutError):
                await asyncio.wait_for(asked.done.wait(), timeout + GRACE)
        return asked.survey, len(asked.nodes)

    def end(self, number: int) -> None:
        """Nobody waits for this survey any more."""
        self._surveys.pop(number, None)
