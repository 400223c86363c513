"""One client: Engine.IO and Socket.IO as far as a load generator speaks them.

Rules of this file:
- It joins (OPEN, CONNECT, perhaps an event that enters a room), then receives and judges.
- A transport gives it messages with `message`, and takes what it sends with `send`; what is sent
  meanwhile leaves with `flush`.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Protocol

import msgpack

from bench.load.python import stamp
from bench.load.python.frames import BINARY, TEXT

if TYPE_CHECKING:
    from bench.load.python.load import Load

NUMBER = b'########'
OPENING, JOINING, ENTERING, READY, GONE = range(5)


class Transport(Protocol):
    def send(self, *messages: tuple[int, bytes]) -> None: ...
    def close(self) -> None: ...
    def cut(self) -> None: ...


class Client:
    """`ready` becomes '' once it has joined, or why it has not."""

    __slots__ = (
        'attachment',
        'credit',
        'events',
        'expected',
        'load',
        'missing',
        'number',
        'out',
        'ready',
        'room',
        'state',
        'transport',
        'waiting',
    )

    def __init__(self, load: Load, number: int, room: int) -> None:
        self.load, self.number, self.room = load, number, room
        self.transport: Transport
        self.ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.state = OPENING
        self.attachment = False
        self.expected = 0
        self.missing: set[int] = set()
        self.waiting: dict[int, tuple[int, bytes]] = {}  # events: when each was due, its payload
        self.credit = 0  # events that it may send
        self.events = 0
        self.out: list[tuple[int, bytes]] = []

    def begin(self, base: int, rooms: int) -> None:
        """A run begins, whose first broadcast is number `base`, to room 0."""
        self.expected, self.missing, self.attachment = base + self.room % rooms, set(), False
        self.waiting = {}
        self.credit = 0

    def send(self, opcode: int, body: bytes) -> None:
        self.out.append((opcode, body))

    def flush(self) -> None:
        """After each read, and after each event that is sent."""
        if self.credit:
            self.load.refill(self)
        if self.out:
            out, self.out = self.out, []
            self.transport.send(*out)

    def message(self, opcode: int, body: bytes) -> None:
        """One message that came in."""
        tally, form = self.load.tally, self.load.form
        sent = tally.known.get(body)
        if sent is None or opcode != form.opcode:
            self._read(opcode, body)
            return
        if form.attachment:
            if not self.attachment:
                tally.garbled += 1
                return
            self.attachment = False
        if sent.sequence == self.expected:
            self.expected += tally.rooms
        elif not self._misplaced(sent.sequence):
            return
        tally.delivered(sent, self.load.now)

    def _misplaced(self, sequence: int) -> bool:
        """A broadcast out of turn; False where it doesn't count as received."""
        tally = self.load.tally
        skipped, stranger = divmod(sequence - self.expected, tally.rooms)
        if stranger:
            tally.garbled += 1  # of another room
            return False
        if skipped > 0:
            self.missing.update(range(self.expected, sequence, tally.rooms))
            self.expected = sequence + tally.rooms
        elif sequence in self.missing:
            self.missing.remove(sequence)
            tally.reordered += 1
        else:
            tally.duplicated += 1
            return False
        return True

    def _read(self, opcode: int, body: bytes) -> None:
        load, tally = self.load, self.load.tally
        if self.state != READY:
            self._join(opcode, body)
        elif opcode == TEXT and body == b'2':
            tally.pings += 1
            self.send(TEXT, b'3')
        elif opcode == load.form.opcode and (payload := load.form.payload(body, tally.payload)):
            if tally.judge(payload, body):
                self.message(opcode, body)
        elif opcode == TEXT and load.ack_head and body.startswith(load.ack_head):
            self._acknowledged(body)
        elif opcode == TEXT and load.form.attachment and body == load.form.head:
            self.attachment = True
        elif opcode == TEXT and (body == b'1' or body[:2] in {b'41', b'44'}):
            self.gone('disconnected by the server')
        elif load.form.search and (opcode == BINARY or body[:2] in {b'42', b'45'}):
            tally.foreign += 1
        elif body[:1] != b'6':
            tally.garbled += 1

    def _join(self, opcode: int, body: bytes) -> None:
        load = self.load
        if opcode == TEXT and body == b'2':
            self.send(TEXT, b'3')
        elif self.state == OPENING and opcode == TEXT and body[:1] == b'0':
            self.state = JOINING
            self.send(load.opcode, load.hello)
        elif self.state == JOINING and opcode == load.opcode and body.startswith(load.welcome):
            if load.enter:
                self.state = ENTERING
                self.send(load.opcode, load.enter.replace(NUMBER, b'%08d' % self.room))
            else:
                self._joined()
        elif self.state == ENTERING and opcode == load.opcode and body.startswith(load.entered):
            self._joined()
        elif opcode == load.opcode and body.startswith(load.refusal):
            self.gone(f'refused: {told(opcode, body[len(load.refusal) :], body)}')
        elif opcode == TEXT and (body == b'1' or body[:2] in {b'41', b'44'}):
            self.closed()

    def _joined(self) -> None:
        self.state = READY
        self.load.ready += 1
        if not self.ready.done():
            self.ready.set_result('')

    def closed(self) -> None:
        """By the server."""
        ready = self.state == READY
        self.gone('closed by the server' if ready else 'closed before it was ready')

    def gone(self, why: str) -> None:
        """The connection has ended, whoever ended it."""
        if self.state == GONE:
            return
        self.load.reason = self.load.reason or why
        if self.state == READY:
            self.load.ready -= 1
            self.load.tally.closed += 1
            self.load.changed.set()
        self.state = GONE
        if not self.ready.done():
            self.ready.set_result(why)
        self.transport.cut()

    def event(self, due: int) -> None:
        """Send one that is to be acknowledged."""
        load = self.load
        number = self.events
        self.events += 1
        payload = stamp.payload(number, due, load.echo_payload)
        self.waiting[number] = (due, payload)
        load.tally.events += 1
        head = b'%b%d%b' % (load.echo_head, number, load.echo_middle)
        self.send(TEXT, head + payload + load.echo_tail)

    def _acknowledged(self, body: bytes) -> None:
        load = self.load
        digits, middle, rest = body[len(load.ack_head) :].partition(load.ack_middle)
        number = int(digits) if digits.isdigit() else -1
        due, payload = self.waiting.get(number, (0, b''))
        if not payload or not middle or rest != payload + load.ack_tail:
            load.tally.unmatched += 1
            return
        del self.waiting[number]
        load.tally.acknowledged(due, load.now)
        self.credit += load.pipelined


def told(opcode: int, text: bytes, whole: bytes) -> str:
    """What a CONNECT_ERROR says."""
    if opcode == TEXT:
        return text.decode(errors='replace')
    packet: Any = msgpack.unpackb(whole)
    return json.dumps(packet.get('data'))
