"""The load generator against the C loop, and against a server that breaks the rules: a fault that
it doesn't see would make every figure worthless."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench import load
from bench.load import Load
from bench.process import free_port
from bench.rig import Rig, Settings, rig
from bench.targets import c_loop, c_loop_coalescing

CLIENTS = 50
CORE = min(os.sched_getaffinity(0))


@pytest.fixture(autouse=True, scope='module')
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The programs of this module are compiled afresh."""
    folder = tmp_path_factory.mktemp('cache')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('XDG_CACHE_HOME', str(folder))
        yield folder


@contextmanager
def connected(make: Callable[[str], object] = c_loop) -> Iterator[Rig]:
    target = make('')
    with rig(Settings([target], server_core=CORE, load_core=CORE), target) as it:
        it.load.spin(False)
        it.load.connect(CLIENTS)
        yield it


@pytest.mark.parametrize('binary', [False, True])
def test_one_broadcast_at_a_time_reaches_all(binary: bool):
    with connected() as it:
        sample = it.measure(lambda: it.load.broadcast(10_000, count=40, binary=binary))
    assert sample.run.faults == ()
    assert sample.run.sent == 40
    assert sample.run.received == sample.run.each.count == 40 * CLIENTS
    assert sample.run.last.count == 40
    assert sample.run.last.percentile(100) == sample.run.each.percentile(100) > 0
    assert sample.cpu_ns > 0


@pytest.mark.parametrize('make', [c_loop, c_loop_coalescing])
def test_broadcasts_on_a_schedule_with_an_echo_beside_them(make: Callable[[str], object]):
    with connected(make) as it:
        run = it.load.broadcast(500, rate=200, probe=100)
    assert run.faults == ()
    assert run.sent == 100
    assert run.received == 100 * CLIENTS
    assert run.events == run.acks == run.echo.count == 50


def test_pipelined_echoes_are_all_acknowledged():
    with connected() as it:
        run = it.load.echo(200, clients=10, window=16)
        again = it.load.echo(50, clients=10, window=1)
    assert run.faults == again.faults == ()
    assert run.events == run.acks == run.echo.count >= 160
    assert again.acks >= 10


def test_runs_follow_one_another_on_the_same_connections():
    with connected() as it:
        runs = [it.load.broadcast(5000, count=3, payload=size) for size in (24, 64, 125, 4000)]
    assert [run.received for run in runs] == [3 * CLIENTS] * 4
    assert {run.faults for run in runs} == {()}


def test_a_refused_connection_is_an_error():
    nobody = free_port()
    with (
        Load(nobody, CORE) as generator,
        pytest.raises(RuntimeError, match='0 ready, 3 failed'),
    ):
        generator.connect(3)


def test_its_own_receiving_keeps_up():
    assert load.selftest()['per_cpu_second'] >= 5_000_000


# A server that mistreats what it should broadcast, in ways that each run must notice.


def text(data: bytes, first: int = 0x81) -> bytes:
    length = len(data)
    size = bytes((length,)) if length < 126 else b'\x7e' + length.to_bytes(2, 'big')
    return bytes((first,)) + size + data


def binary(data: bytes) -> bytes:
    return text(data, 0x82)


CONNECT = b'\x82\xa4type\x00\xa3nsp\xa1/'
CONNECTED = b'\x83\xa4type\x00\xa3nsp\xa1/\xa4data\x81\xa3sid\xa1x'


async def message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(2)
    length = head[1] & 127
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), 'big')
    key = await reader.readexactly(4)
    return bytes(byte ^ key[i & 3] for i, byte in enumerate(await reader.readexactly(length)))


