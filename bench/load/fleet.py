"""Several load processes as one: each on a core, with an even share of the connections.

Rules of this file:
- The first process publishes, the others listen.
- What only Python speaks (polling, TLS) is spoken by one Python process; so is everything where
  the native one can't be compiled.
- A stopped measurement is returned, marked as such.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from time import monotonic
from typing import Literal

from bench.build import BuildError
from bench.histogram import Histogram
from bench.load import hints
from bench.load.address import Address
from bench.load.crew import Crew
from bench.load.generator import PYTHON, Generator, LoadError, limit, native, resolved
from bench.load.measured import Measured, Tick, merged
from bench.load.wire import Dialect, Form, Options, Wire, new_room

__all__ = ['Address', 'Fleet', 'LoadError', 'Measured', 'Tick']


class Fleet:
    """Load processes on `cores` for one server, or one server for each process (`others`); they
    start when it is entered."""

    def __init__(
        self,
        address: Address,
        cores: Sequence[int],
        dialect: Dialect | None = None,
        *,
        native: bool = True,
        spin: bool = True,
        insecure: bool = False,
        on_tick: Callable[[Tick], None] | None = None,
        others: Sequence[Address] = (),
    ) -> None:
        self.address, self.cores, self.dialect = address, tuple(cores), dialect or Dialect()
        self.addresses = (address, *others) if others else (address,) * len(self.cores)
        self.spin, self.insecure, self.on_tick = spin, insecure, on_tick
        self.trigger = self.dialect.trigger.address if self.dialect.trigger else None
        self._native = native and not address.tls and not (self.trigger and self.trigger.tls)
        self._why = ''  # it is not the native one that makes the load
        self.room, self._rooms, self._packed = new_room(), 0, False

    def __enter__(self) -> Fleet:
        self._ip = resolved(self.address)
        self._trigger_ip = resolved(self.trigger) if self.trigger else ''
        self.crew = Crew(self.on_tick)
        with ExitStack() as stack:
            stack.callback(self.crew.close)
            self._start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        argv: Sequence[str] = PYTHON
        cores = self.cores[:1]
        if self._native:
            try:
                argv, cores = native(), self.cores
            except BuildError as error:
                self._native, self._why = False, f'; {error}'
        self.crew.start(argv, cores)
        self.crew.ask('spin', {'on': int(self.spin)})

    @property
    def generator(self) -> str:
        """What makes the load, and its limit."""
        if self._native:
            return 'native'
        return f'python (up to {limit(self.cores[0]):,} messages a second{self._why})'

    @property
    def connected(self) -> int:
        return sum(generator.connected for generator in self.crew.members)

    def cpu_ns(self) -> dict[int, int]:
        """By core."""
        members = self.crew.members
        return {core: it.process.cpu_ns() for core, it in zip(self.cores, members, strict=False)}

    def stop(self) -> None:
        """End the measurement that runs, or else the next; from a signal handler or a thread."""
        self.crew.stop()

    def connect(
        self,
        count: int,
        *,
        form: Form = 'json',
        transport: Literal['websocket', 'polling'] = 'websocket',
        window: int = 64,
        headers: int = 600,
        rate: float | None = None,
        rooms: int = 1,
        enter: bool = False,
    ) -> Measured:
        """Open so many more connections, `window` at once or `rate` a second."""
        polling, enter = transport == 'polling', enter or rooms > 1
        self._agree(form, polling)
        self._packed, self._rooms = form == 'msgpack', rooms if enter else 0
        for member, address in zip(self.crew.members, self.addresses, strict=False):
            wire = Wire(self.dialect, address, form, self.room)
            setup = wire.setup(self._ip, polling=polling, headers=headers, enter=enter)
            self.crew.ask('setup', setup | {'insecure': int(self.insecure)}, [member])
        seconds = 60 + (count / rate if rate else count / 50)
        orders = self._shares(count)
        for order in orders.values():
            order |= {
                'window': max(1, window // len(orders)),
                'interval_ns': interval(rate, len(orders)),
                'seconds': int(seconds),
                'rooms': rooms,
            }
        stagger = 1 / rate if rate else 0
        answers, ticks = self.crew.measure('connect', orders, seconds, stagger=stagger)
        stopped = any(answer.get('stopped') for answer in answers)
        reasons = [str(answer['reason']) for answer in answers if answer.get('reason')]
        wanted = self.connected
        for generator, answer in zip(orders, answers, strict=True):
            generator.connected = answer['ready']
        if self.connected < wanted and not stopped:
            why = reasons[0] if reasons else 'no answer'
            raise LoadError(f'{wanted - self.connected} of {wanted} connections failed: {why}')
        latency = Histogram.of(pair for answer in answers for pair in answer['latency'])
        return Measured(
            max(answer['seconds'] for answer in answers),
            histograms={'connect': latency} if latency else {},
            ticks=ticks,
            stopped=stopped,
        )

    def broadcast(
        self,
        seconds: float,
        *,
        rate: float | None = None,
        count: int = 0,
        form: Form = 'json',
        payload: int = 64,
        probe: float | None = None,
        drain: float = 10.0,
        rooms: int | None = None,
    ) -> Measured:
        """One at a time, or `rate` a second; beside it `probe` acknowledged events a second.
        To each room in turn, where the clients have entered rooms."""
        publisher, *listeners = self._members(form, acknowledged=bool(probe))
        recipients = self._recipients(rooms)
        wire = self._wire(form)
        message = wire.message(payload, rooms=self._rooms > 0)
        if self.trigger:
            message |= {
                'http_address': self._trigger_ip.encode(),
                'http_port': self.trigger.port,
                'http_host': self.trigger.host.encode(),
                'http_tls': int(self.trigger.tls),
            }
        self.crew.ask('form', message)
        order: Options = {
            'interval_ns': interval(rate),
            'ms': round(seconds * 1000),
            'count': count,
            'drain_ms': round(drain * 1000),
            'payload': payload,
            'recipients': recipients,
            'rooms': max(1, self._rooms),
            'others_only': int(self.dialect.others_only),
        }
        probing: Options = {'probe_ns': interval(probe), **(wire.echo() if probe else {})}
        answers, ticks = self.crew.measure(
            'broadcast',
            {publisher: {'publish': 1, **order, **probing}},
            seconds + drain,
            listeners={each: {'publish': 0, **order, 'probe_ns': 0} for each in listeners},
        )
        return hints.of_broadcasts(merged(answers, recipients, ticks), self.dialect)

    def echo(
        self,
        seconds: float,
        *,
        clients: int = 100,
        rate: float | None = None,
        pipeline: int = 16,
        payload: int = 64,
        drain: float = 10.0,
    ) -> Measured:
        """Acknowledged events of `clients`, `pipeline` of each at once or `rate` a second."""
        members = self._members('json', acknowledged=True)
        order: Options = {
            'pipeline': pipeline,
            'interval_ns': interval(rate, len(members)),
            'ms': round(seconds * 1000),
            'drain_ms': round(drain * 1000),
            'payload': payload,
            **self._wire('json').echo(),
        }
        shares = spread(min(clients, self.connected), len(members))
        orders = {
            member: {'clients': share, **order}
            for member, share in zip(members, shares, strict=True)
            if share
        }
        stagger = 1 / rate if rate else 0
        answers, ticks = self.crew.measure('echo', orders, seconds + drain, stagger=stagger)
        return hints.of_echoes(merged(answers, 0, ticks), self.dialect)

    def wait(self, seconds: float) -> Measured:
        """Only answer heartbeats."""
        begin = monotonic()
        order: Options = {'ms': round(seconds * 1000)}
        members = dict.fromkeys(self.crew.members, order)
        answers, ticks = self.crew.measure('wait', members, seconds)
        gone = self.connected - sum(answer['ready'] for answer in answers)
        answers[0] |= {'closed': max(0, gone), 'seconds': monotonic() - begin}
        return merged(answers, 0, ticks)

    def cut(self) -> None:
        """Close every socket at once, without a word."""
        self._leave('cut')

    def close(self) -> None:
        """Close every connection, with a close frame."""
        self._leave('close')

    def _leave(self, how: str) -> None:
        self.crew.ask(how)
        for generator in self.crew.members:
            generator.connected = 0

    def _agree(self, form: Form, polling: bool) -> None:
        """The connections of a fleet are alike where they must be."""
        if polling and self._native:
            if self.connected:
                raise LoadError('polling and WebSocket clients want fleets of their own')
            self._native = False
            self.crew.end()
            self._start()
        if self.connected and (form == 'msgpack') != self._packed:
            raise LoadError('the connections of a fleet speak one serializer')

    def _members(self, form: Form, *, acknowledged: bool) -> list[Generator]:
        """Who has connections, the publisher first."""
        members = [generator for generator in self.crew.members if generator.connected]
        if not members:
            raise LoadError('nobody is connected')
        if (form == 'msgpack') != self._packed:
            raise LoadError(f'{form} messages on connections of another serializer')
        if acknowledged and self._packed:
            raise LoadError('acknowledged events are measured in JSON only')
        return members

    def _shares(self, count: int) -> dict[Generator, Options]:
        """So many more connections, so that all processes have as many."""
        members, number = self.crew.members, self.connected
        goals = spread(number + count, len(members))
        orders: dict[Generator, Options] = {}
        for generator, goal in zip(members, goals, strict=True):
            if more := goal - generator.connected:
                orders[generator] = {'count': more, 'first': number}
                generator.connected, number = goal, number + more
        return orders

    def _recipients(self, rooms: int | None) -> int:
        """Of each broadcast."""
        if rooms is not None and rooms != max(1, self._rooms):
            raise LoadError(f'{rooms} rooms, of which {self._rooms} were entered')
        members, left = divmod(self.connected, max(1, self._rooms))
        if members <= self.dialect.others_only:
            raise LoadError('nobody is there to receive')
        if left:
            raise LoadError(f'{self.connected} clients do not fill {self._rooms} rooms evenly')
        if self.dialect.others_only and self._rooms > 1:
            raise LoadError('rooms are measured where who publishes receives, too')
        return members - self.dialect.others_only

    def _wire(self, form: Form) -> Wire:
        return Wire(self.dialect, self.address, form, self.room)


def interval(rate: float | None, processes: int = 1) -> int:
    """Nanoseconds from one to the next, in each of so many processes."""
    return round(1e9 * processes / rate) if rate else 0


def spread(count: int, shares: int) -> list[int]:
    return [count // shares + (number < count % shares) for number in range(shares)]
