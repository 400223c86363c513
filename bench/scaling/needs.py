"""What so many clients need in processes, cores, memory and network.

Rules of this file:
- A need is the least number of processes with which every limit holds. Nothing is assumed of a
  process beyond the most clients that were measured on one.
- Between the processes there is more to pay, for the queue that joins them: see joined.py.
- The network's figures are of deliveries, with all headers, on Ethernet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median

from bench.scaling.costs import FORM, Costs, Curve

# On the wire

SEGMENT = 1448  # bytes of one TCP segment, with time stamps, in Ethernet's 1,500
TCP_IP = 52  # bytes of headers: IPv4 20, TCP 20, its time stamps 12
ETHERNET = 38  # preamble 8, header 14, checksum 4, gap 12
EVENT = len('42["msg",""]')
HEARTBEAT = 25.0  # seconds between two (engine.io-protocol, v4)
PING = 3 + 2 * (TCP_IP + ETHERNET)  # the ping, and TCP's acknowledgement of the pong
PONG = 7 + 2 * (TCP_IP + ETHERNET)  # masked; at most: the ping's own acknowledgement apart


def frame(payload: int) -> int:
    """Bytes of the WebSocket frame of an event `msg` (RFC 6455, 5.2)."""
    size = EVENT + payload
    return size + (2 if size < 126 else 4 if size < 65_536 else 10)


def wire(payload: int) -> int:
    """Bytes that one delivery takes of an Ethernet link."""
    size = frame(payload)
    return size + math.ceil(size / SEGMENT) * (TCP_IP + ETHERNET)


def wire_back(payload: int) -> int:
    """Bytes of its acknowledgements in the other direction, at most."""
    return math.ceil(frame(payload) / SEGMENT) * (TCP_IP + ETHERNET)


# What is needed

BUSY = 0.6  # of a core, so that bursts and reconnections have room


@dataclass(frozen=True)
class Workload:
    """What each client gets and does."""

    name: str
    about: str
    deliveries: float  # a second
    events: float  # acknowledged ones, a second
    payload: int
    last: float | None  # seconds by which a broadcast to all must have been written; None: rooms


WORKLOADS = (
    Workload('alerts', '200 bytes to all, once a minute', 1 / 60, 0, 200, 1.0),
    Workload(
        'chat', 'rooms of 20, 200 bytes; everyone speaks every 30 s', 20 / 30, 1 / 30, 200, None
    ),
    Workload('ticker', '64 bytes to all, once a second', 1, 0, 64, 0.25),
    Workload('live data', '64 bytes to all, ten times a second', 10, 0, 64, 0.1),
)
SIZES = (10_000, 100_000, 1_000_000)


@dataclass(frozen=True)
class Need:
    """For so many clients."""

    clients: int
    processes: int
    limit: str  # why not fewer
    cores: float  # of work
    memory: float  # GB, of the processes and of the kernel for them
    down: float  # Mbit a second to the clients, with heartbeats
    up: float  # Mbit a second of acknowledgements and heartbeats, at most
    packets: float  # a second, to the clients
    back: float  # seconds until all are connected again after a restart


class Model:
    """What a target needs for a workload."""

    def __init__(self, costs: Costs) -> None:
        self.costs = costs
        self.delivery = costs.curve(FORM, costs.delivery)
        above = (measured / self.delivery(n) for n, measured in costs.delivery.items())
        self.margin = max(1.0, *above)  # nothing is sized below what was measured
        self.memory = Curve.through('straight line', costs.memory)
        self.connection = median(costs.connection.values())

    def cost(self, clients: float, payload: int) -> float:
        """µs for each delivery, `clients` on the machine: processes share its largest cache."""
        return self.margin * self.delivery(clients) + max(0, payload - 64) * self.costs.byte

    def work(self, clients: int, load: Workload) -> float:
        """Cores that so many clients keep busy."""
        each = load.deliveries * self.cost(clients, load.payload)
        return clients * (each + load.events * self.costs.event + self.costs.idle) / 1e6

    def exceeded(self, clients: int, processes: int, load: Workload) -> str:
        """The first limit that each of so many processes is beyond; empty if none."""
        each = clients / processes
        if each > self.costs.most:
            return 'clients'
        if load.last and each * self.cost(clients, load.payload) / 1e6 > load.last:
            return 'last recipient'
        return 'CPU' if self.work(clients, load) / processes > BUSY else ''

    def need(self, clients: int, load: Workload) -> Need:
        processes, limit = 1, ''
        while reason := self.exceeded(clients, processes, load):
            processes, limit = processes + 1, reason
        each = clients / processes
        rate, beats = clients * load.deliveries, clients / HEARTBEAT
        memory = processes * self.memory(each) + clients * self.costs.kernel
        return Need(
            clients=clients,
            processes=processes,
            limit=limit,
            cores=self.work(clients, load),
            memory=memory / 1e6,
            down=(rate * wire(load.payload) + beats * PING) * 8 / 1e6,
            up=(rate * wire_back(load.payload) + beats * PONG) * 8 / 1e6,
            packets=rate * math.ceil(frame(load.payload) / SEGMENT) + 2 * beats,
            back=each * self.connection / 1e6,
        )