@contextmanager
def mistreating(treat: Callable[[list[bytes]], list[bytes]]) -> Iterator[int]:
    """Collects four broadcasts, and sends the first client what `treat` makes of them."""
    ready, port = threading.Event(), []
    joined: list[asyncio.StreamWriter] = []
    pending: list[bytes] = []
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b'\r\n\r\n')
            writer.write(
                b'HTTP/1.1 101 Switching Protocols\r\n'
                b'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n' + text(b'0{}')
            )
            while True:
                data = await message(reader)
                if data == b'40':
                    writer.write(text(b'40{}'))
                    joined.append(writer)
                elif data == CONNECT:
                    writer.write(binary(CONNECTED))
                    joined.append(writer)
                elif data.startswith(b'42["pub"'):
                    pending.append(text(data.replace(b'"pub"', b'"msg"', 1)))
                elif b'\xa3pub' in data:
                    pending.append(binary(data.replace(b'\xa3pub', b'\xa3msg', 1)))
                if len(pending) == 4:
                    joined[0].write(b''.join(treat(pending)))
                    for other in joined[1:]:
                        other.write(b''.join(pending))
                    pending.clear()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, '127.0.0.1', 0)
        port.append(server.sockets[0].getsockname()[1])
        ready.set()
        await done.wait()
        server.close()
        for writer in joined:
            writer.close()
            await asyncio.wait({asyncio.ensure_future(writer.wait_closed())})

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield port[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(10)
        loop.close()


FAULTS = {
    'nothing': (lambda four: four, ()),
    'lost': (lambda four: [four[0], four[1], four[3]], ('1 lost',)),
    'lost at the end': (lambda four: four[:3], ('1 lost',)),
    'duplicated': (lambda four: [*four, four[3]], ('1 duplicated',)),
    'reordered': (lambda four: [four[0], four[2], four[1], four[3]], ('1 reordered',)),
    'garbled': (lambda four: [*four[:3], four[3][:-3] + b'x",'], ('1 lost', '1 garbled')),
    'padding': (lambda four: [*four[:3], four[3][:-3] + b'y"]'], ('1 lost', '1 garbled')),
    'a stranger': (lambda four: [*four, text(b'42["what"]')], ('1 garbled',)),
}


def test_a_run_ends_when_a_connection_is_closed():
    with (
        mistreating(lambda four: [*four[:3], b'\x88\x00']) as port,
        Load(port, CORE) as generator,
    ):
        generator.spin(False)
        generator.connect(3)
        run = generator.broadcast(200, rate=20, drain=1)
    assert run.faults[-1] == '1 closed'


@pytest.mark.parametrize('fault', FAULTS)
def test_a_run_with_a_fault_is_void(fault: str):
    treat, faults = FAULTS[fault]
    with mistreating(treat) as port, Load(port, CORE) as generator:
        generator.spin(False)
        generator.connect(3)
        run = generator.broadcast(200, rate=20, drain=1)
    assert run.sent == 4
    assert run.faults == faults


PACKED_FAULTS = {
    **{fault: FAULTS[fault] for fault in ('nothing', 'lost', 'duplicated', 'reordered')},
    'padding': (lambda four: [*four[:3], four[3][:-1] + b'y'], ('1 lost', '1 garbled')),
    'another event': (
        lambda four: [*four[:3], four[3].replace(b'\xa3msg', b'\xa3gsm')],
        ('1 lost', '1 garbled'),
    ),
    'text': (lambda four: [*four, text(b'42["msg"]')], ('1 garbled',)),
    'cut': (lambda four: [*four[:3], binary(four[3][2:-1])], ('1 lost', '1 garbled')),
}


@pytest.mark.parametrize(
    ('fault', 'payload'), [*[(fault, 64) for fault in PACKED_FAULTS], ('nothing', 24), ('cut', 300)]
)
def test_a_run_in_msgpack_with_a_fault_is_void(fault: str, payload: int):
    treat, faults = PACKED_FAULTS[fault]
    with mistreating(treat) as port, Load(port, CORE) as generator:
        generator.spin(False)
        generator.connect(3, msgpack=True)
        run = generator.broadcast(200, rate=20, drain=1, payload=payload)
    assert run.sent == 4
    assert run.faults == faults
