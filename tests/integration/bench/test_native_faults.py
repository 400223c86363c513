"""The native load generator against servers that mistreat what they should broadcast: a fault that
it doesn't see would make every figure worthless."""

import asyncio
from collections.abc import Callable

import pytest

from tests.support.load_process import faults, native
from tests.support.load_server import Server, binary, frame, mistreating, serving

Treat = Callable[[list[bytes]], list[bytes]]
SCHEDULE = {'interval_ns': 25_000_000, 'ms': 100}

JSON_FAULTS: dict[str, tuple[Treat, dict[str, int]]] = {
    'nothing': (lambda four: four, {}),
    'lost': (lambda four: [four[0], four[1], four[3]], {'lost': 1}),
    'lost at the end': (lambda four: four[:3], {'lost': 1}),
    'duplicated': (lambda four: [*four, four[3]], {'duplicated': 1}),
    'duplicated after a loss': (
        lambda four: [four[0], four[2], four[2], four[3]],
        {'lost': 1, 'duplicated': 1},
    ),
    'reordered': (lambda four: [four[0], four[2], four[1], four[3]], {'reordered': 1}),
    'late': (lambda four: [four[0], *four[2:], four[1]], {'reordered': 1}),
    'late twice': (
        lambda four: [four[0], *four[2:], four[1], four[1]],
        {'reordered': 1, 'duplicated': 1},
    ),
    'reversed': (lambda four: four[::-1], {'reordered': 3}),
    'garbled': (lambda four: [*four[:3], four[3][:-3] + b'x",'], {'lost': 1, 'garbled': 1}),
    'padding': (lambda four: [*four[:3], four[3][:-3] + b'y"]'], {'lost': 1, 'garbled': 1}),
    'no mark': (
        lambda four: [*four[:3], four[3].replace(b'fan:', b'fan;')],
        {'lost': 1, 'garbled': 1},
    ),
    'too short': (
        lambda four: [*four[:3], frame(four[3][2:-3] + b'"]')],
        {'lost': 1, 'garbled': 1},
    ),
    'a number not sent': (
        lambda four: [*four, four[3].replace(b'fan:aaaaaaa', b'fan:aaaaaba')],
        {'garbled': 1},
    ),
    'a stranger': (lambda four: [*four, frame(b'42["what"]')], {'garbled': 1}),
}
PACKED_FAULTS: dict[str, tuple[Treat, dict[str, int]]] = {
    **{fault: JSON_FAULTS[fault] for fault in ('nothing', 'lost', 'duplicated', 'reordered')},
    'padding': (lambda four: [*four[:3], four[3][:-1] + b'y'], {'lost': 1, 'garbled': 1}),
    'another event': (
        lambda four: [*four[:3], four[3].replace(b'\xa3msg', b'\xa3gsm')],
        {'lost': 1, 'garbled': 1},
    ),
    'text': (lambda four: [*four, frame(b'42["msg"]')], {'garbled': 1}),
    'cut': (lambda four: [*four[:3], binary(four[3][2:-1])], {'lost': 1, 'garbled': 1}),
}


@pytest.mark.parametrize('fault', JSON_FAULTS)
def test_a_fault_is_counted_as_what_it_is(fault: str):
    treat, found = JSON_FAULTS[fault]
    with serving(mistreating(treat)) as server, native() as process:
        process.connect(server.port, 3)
        answer = process.broadcast(**SCHEDULE, drain_ms=300 if 'lost' in found else 10_000)
    assert answer['sent'] == 4
    assert faults(answer) == found


@pytest.mark.parametrize(
    ('fault', 'payload'), [*[(fault, 64) for fault in PACKED_FAULTS], ('nothing', 32), ('cut', 300)]
)
def test_so_is_a_fault_in_msgpack(fault: str, payload: int):
    treat, found = PACKED_FAULTS[fault]
    with serving(mistreating(treat)) as server, native() as process:
        process.connect(server.port, 3, form='msgpack')
        drain = 300 if 'lost' in found else 10_000
        answer = process.broadcast(**SCHEDULE, payload=payload, drain_ms=drain)
    assert answer['sent'] == 4
    assert faults(answer) == found


def test_a_message_that_comes_after_its_run_is_stale():
    with serving(mistreating(lambda eight: eight, many=8)) as server, native() as process:
        process.connect(server.port, 3)
        first = process.broadcast(**SCHEDULE, drain_ms=0)
        second = process.broadcast(**SCHEDULE)
    assert faults(first) == {'lost': 12}
    assert faults(second) == {'stale': 12}
    assert second['received'] == 12


def test_a_run_ends_when_a_connection_is_closed():
    treat = mistreating(lambda four: [*four[:3], b'\x88\x00'])
    with serving(treat) as server, native() as process:
        process.connect(server.port, 3)
        answer = process.broadcast(**SCHEDULE)
    assert answer['closed'] == 1
    assert answer['ready'] == 2
    assert answer['reason'] == 'closed by the server'


def test_a_message_in_a_room_that_it_was_not_sent_to_is_garbled():
    def astray(server: Server, client: asyncio.StreamWriter, data: bytes) -> None:
        """The first client has all rooms."""
        if data.startswith(b'420["enter"'):
            client.write(frame(b'430[]'))
            return
        room = int(data.partition(b'room-')[2][:8])
        said = frame(b'42["msg",' + data.rpartition(b',')[2])
        for each in {server.joined[0], server.joined[room], server.joined[room + 3]}:
            each.write(said)

    with serving(Server(astray)) as server, native() as process:
        process.setup(server.port, enter=True)
        assert process.ask('connect', count=6, rooms=3, window=1)['ready'] == 6
        answer = process.broadcast(
            interval_ns=50_000_000, ms=300, rooms=3, recipients=2, drain_ms=10_000
        )
    assert faults(answer) == {'garbled': 4}
    assert (answer['sent'], answer['received'], answer['completed']) == (6, 12, 6)


@pytest.mark.parametrize('fault', ['id', 'twice', 'payload', 'due'])
def test_an_acknowledgement_of_nothing_is_unmatched(fault: str):
    def wrong(server: Server, client: asyncio.StreamWriter, data: bytes) -> None:
        good = data.replace(b'42', b'43', 1).replace(b'["echo",', b'[', 1)
        bad = {
            'id': good.replace(b'430', b'4377', 1),
            'twice': good,
            'payload': good.replace(b'xx"', b'xy"'),
            'due': good.replace(b'a', b'b'),
        }
        client.write(frame(bad[fault]) + (frame(good) if fault == 'twice' else b''))

    with serving(Server(wrong)) as server, native() as process:
        process.connect(server.port, 1)
        answer = process.echo(clients=1, pipeline=1, interval_ns=1_000_000_000, ms=1, drain_ms=300)
    assert answer['events'] == 1
    assert (answer['unmatched'], answer['acks']) == (1, 1 if fault == 'twice' else 0)
