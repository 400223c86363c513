"""Two load processes that count each broadcast's recipients together; rooms; who publishes."""

import asyncio
import subprocess
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bench import build
from bench.histogram import Histogram
from bench.load.wire import Dialect
from tests.support.load_process import LoadProcess, faults, histogram, native, shared_memory
from tests.support.load_server import Server, as_message, frame, serving

STEP = 0.03  # seconds between two recipients of a broadcast


def one_after_another(server: Server, client: asyncio.StreamWriter, data: bytes) -> None:
    """The last that has connected is the first to get it."""
    loop = asyncio.get_running_loop()
    for place, each in enumerate(reversed(server.joined)):
        loop.call_later(place * STEP, each.write, as_message(data))


def run_together(
    publisher: LoadProcess, listener: LoadProcess, **options: int
) -> list[dict[str, Any]]:
    """Their answers; `lost` comes to the publisher's."""
    for process in (publisher, listener):
        process.form(rooms=options.get('rooms', 1) > 1)
    listener.send('broadcast', publish=0, **options)
    assert listener.answer() == {'kind': 'ready'}
    publisher.send('broadcast', publish=1, **options)
    answers = [publisher.answer(), listener.answer()]
    received = sum(answer['received'] for answer in answers)
    answers[0]['lost'] = answers[0]['sent'] * options['recipients'] - received
    return answers


def whole(answers: list[dict[str, Any]], name: str) -> Histogram:
    return sum((histogram(answer, name) for answer in answers), Histogram())


@pytest.mark.parametrize(('mine', 'others'), [(3, 4), (4, 2), (1, 1)])
def test_first_median_and_last_are_those_of_all_processes(tmp_path: Path, mine: int, others: int):
    memory, all_ = str(shared_memory(tmp_path)), mine + others
    with (
        serving(Server(one_after_another)) as server,
        native('--shared', memory) as publisher,
        native('--shared', memory) as listener,
    ):
        publisher.connect(server.port, mine)
        listener.connect(server.port, others, first=mine)
        answers = run_together(publisher, listener, count=1, ms=20_000, recipients=all_)
    arrivals = [value for value, n in whole(answers, 'delivery').steps for _ in range(n)]
    assert faults(answers[0]) == faults(answers[1]) == {}
    assert len(arrivals) == all_
    assert arrivals[-1] >= (all_ - 1) * STEP * 1e9
    for name, place in (('first', 1), ('median', (all_ + 1) // 2), ('last', all_)):
        assert whole(answers, name).steps == ((arrivals[place - 1], 1),)
    # The listener's connections came last, so the first is its, and the last is the publisher's.
    assert histogram(answers[1], 'first').count == histogram(answers[0], 'last').count == 1
    assert (answers[0]['completed'], answers[1]['completed']) == (1, 0)


def test_runs_follow_one_another_in_both_processes(tmp_path: Path):
    memory = str(shared_memory(tmp_path))

    def at_once(server: Server, client: asyncio.StreamWriter, data: bytes) -> None:
        for each in server.joined:
            each.write(as_message(data))

    with (
        serving(Server(at_once)) as server,
        native('--shared', memory) as publisher,
        native('--shared', memory) as listener,
    ):
        publisher.connect(server.port, 10)
        listener.connect(server.port, 10, first=10)
        for options in ({'count': 20, 'ms': 20_000}, {'interval_ns': 5_000_000, 'ms': 100}) * 2:
            answers = run_together(publisher, listener, recipients=20, **options)
            assert faults(answers[0]) == faults(answers[1]) == {}
            assert [answer['sent'] for answer in answers] == [20, 0]
            assert [answer['received'] for answer in answers] == [200, 200]
            assert whole(answers, 'last').count == whole(answers, 'median').count == 20


@pytest.mark.alone
def test_seconds_of_both_processes_count_from_the_publishers_start(tmp_path: Path):
    memory = str(shared_memory(tmp_path))
    with (
        serving(Server(one_after_another)) as server,
        native('--shared', memory) as publisher,
        native('--shared', memory) as listener,
    ):
        publisher.connect(server.port, 1)
        listener.connect(server.port, 1, first=1)
        answers = run_together(
            publisher, listener, interval_ns=100_000_000, ms=1500, recipients=2, drain_ms=10_000
        )
        told = [list(publisher.told), list(listener.told)]
    assert [[tick['second'] for tick in ticks][:2] for ticks in told] == [[0, 1]] * 2
    assert told[1][0]['received'] in range(7, 13)
    assert sum(tick['received'] for tick in told[1]) == 15
    assert faults(answers[0]) == {}


def test_the_memory_that_is_not_there_is_said():
    argv = [str(build.receiver()), '--shared', '/nowhere/at/all']
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == 'receiver: /nowhere/at/all: No such file or directory\n'


def rooms(server: Server, client: asyncio.StreamWriter, data: bytes) -> None:
    """`enter` and `say` as every target does them."""
    members = server.__dict__.setdefault('members', {})
    room = data.partition(b'"room-')[2][:8]
    if data.startswith(b'420["enter"'):
        members.setdefault(room, []).append(client)
        client.write(frame(b'430[]'))
    else:
        assert data.startswith(b'42["say","room-')
        for each in members[room]:
            each.write(frame(b'42["msg",' + data.rpartition(b',')[2]))


def test_each_room_gets_its_own_broadcasts():
    with serving(Server(rooms)) as server, native() as process:
        process.setup(server.port, enter=True)
        process.ask('connect', count=12, rooms=4)
        first = process.broadcast(count=10, ms=10_000, rooms=4, recipients=3)
        second = process.broadcast(count=10, ms=10_000, rooms=4, recipients=3)
    assert faults(first) == faults(second) == {}
    assert first['received'] == second['received'] == histogram(second, 'delivery').count == 30
    assert {len(members) for members in server.__dict__['members'].values()} == {3}


def test_a_loss_in_a_room_is_seen():
    numbers = count()

    def forgetful(server: Server, client: asyncio.StreamWriter, data: bytes) -> None:
        if data.startswith(b'42["say"') and next(numbers) == 5:
            return
        rooms(server, client, data)

    with serving(Server(forgetful)) as server, native() as process:
        process.setup(server.port, enter=True)
        process.ask('connect', count=6, rooms=3)
        answer = process.broadcast(
            interval_ns=5_000_000, ms=50, rooms=3, recipients=2, drain_ms=500
        )
    assert faults(answer) == {'lost': 2}
    assert answer['completed'] == 9


def test_who_publishes_need_not_receive():
    def to_others(server: Server, client: asyncio.StreamWriter, data: bytes) -> None:
        for each in server.joined:
            if each is not client:
                each.write(as_message(data))

    def to_all(server: Server, client: asyncio.StreamWriter, data: bytes) -> None:
        for each in server.joined:
            each.write(as_message(data))

    dialect = Dialect(others_only=True)
    for receive, found in ((to_others, {}), (to_all, {'garbled': 4})):
        with serving(Server(receive)) as server, native() as process:
            process.setup(server.port, dialect=dialect)
            process.ask('connect', count=3)
            answer = process.broadcast(
                interval_ns=50_000_000, ms=200, others_only=1, recipients=2, drain_ms=10_000
            )
        assert faults(answer) == found
        assert answer['received'] == 8
