"""The Python load generator: what it alone speaks, and that it sees what a bad server does."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.load.fleet import Address, Fleet, LoadError
from bench.load.generator import PYTHON, ROOT
from bench.load.wire import Dialect, Form, Trigger
from tests.support.certificates import section, with_chain
from tests.support.gateway import running, write
from tests.support.load_process import LoadProcess, faults
from tests.support.load_server import Server, as_message, binary, frame, mistreating, serving

EVENTS = {
    'pub': {'emit': {'event': 'msg', 'to': 'all'}},
    'echo': {'ack': '${args}'},
    'enter': [{'join': '${args[0]}'}, {'ack': []}],
    'say': {'emit': {'event': 'msg', 'args': ['${args[1]}'], 'to': 'room:${args[0]}'}},
}
SCHEDULE = {'interval_ns': 50_000_000, 'ms': 200, 'drain_ms': 500}


@contextmanager
def python() -> Iterator[LoadProcess]:
    with subprocess.Popen(
        PYTHON, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield LoadProcess(child)
        finally:
            child.kill()


@contextmanager
def gateway(folder: Path, **sections: dict[str, object]) -> Iterator[Address]:
    with running(write(folder / 'gateway.yaml', {'/': {'events': EVENTS}}, **sections)) as it:
        yield Address('localhost', it.port, it.url.startswith('https'))


@pytest.mark.parametrize('form', ['json', 'msgpack', 'binary'])
def test_polling_in_every_form(form: Form, tmp_path: Path):
    fast = {'ping_interval': '100ms', 'ping_timeout': '20s'}
    with gateway(tmp_path, socketio=fast) as address, Fleet(address, [0]) as fleet:
        fleet.connect(12, transport='polling', form=form, rooms=3)
        assert fleet.generator.startswith('python')
        run = fleet.broadcast(0.3, rate=50, form=form)
        waited = fleet.wait(0.3)
        if form == 'json':
            assert fleet.echo(0.1, clients=5, pipeline=3).faults == ()
        fleet.close()
        fleet.connect(5, transport='polling', form=form)
    assert (run.sent, run.received, run.faults) == (15, 60, ())
    assert waited.faults == ()
    assert waited.heartbeats >= 12


def test_polling_that_is_not_there_says_so(tmp_path: Path):
    with (
        gateway(tmp_path) as address,
        Fleet(address, [0], Dialect(path='/nothing/')) as fleet,
        pytest.raises(LoadError, match='3 of 3 connections failed: HTTP 404 Not Found'),
    ):
        fleet.connect(3, transport='polling')


@pytest.mark.parametrize('transport', ['websocket', 'polling'])
def test_tls_trusts_who_is_to_be_trusted(
    transport: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    files = with_chain(tmp_path)
    with gateway(tmp_path, server={'tls': section(files)}) as address:
        assert address.tls
        with (
            Fleet(address, [0]) as fleet,
            pytest.raises(LoadError, match=r'4 of 4 connections failed: TLS: .*certificate'),
        ):
            fleet.connect(4, transport=transport)
        with Fleet(address, [0], insecure=True) as fleet:
            fleet.connect(4, transport=transport)
            assert fleet.broadcast(20, count=2).received == 8
        monkeypatch.setenv('SSL_CERT_FILE', str(files / 'ca.pem'))
        with Fleet(address, [0]) as fleet:
            fleet.connect(4, transport=transport)
            run = fleet.broadcast(0.1, rate=50, probe=20)
    assert (run.received, run.acknowledged, run.faults) == (20, 2, ())


def test_a_browsers_headers_differ_by_connection():
    with serving(Server(lambda *_: None)) as server, python() as process:
        process.setup(server.port)
        assert process.ask('connect', count=2, first=7, window=1, rooms=1)['ready'] == 2
    cookies = [request.partition(b'visit=')[2][:8] for request in server.requests]
    assert cookies == [b'00000007', b'00000008']


Treat = Callable[[list[bytes]], list[bytes]]
FAULTS: dict[str, tuple[Treat, dict[str, int]]] = {
    'nothing': (lambda four: four, {}),
    'lost': (lambda four: [four[0], four[1], four[3]], {'lost': 1}),
    'duplicated': (lambda four: [*four, four[3]], {'duplicated': 1}),
    'duplicated after a loss': (
        lambda four: [four[0], four[2], four[2], four[3]],
        {'lost': 1, 'duplicated': 1},
    ),
    'reversed': (lambda four: four[::-1], {'reordered': 3}),
    'padding': (
        lambda four: [*four[:3], four[3].replace(b'xxx', b'xyx', 1)],
        {'lost': 1, 'garbled': 1},
    ),
    'not sent': (
        lambda four: [*four, four[3].replace(b'fan:aaaaaaa', b'fan:aaaaaba')],
        {'garbled': 1},
    ),
    'a stranger': (lambda four: [*four, frame(b'42["what"]')], {'garbled': 1}),
    'closed': (lambda four: [*four, b'\x88\x00'], {'closed': 1}),
}


PACKED = ('nothing', 'lost', 'reversed')


@pytest.mark.parametrize(
    ('fault', 'form'),
    [*((fault, 'json') for fault in FAULTS), *((fault, 'msgpack') for fault in PACKED)],
)
def test_a_fault_is_counted_as_what_it_is(fault: str, form: Form):
    treat, found = FAULTS[fault]
    with serving(mistreating(treat)) as server, python() as process:
        process.connect(server.port, 3, form=form)
        answer = process.broadcast(**SCHEDULE, recipients=3)
    assert answer['sent'] == 4
    assert faults(answer) == found


def test_a_message_that_comes_after_its_run_is_stale():
    with serving(mistreating(lambda eight: eight, many=8)) as server, python() as process:
        process.connect(server.port, 3)
        first = process.broadcast(interval_ns=50_000_000, ms=200, drain_ms=0)
        second = process.broadcast(**SCHEDULE)
    assert faults(first) == {'lost': 12}
    assert faults(second) == {'stale': 12}


ENDINGS = {
    'compressed': (b'\xc1\x01x', 'a compressed frame'),
    'masked': (b'\x81\x81abcd', 'a masked frame'),
    'a fragment of nothing': (b'\x80\x01x', 'a fragment out of place'),
    'a message within another': (b'\x01\x01x' + frame(b'x'), 'a fragment out of place'),
    'too long': (b'\x81\x7f' + (2 << 20).to_bytes(8, 'big'), 'a message of 2097152 bytes'),
}


@pytest.mark.parametrize('ending', ENDINGS)
def test_what_can_not_be_read_ends_the_connection_and_says_why(ending: str):
    data, why = ENDINGS[ending]
    server = Server(lambda server, client, _: client.write(data))
    with serving(server), python() as process:
        process.connect(server.port, 1)
        answer = process.broadcast(count=1, ms=20_000)
    assert answer['closed'] == 1
    assert answer['reason'].startswith(why)


def test_fragments_are_put_together():
    def broken(server: Server, client: object, data: bytes) -> None:
        whole = as_message(data)[2:]
        parts = frame(whole[:7], 0x01) + frame(b'ping', 0x89) + frame(b'', 0x00)
        for each in server.joined:
            each.write(parts + frame(whole[7:], 0x80))

    def received(server: Server, client: object, data: bytes) -> None:
        if data != b'ping':  # the answer to ours
            broken(server, client, data)

    with serving(Server(received)) as server, python() as process:
        process.connect(server.port, 2)
        answer = process.broadcast(count=3, ms=20_000)
    assert (answer['received'], faults(answer)) == (6, {})


def test_a_wrapped_payload_is_found_and_a_foreign_message_is_no_fault():
    def wrap(server: Server, client: object, data: bytes) -> None:
        wrapped = b'42["msg",{"from":"a","body":' + data[9:-1] + b'}]'
        for each in server.joined:
            each.write(frame(b'42["news",1]') + binary(b'\0\1') + frame(wrapped))

    with serving(Server(wrap)) as server, python() as process:
        process.connect(server.port, 2)
        process.form(search=1)
        answer = process.ask('broadcast', count=3, ms=20_000, recipients=2)
    assert (answer['received'], answer['foreign'], faults(answer)) == (6, 12, {})


@pytest.mark.parametrize(
    ('status', 'refused'), [(b'200 OK', ()), (b'403 No', ('1 refused (HTTP 403 No)',))]
)
def test_an_http_request_sets_broadcasts_off(status: bytes, refused: tuple[str, ...]):
    async def tell(server: Server, head: bytes, reader, writer) -> None:
        while head:
            size = int(head.partition(b'Content-Length: ')[2].partition(b'\r\n')[0])
            said = (await reader.readexactly(size)).partition(b'"text":"')[2][:-2]
            for each in server.joined:
                each.write(frame(b'42["msg","' + said + b'"]'))
            writer.write(b'HTTP/1.1 ' + status + b'\r\nContent-Length: 2\r\n\r\nok')
            head = await reader.readuntil(b'\r\n\r\n')

    with serving(Server(lambda *_: None, http=tell)) as server:
        trigger = Trigger(f'http://127.0.0.1:{server.port}/', body='{"text":"{payload}"}')
        address = Address('127.0.0.1', server.port)
        with Fleet(address, [0], Dialect(trigger=trigger), native=False) as fleet:
            fleet.connect(3)
            run = fleet.broadcast(20, count=4)
    assert run.sent == (1 if refused else 4)
    assert run.received == run.sent * 3
    assert run.faults == refused


def test_a_command_that_can_not_be_done_says_why_and_the_process_goes_on():
    with python() as process:
        for name, options, why in (
            ('juggle', {}, 'unknown command juggle'),
            ('connect', {'count': 1}, 'connect before setup'),
            ('broadcast', {}, 'no connection to publish from'),
        ):
            assert process.ask(name, **options) == {'kind': 'error', 'what': why}
        assert process.ask('spin', on=1) == {'kind': 'spin'}


def test_it_runs_without_uvloop(tmp_path: Path):
    (tmp_path / 'uvloop.py').write_text('raise ImportError\n')
    code = f'import sys; sys.path[:0] = [{str(tmp_path)!r}]; sys.argv[1:] = ["selftest"]\n'
    code += 'from bench.load.python.__main__ import main; main()'
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith('{"received":192000,')
