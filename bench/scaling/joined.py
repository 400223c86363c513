"""What the queue between several gateways costs, from what queue.py has measured; and what it would
cost if each room had a channel of its own.

Rules of this file:
- A figure is the median of the rounds; a difference or a ratio is taken in each round first.
- Microseconds of CPU for each message. Cores are what a second of messages takes of a second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from statistics import median

from bench.histogram import Histogram
from bench.result import Result, Run
from bench.scaling.needs import SIZES, WORKLOADS, Model
from bench.scaling.queue import MANY

ROOM = 20  # members, of the workload `chat`
CHAT = next(load for load in WORKLOADS if load.name == 'chat')


@dataclass(frozen=True)
class Queue:
    """Of Redis, between gateways."""

    emit: float  # beyond what the emit itself takes
    hear: float  # by a gateway that has no recipient
    calm: float  # the same, where each message comes by itself
    redis: float  # for a message, and
    each: float  # for each that hears it
    latency: Mapping[str, Histogram]  # of one gateway and of two
    ratio: float  # of their 99th percentiles

    @classmethod
    def of(cls, result: Result) -> Queue:
        """ValueError where the result has too little."""
        rounds: dict[int, dict[str, Run]] = defaultdict(dict)
        for run in result.runs:
            if not run.void:
                rounds[run.round][run.label] = run
        labels = {'one', 'two', 'alone', 'burst', 'calm', 'listeners'}
        whole = [found for found in rounds.values() if labels <= set(found)]
        if not whole:
            raise ValueError('no round of the queue is whole')
        more = [
            (found['listeners'].values['redis'] - found['burst'].values['redis']) / (MANY - 2)
            for found in whole
        ]
        each = median(more)
        return cls(
            emit=median(
                found['burst'].values['emitter'] - found['alone'].values['emitter']
                for found in whole
            ),
            hear=of(whole, 'burst', 'hearer'),
            calm=of(whole, 'calm', 'hearer'),
            redis=of(whole, 'burst', 'redis') - 2 * each,
            each=each,
            latency={
                label: reduce(add, (found[label].histograms['delivery'] for found in whole))
                for label in ('one', 'two')
            },
            ratio=median(
                found['two'].histograms['delivery'].percentile(99)
                / found['one'].histograms['delivery'].percentile(99)
                for found in whole
            ),
        )

    def redis_cores(self, messages: float, gateways: float) -> float:
        return messages * (self.redis + self.each * gateways) / 1e6

    def most(self, gateways: int) -> float:
        """Messages a second with which Redis is busy all the time."""
        return 1e6 / (self.redis + self.each * gateways)


@dataclass(frozen=True)
class Joint:
    """So many clients in rooms of ROOM, and the gateways that they need."""

    clients: int
    gateways: int
    messages: float  # a second
    concerned: float  # gateways that have a member of a room, on average

    @classmethod
    def of(cls, model: Model, clients: int) -> Joint:
        gateways = model.need(clients, CHAT).processes
        concerned = gateways * (1 - (1 - 1 / gateways) ** ROOM)
        return cls(clients, gateways, clients * CHAT.events, concerned)

    def hearing(self, queue: Queue, hearers: float) -> float:
        """Cores of all gateways that hear what they did not emit."""
        return self.messages * (hearers - 1) * queue.hear / 1e6


def joints(model: Model) -> Iterator[Joint]:
    for clients in SIZES:
        yield Joint.of(model, clients)


def of(rounds: Sequence[Mapping[str, Run]], label: str, name: str) -> float:
    return median(found[label].values[name] for found in rounds)
