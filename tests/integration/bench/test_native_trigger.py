"""Broadcasts that the native load generator starts by HTTP, from a server whose requests reach its
WebSocket clients."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from bench.load.wire import Dialect, Trigger
from bench.process import free_port
from tests.support.load_process import LoadProcess, faults, histogram, native
from tests.support.load_server import Server, frame, serving

PLAIN = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK'
CHUNKED = (
    b'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\na;x=y\r\n0123456789\r\n'
)
LASTING = {
    'content-length': PLAIN,
    'in lower case': PLAIN.replace(b'Content-Length', b'content-length'),
    'chunked': CHUNKED + b'0\r\n\r\n',
    'chunked with trailers': CHUNKED + b'0\r\nA: b\r\n\r\n',
    'no content': b'HTTP/1.1 204 No Content\r\n\r\n',
    'continue': b'HTTP/1.1 100 Continue\r\n\r\n' + PLAIN,
}
CLOSING = {
    'said so': PLAIN.replace(b'\r\n\r\n', b'\r\nConnection: close\r\n\r\n'),
    'until the end': b'HTTP/1.1 200 OK\r\n\r\nOK',
    'HTTP/1.0': PLAIN.replace(b'1.1', b'1.0'),
}


@dataclass
class Desk:
    """Answers requests after `delay` seconds, in two pieces, once the broadcast is out."""

    answer: bytes
    closes: bool = False
    delay: float = 0.0
    connections: int = 0
    under_way: int = 0
    most: int = 0
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(
        self,
        server: Server,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.connections += 1
        while True:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            length = int(head.partition(b'Content-Length: ')[2].partition(b'\r\n')[0])
            body = await reader.readexactly(length)
            self.bodies.append(body)
            await asyncio.sleep(self.delay)
            for each in server.joined:
                each.write(frame(b'42["msg","' + body[9:-2] + b'"]'))
            self.under_way -= 1
            half = len(self.answer) // 2
            writer.write(self.answer[:half])
            await asyncio.sleep(0.001)
            writer.write(self.answer[half:])
            if self.closes:
                return
            head = await reader.readuntil(b'\r\n\r\n')


def ignore(*_: object) -> None:
    pass


@contextmanager
def triggered(desk: Desk, clients: int = 3, port: int = 0) -> Iterator[LoadProcess]:
    with serving(Server(ignore, http=desk)) as server, native() as process:
        to = port or server.port
        trigger = Trigger(f'http://127.0.0.1:{to}/tell', body='{"text":"{payload}"}')
        process.setup(server.port, dialect=Dialect(trigger=trigger))
        assert process.ask('connect', count=clients)['ready'] == clients
        process.form(http_address=b'127.0.0.1', http_port=to)
        yield process


@pytest.mark.parametrize('kind', LASTING)
def test_a_request_starts_each_broadcast_on_one_connection(kind: str):
    desk = Desk(LASTING[kind])
    with triggered(desk) as process:
        answer = process.ask('broadcast', count=5, ms=20_000, recipients=3)
    assert faults(answer) == {}
    assert (answer['sent'], answer['received'], answer['completed']) == (5, 15, 5)
    assert (desk.connections, len(desk.bodies)) == (1, 5)


@pytest.mark.parametrize('kind', CLOSING)
def test_a_connection_that_does_not_last_is_opened_again(kind: str):
    desk = Desk(CLOSING[kind], closes=True)
    with triggered(desk) as process:
        answer = process.ask('broadcast', count=5, ms=20_000, recipients=3)
    assert faults(answer) == {}
    assert answer['received'] == 15
    assert desk.connections == 5


def test_a_connection_that_is_closed_while_it_rests_is_opened_again():
    desk = Desk(PLAIN, closes=True)
    with triggered(desk) as process:
        answer = process.ask('broadcast', interval_ns=150_000_000, ms=450, recipients=3)
    assert faults(answer) == {}
    assert (answer['received'], answer['reason'], desk.connections) == (9, '', 3)


def test_at_most_sixteen_are_under_way_and_latency_counts_from_the_schedule():
    desk = Desk(PLAIN, delay=0.1)
    with triggered(desk) as process:
        answer = process.ask(
            'broadcast', interval_ns=2_000_000, ms=100, recipients=3, drain_ms=20_000
        )
    assert faults(answer) == {}
    assert (answer['sent'], answer['received']) == (50, 150)
    assert desk.most == desk.connections == 16
    delivery = histogram(answer, 'delivery')
    assert delivery.percentile(1) >= 100
    # Four times sixteen, each 100 ms, while the last was due after 98 ms.
    assert delivery.percentile(100) >= 300


REFUSALS = {
    'refused': (b'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', 'HTTP 403 Forbidden'),
    'failed': (b'HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\n', 'HTTP 500 Oh'),
    'no HTTP': (b'220 mail.example.org ESMTP\r\n\r\n', 'no HTTP answer'),
    'closed': (b'', 'closed without an answer'),
    'too much': (PLAIN.replace(b': 2', b': 9999999') + b'x' * (5 << 19), 'an answer of more than'),
}


@pytest.mark.parametrize('kind', REFUSALS)
def test_a_refused_request_ends_the_run_and_says_why(kind: str):
    answered, why = REFUSALS[kind]
    with triggered(Desk(answered, closes=not answered)) as process:
        answer = process.ask('broadcast', count=5, ms=20_000, recipients=3)
    assert answer['refused'] == 1
    assert answer['reason'].startswith(why)


def test_so_does_one_that_nobody_hears():
    with triggered(Desk(PLAIN), port=free_port()) as process:
        answer = process.ask('broadcast', count=5, ms=20_000, recipients=3)
    assert answer['refused'] == 1
    assert answer['reason'] == 'connection refused'


def test_an_event_starts_broadcasts_again_once_the_form_names_no_address():
    with triggered(Desk(PLAIN)) as process:
        process.form()
        answer = process.ask(
            'broadcast', count=1, interval_ns=100_000_000, recipients=3, drain_ms=0
        )
    assert answer['sent'] == 1
    assert faults(answer) == {}
    assert answer['received'] == 0
