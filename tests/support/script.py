"""Clients without a loop of their own: what they say is in the kernel when the call returns.

Rules of this file:
- Nothing happens by itself. `pump` takes what has come and does what every client would: polls
  again, posts what waits, answers heartbeats and close frames.
- What was received is kept in one form, whatever transport and serializer brought it: `Message`.
"""

import json
from typing import Any

from tests.support import dialect, raw
from tests.support.dialect import CONNECT, CONNECT_ERROR, DISCONNECT, EVENT, Message
from tests.support.wire import Wire


class Client:
    """One session. `joined` has the sids it was given, `asked` what it waits for."""

    def __init__(self, port: int, number: int, transport: str, serializer: str) -> None:
        self.port, self.number = port, number
        self.codec = dialect.DIALECTS[serializer]()
        self.sid = ''
        self.upgraded = transport == 'websocket'
        self.switched = self.probed = self.pausing = False
        self.polls = self.posts = 0  # under way
        self.probe: Wire | None = None
        self.post: Wire | None = None
        self.queue: list[str | bytes] = []  # for the next POST
        self.stalled = self.cut = self.leaving = self.over = self.refused = False
        self.received: list[Message] = []
        self.joined: dict[str, str] = {}
        self.asked: set[str] = set()
        self.withdrawn: set[str] = set()
        self.questions: list[tuple[str, str, int, Any]] = []
        self.main = Wire(port)
        if self.upgraded:
            self._shake_hands(self.main, raw.WEBSOCKET)
        else:
            self.post = Wire(port)
            self._request(self.main, raw.POLLING)
            self.polls = 1

    @property
    def wires(self) -> list[Wire]:
        return [wire for wire in (self.post, self.main, self.probe) if wire is not None]

    @property
    def live(self) -> bool:
        """Whether it goes on: nobody has ended it, as far as it knows."""
        return not (self.cut or self.leaving or self.over)

    def _shake_hands(self, wire: Wire, query: str) -> None:
        wire.write(raw.HANDSHAKE.format(query=query, port=self.port, headers='').encode())

    def _request(self, wire: Wire, query: str, body: bytes | None = None) -> None:
        method = 'GET' if body is None else 'POST'
        length = '' if body is None else f'Content-Length: {len(body)}\r\n'
        head = f'{method} /socket.io/?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}\r\n'
        wire.write(head.encode() + (body or b''))

    # What it says.

    def send(self, message: Message) -> None:
        self.say(*self.codec.encode(message))

    def say(self, *packets: str | bytes) -> None:
        """Engine.IO packets; text has its type digit."""
        if self.upgraded:
            self.main.write(b''.join(map(_frame, packets)))
        else:
            self.queue += packets
            self._go_on()

    def join(self, namespace: str) -> None:
        self.asked.add(namespace)
        self.send(Message(CONNECT, namespace, None, {'who': self.number}))

    def leave(self, namespace: str) -> None:
        if self.joined.pop(namespace, None) is None:
            self.asked.discard(namespace)
            self.withdrawn.add(namespace)  # the reply to another CONNECT could be that to this one
        self.send(Message(DISCONNECT, namespace, None, None))

    def upgrade(self) -> None:
        """Begin to upgrade, or take the next step when its time has come."""
        if self.probe is None:
            self.probe = Wire(self.port)
            self.switched = self.probed = False
            self._shake_hands(self.probe, f'{raw.WEBSOCKET}&sid={self.sid}')
        elif self.switched and not self.probed:
            self.probed = True
            self.probe.write(_frame('2probe'))
        elif self.pausing and not self.polls and not self.posts:
            self.probe.write(_frame('5'))
            for wire in (self.main, self.post):
                wire.cut('FIN')
            self.main, self.probe, self.post = self.probe, None, None
            self.upgraded = True
            queue, self.queue = self.queue, []
            self.say(*queue)

    def abandon(self, how: str) -> None:
        """Cut the upgrade and go on polling."""
        self.probe.cut(how)
        self.probe = None
        self.switched = self.probed = self.pausing = False
        self._go_on()

    def finish(self, how: str) -> None:
        """Say goodbye, or break the protocol, and wait for the end."""
        self.leaving = True
        if self.probe is not None:
            self.abandon('FIN')
        if how == 'frame' and self.upgraded:
            self.main.write(raw.frame(raw.CLOSE, b'\x03\xe8'))
        else:
            self.say('1' if how == 'packet' else 'nonsense')

    def end(self, how: str) -> None:
        """Cut all of its connections."""
        self.cut = True
        for wire in self.wires:
            wire.cut(how)

    # What it hears.

    def pump(self) -> None:
        if self.stalled or self.cut:
            return
        for wire in self.wires:
            wire.read()
        if self.upgraded:
            self._listen()
        else:
            self._answers()
            if self.probe is not None:
                self._probing()

    def _listen(self) -> None:
        wire = self.main
        if not self.switched:
            self.switched = self._has_switched(wire)
        if self.switched:
            for opcode, payload in wire.frames():
                if opcode == raw.CLOSE:
                    self.over = True
                    wire.write(raw.frame(raw.CLOSE, payload[:2]))
                else:
                    self._packet(payload if opcode == raw.BINARY else payload.decode())
        if wire.ended:
            self.over = True

    def _has_switched(self, wire: Wire) -> bool:
        if b'\r\n\r\n' not in wire.data:
            return False
        self.refused = not wire.data.startswith(raw.SWITCHED)
        if not self.refused:
            wire.data = wire.data[len(raw.SWITCHED) :]
        return not self.refused

    def _probing(self) -> None:
        wire = self.probe
        if not self.switched:
            self.switched = self._has_switched(wire)
        if self.switched:
            for opcode, payload in wire.frames():
                assert (opcode, payload) == (raw.TEXT, b'3probe') or opcode == raw.CLOSE, payload
                self.pausing = opcode == raw.TEXT
        if wire.ended or self.refused:
            self.refused = False
            self.abandon('FIN')

    def _answers(self) -> None:
        while self.posts and (answer := self.post.answer()):
            self.posts -= 1
            self.refused = answer != (200, b'ok')
        while self.polls and (answer := self.main.answer()):
            self.polls -= 1
            status, body = answer
            if status != 200:
                self.over = True
                return
            for part in body.decode().split('\x1e'):
                self._packet(dialect.from_base64(part[1:]) if part[:1] == 'b' else part)
        if self.main.ended:
            self.over = True
        self._go_on()

    def _go_on(self) -> None:
        """Poll again, and post what waits."""
        if self.over or self.cut or self.upgraded or self.pausing or not self.sid:
            return
        query = f'{raw.POLLING}&sid={self.sid}'
        if self.queue and not self.posts and not self.refused:
            body = '\x1e'.join(map(dialect.to_payload, self.queue)).encode()
            self.queue.clear()
            self.posts = 1
            self._request(self.post, query, body)
        if not self.polls and not self.stalled:
            self.polls = 1
            self._request(self.main, query)

    def _packet(self, packet: str | bytes) -> None:
        if isinstance(packet, str) and packet[:1] != '4':
            if packet[:1] == '0':
                self.sid = json.loads(packet[1:])['sid']
            elif packet == '1':
                self.over = True
            elif packet == '2':
                self.say('3')
            else:
                assert packet == '6', packet
            return
        message = self.codec.decode(packet)
        if message is not None:
            self.received.append(message)
            self._message(message)

    def _message(self, message: Message) -> None:
        kind, namespace, id, data = message
        if kind == CONNECT and namespace in self.asked:
            self.asked.remove(namespace)
            self.joined[namespace] = data['sid']
        elif kind == CONNECT_ERROR:
            self.asked.discard(namespace)
        elif kind == DISCONNECT:
            self.joined.pop(namespace, None)
        elif kind == EVENT and id is not None:
            self.questions.append((namespace, self.joined.get(namespace), id, data[1]))


def _frame(packet: str | bytes) -> bytes:
    if isinstance(packet, str):
        return raw.frame(raw.TEXT, packet.encode())
    return raw.frame(raw.BINARY, packet)
