"""A second opinion on the latency of broadcasts, which shares no code with the harness.

It connects clients of its own beside the harness's, to the same server; the kernel itself says when
each message came in (SO_TIMESTAMPNS), so it doesn't matter how late this slow program gets to read
it. It knows of the harness only what its payloads look like: `fan:`, the sequence number (8
letters) and the moment at which the message was due (16), a to p for each four bits.

Commands on stdin: `connect N`, `report`. A report is the latencies in nanoseconds of all
deliveries since the last one, with the moment at which each was due. Where several messages came
out of one read, the kernel has kept only the moment of the last: `merged` counts the others.
"""

import json
import os
import re
import select
import socket
import struct
import subprocess
import sys
import time
from typing import Any, NamedTuple, Self

SO_TIMESTAMPNS = 35  # asm-generic/socket.h; Python has no name for it
QUIET = 0.2  # seconds without a message, before a report
ANCILLARY = socket.CMSG_SPACE(16)
HANDSHAKE = (
    b'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n'
    b'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    b'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
)
JOIN, PONG = b'\x81\x82\0\0\0\x0040', b'\x81\x81\0\0\0\x003'
NUMBERS = str.maketrans('abcdefghijklmnop', '0123456789abcdef')
PAYLOAD = re.compile(r'^42\["msg","fan:[a-p]{8}([a-p]{16})x*"\]$')


class Client:
    """One connection; `received` holds (due, latency) of each of its messages."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(('127.0.0.1', port), 30)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.sendall(HANDSHAKE)
        self.data = b''
        while b'\r\n\r\n' not in self.data:
            self.data += self.socket.recv(4096)
        self.data = self.data.partition(b'\r\n\r\n')[2]
        self.until('0{')
        self.socket.sendall(JOIN)
        self.until('40')
        self.socket.setblocking(False)
        self.received: list[tuple[int, int]] = []
        self.merged = 0

    def until(self, start: str) -> None:
        while not (text := self.next()) or not text.startswith(start):
            if text is None:
                self.data += self.socket.recv(4096)

    def next(self) -> str | None:
        """The next message that is there in full."""
        at = 4 if self.data[1:2] == b'\x7e' else 2
        if len(self.data) < at:
            return None
        size = int.from_bytes(self.data[2:4], 'big') if at == 4 else self.data[1]
        if len(self.data) < at + size:
            return None
        text, self.data = self.data[at : at + size].decode(), self.data[at + size :]
        return text

    def read(self, realtime_ahead: int) -> None:
        data, ancillary, _flags, _address = self.socket.recvmsg(1 << 16, ANCILLARY)
        if not data:
            sys.exit('a connection was closed')
        ((_level, _kind, stamp),) = ancillary
        seconds, nanoseconds = struct.unpack('qq', stamp)
        arrived = seconds * 1_000_000_000 + nanoseconds - realtime_ahead
        self.data += data
        count = 0
        while (text := self.next()) is not None:
            if text == '2':
                self.socket.send(PONG)
                continue
            found = PAYLOAD.match(text)
            if not found:
                sys.exit(f'what is that: {text!r}')
            due = int(found[1].translate(NUMBERS), 16)
            self.received.append((due, arrived - due))
            count += 1
        self.merged += max(0, count - 1)


def realtime_ahead() -> int:
    """The kernel's stamps are CLOCK_REALTIME; this many nanoseconds make them monotonic."""
    before, real, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
    return real - (before + after) // 2


class Program:
    """Its clients, and what it answers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.clients: dict[int, Client] = {}
        self.poll = select.epoll()

    def connect(self, count: int) -> dict[str, Any]:
        for _ in range(count):
            client = Client(self.port)
            self.clients[client.socket.fileno()] = client
            self.poll.register(client.socket, select.EPOLLIN)
        return {'clients': len(self.clients)}

    def report(self) -> dict[str, Any]:
        while self.read(QUIET):
            pass
        clients = self.clients.values()
        answer = {
            'merged': sum(client.merged for client in clients),
            'received': [pair for client in clients for pair in client.received],
        }
        for client in clients:
            client.received, client.merged = [], 0
        return answer

    def read(self, seconds: float | None = None) -> bool:
        """Whatever comes within that time; False when nothing does, or a command waits."""
        ready, ahead = self.poll.poll(seconds), realtime_ahead()
        clients = [self.clients[fd] for fd, _ in ready if fd]
        for client in clients:
            client.read(ahead)
        return bool(clients)

    def run(self) -> None:
        """Answer commands until the end of input."""
        self.poll.register(0, select.EPOLLIN)
        while True:
            self.read()
            if not select.select([0], [], [], 0)[0]:
                continue
            command, *arguments = os.read(0, 100).decode().split() or ['quit']
            if command == 'quit':
                return
            answer = self.connect(int(arguments[0])) if arguments else self.report()
            print(json.dumps(answer), flush=True)


class Report(NamedTuple):
    latencies: list[int]  # nanoseconds, sorted
    merged: int

    def percentile(self, percent: float) -> float:
        """Milliseconds; the nearest rank."""
        rank = max(1, -(-len(self.latencies) * percent // 100))
        return self.latencies[int(rank) - 1] / 1e6


class Independent:
    """The program as a child process on `core`."""

    def __init__(self, port: int, core: int) -> None:
        self.child = subprocess.Popen(
            ['taskset', '-c', str(core), sys.executable, __file__, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _ask(self, command: str) -> Any:
        assert self.child.stdin
        assert self.child.stdout
        self.child.stdin.write(command + '\n')
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def connect(self, count: int) -> None:
        self._ask(f'connect {count}')

    def report(self, due_from: int = 0) -> Report:
        """Of what has come in since the last one; broadcasts due before `due_from` left out."""
        answer = self._ask('report')
        latencies = sorted(latency for due, latency in answer['received'] if due >= due_from)
        return Report(latencies, answer['merged'])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.child.communicate(timeout=10)  # which closes its input


if __name__ == '__main__':
    # It runs when nothing else does, so that it delays nobody's reading but its own.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    Program(int(sys.argv[1])).run()
