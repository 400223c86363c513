"""The runs: connect, broadcast, echo, wait. Each returns its answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from time import monotonic_ns
from typing import Any

from bench.histogram import highest
from bench.load.python.client import NUMBER
from bench.load.python.clock import SECOND, Clock, Say, Schedule, pairs, running
from bench.load.python.frames import BINARY, TEXT
from bench.load.python.load import Load
from bench.load.python.options import Options
from bench.load.python.tally import Form, Tally
from bench.load.python.trigger import Trigger

MS = 1_000_000
HOPELESS = 100  # failures after which no more connections are tried


def fresh(load: Load) -> Tally:
    """A tally of a run without broadcasts: those that still come are stale."""
    return Tally(base=load.tally.base + len(load.tally.sent), payload=load.tally.payload)


async def connect(load: Load, options: Options, say: Say) -> dict[str, Any]:
    count, first, rooms = (options.number(name) for name in ('count', 'first', 'rooms'))
    interval = options.number('interval_ns')
    reasons: list[str] = []
    latency: Counter[int] = Counter()
    numbers = iter(range(first, first + count))
    tasks: set[asyncio.Task[None]] = set()
    tally, before, tried = fresh(load), load.ready, 0

    async def one(number: int, due: int) -> None:
        nonlocal tried
        tried += 1
        reason = await load.open(number, max(1, rooms))
        if reason:
            reasons.append(reason)
        else:
            tally.second[highest(monotonic_ns() - due)] += 1

    async def in_turn() -> None:
        for number in numbers:
            if len(reasons) > HOPELESS:
                break
            await one(number, monotonic_ns())

    def on_schedule(due: int) -> None:
        if len(reasons) <= HOPELESS:
            tasks.add(asyncio.create_task(one(next(numbers), due)))

    def counts() -> tuple[int, int]:
        return tried, load.ready - before

    async with running(load, tally, say, latency, counts) as clock:
        if interval:
            schedule = Schedule(clock, interval, count, on_schedule)
        else:
            tasks |= {asyncio.create_task(in_turn()) for _ in range(options.number('window', 64))}
        latest = clock.start + options.number('seconds', 60) * SECOND

        def ended() -> bool:
            return not (interval and schedule.left) and all(task.done() for task in tasks)

        await clock.until(ended, latest)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        answer = clock.end()
    failed = tried - sum(latency.values())
    return {
        **answer,
        'seconds': (monotonic_ns() - clock.start) / SECOND,
        'failed': failed,
        'reason': (reasons or ['no answer'])[0] if failed else '',
        'latency': pairs(latency),
    }


class Broadcast:
    """One run of broadcasts, whose messages are of the load's form."""

    def __init__(self, load: Load, form: Options, options: Options, clock: Clock) -> None:
        self.load, self.clock, self.tally = load, clock, load.tally
        self.opcode, self.attachment = form.number('opcode'), bool(form.number('attachment'))
        self.head, self.tail = form.data('publish_head'), form.data('publish_tail')
        self.interval, self.count = options.number('interval_ns'), options.number('count')
        self.end = clock.start + options.number('ms') * MS
        self.trigger = Trigger(load, form, self.completed) if form.data('http_address') else None
        # Who belongs to a room is who speaks there.
        speakers = {client.room: client for client in reversed(load.clients)}
        self.speakers = [speakers.get(room, load.clients[0]) for room in range(self.tally.rooms)]
        self.schedules: list[Schedule] = []

    def begin(self, probe: int) -> None:
        if self.interval:
            count = self.count or max(1, (self.end - self.clock.start) // self.interval)
            self.schedules.append(Schedule(self.clock, self.interval, count, self.publish))
        else:
            self.tally.on_completed = self.completed
            self.publish(monotonic_ns())
        if probe:
            count = -(-(self.end - self.clock.start) // probe)
            self.schedules.append(Schedule(self.clock, probe, count, self.probe))

    def publish(self, due: int) -> None:
        room = len(self.tally.sent) % self.tally.rooms
        payload = self.tally.leaves(due)
        if payload is None:
            return
        head = self.head.replace(NUMBER, b'%08d' % room)
        speaker = self.speakers[room]
        if self.trigger:
            self.trigger.pull(payload)
        elif self.attachment:
            speaker.send(TEXT, head)
            speaker.send(BINARY, payload)
        else:
            speaker.send(self.opcode, head + payload + self.tail)
        speaker.flush()

    def probe(self, due: int) -> None:
        client = self.load.clients[min(1, len(self.load.clients) - 1)]
        client.event(due)
        client.flush()

    def more(self) -> bool:
        """Whether another one leaves after this, where the next waits for the last."""
        sent = len(self.tally.sent)
        return monotonic_ns() < self.end and not (self.count and sent >= self.count)

    def arrived(self) -> bool:
        """Everywhere, and the server has answered whatever set it off."""
        idle = not (self.trigger and self.trigger.busy)
        return idle and self.tally.completed == len(self.tally.sent)

    def completed(self) -> None:
        if not self.interval and self.arrived():
            asyncio.get_running_loop().call_soon(self.next)

    def next(self) -> None:
        if self.clock.over or self.tally.refused or not self.arrived():
            return
        if self.more():
            self.publish(monotonic_ns())
        else:
            self.load.changed.set()

    def ended(self) -> bool:
        tally = self.tally
        if tally.closed or tally.overrun or tally.refused:
            return True
        if any(schedule.left for schedule in self.schedules):
            return False
        late = monotonic_ns() >= self.end
        over = (self.count or late) if self.interval else not self.more()
        return bool(over and self.arrived() and tally.acks >= tally.events)


async def broadcast(load: Load, form: Options, options: Options, say: Say) -> dict[str, Any]:
    if not options.number('publish', 1):
        raise ValueError('this generator works alone')
    if not load.clients:
        raise ValueError('no connection to publish from')
    before = load.tally
    tally = Tally(
        before.base + len(before.sent),
        options.number('recipients', load.ready),
        max(1, options.number('rooms', 1)),
        options.number('payload', 64),
    )
    load.form = Form(
        form.number('opcode'),
        form.data('message_head'),
        form.data('message_tail'),
        attachment=bool(form.number('attachment')),
        search=bool(form.number('search')),
    )
    load.echoes(options)
    load.pipelined = 0
    for client in load.clients:
        client.begin(tally.base, tally.rooms)
    tally.active = True
    async with running(
        load, tally, say, tally.delivery, lambda: (len(tally.sent), tally.received)
    ) as clock:
        run = Broadcast(load, form, options, clock)
        try:
            run.begin(options.number('probe_ns'))
            await clock.until(run.ended, run.end + options.number('drain_ms') * MS)
        finally:
            if run.trigger:
                run.trigger.close()
        return {**clock.end(), **counts(tally)}


async def echo(load: Load, options: Options, say: Say) -> dict[str, Any]:
    if not load.clients:
        raise ValueError('no connection to send from')
    clients = load.clients[: options.number('clients', 100)]
    interval, length = options.number('interval_ns'), options.number('ms') * MS
    tally = fresh(load)
    load.echoes(options)
    load.pipelined = 0 if interval else 1
    for client in clients:
        client.begin(tally.base, 1)

    def leave(due: int) -> None:
        client = clients[tally.events % len(clients)]
        client.event(due)
        client.flush()

    tally.echoing = True
    async with running(load, tally, say, tally.echo, lambda: (tally.events, tally.acks)) as clock:
        end = clock.start + length
        schedule = Schedule(clock, interval, -(-length // interval) if interval else 0, leave)
        if not interval:
            load.read()
            load.until = end
            for client in clients:
                client.credit = options.number('pipeline', 16)
                client.flush()

        def ended() -> bool:
            over = not schedule.left and (interval or monotonic_ns() >= end)
            return tally.closed > 0 or bool(over and tally.acks >= tally.events)

        await clock.until(ended, end + options.number('drain_ms') * MS)
        return {**clock.end(), **counts(tally)}


async def wait(load: Load, options: Options, say: Say) -> dict[str, Any]:
    tally = fresh(load)
    async with running(load, tally, say, tally.delivery, lambda: (0, tally.received)) as clock:
        await clock.until(lambda: False, clock.start + options.number('ms') * MS)
        answer = clock.end()
    return {**answer, 'failed': tally.closed, **counts(tally)}


def counts(tally: Tally) -> dict[str, Any]:
    names = (
        'received completed reordered duplicated negative stale garbled foreign refused closed '
        'overrun events acks unmatched pings'
    )
    found: dict[str, Any] = {name: getattr(tally, name) for name in names.split()}
    for name in ('delivery', 'first', 'median', 'last', 'echo'):
        found[name] = pairs(getattr(tally, name))
    return {**found, 'sent': len(tally.sent), 'publish_lag_ns': tally.lag, 'late': tally.late}
