"""Places, queue and retries of one backend, with a client that does as it is told."""

import asyncio
import logging

import pytest

from gateway.backends.backend import Backend, BackendError
from gateway.backends.breaker import FAILURES
from gateway.backends.call import Answer, Broken, Call, TooBig, Unsendable
from tests.support.backends import Scripted


def call(id='0', timeout=20.0, retries=0):
    return Call(id, 'http://h/', b'', timeout=timeout, retries=retries, about='a in /')


async def failing(backend, **fields):
    with pytest.raises(BackendError) as failed:
        await backend.ask(call(**fields))
    return failed.value.code


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ('outcome', 'code', 'dead'),
    [
        (Broken('x'), 'backend_failed', True),
        (Answer(500, b''), 'backend_failed', True),
        (Answer(404, b''), 'backend_failed', False),
        (Answer(302, b''), 'backend_failed', False),
        (TooBig(), 'bad_reply', False),
        (Unsendable(), 'backend_failed', False),
    ],
)
def test_a_failure_has_a_code_and_counts_for_the_circuit_or_not(outcome, code, dead):
    async def main():
        backend = Backend('http://h:80', Scripted(*[outcome] * FAILURES), 1, 1)
        for _ in range(FAILURES):
            assert await failing(backend) == code
        assert backend.breaker.is_open is dead
        assert backend.counters.failed == {code: FAILURES}
        assert backend.counters.opened == dead

    asyncio.run(main())


@pytest.mark.parametrize('status', [200, 201, 204])
def test_any_2xx_is_an_answer(status):
    async def main():
        backend = Backend('http://h:80', Scripted(Answer(status, b'a')), 1, 1)
        assert await backend.ask(call()) == b'a'
        assert (backend.counters.asked, backend.counters.answered) == (1, 1)

    asyncio.run(main())


@pytest.mark.parametrize(
    ('outcome', 'tries'),
    [(Broken('x'), 3), (Answer(503, b''), 3), (Answer(400, b''), 1), (TooBig(), 1)],
)
def test_what_may_help_is_tried_again(outcome, tries, monkeypatch):
    monkeypatch.setattr('gateway.backends.backend.BACKOFF', 0.001)

    async def main():
        client = Scripted(*[outcome] * 3)
        backend = Backend('http://h:80', client, 1, 1)
        assert await failing(backend, retries=2) in {'backend_failed', 'bad_reply'}
        assert len(client.sent) == tries
        assert backend.counters.retried == tries - 1
        assert backend.counters.failed.total() == 1

    asyncio.run(main())


def test_a_retry_that_would_be_too_late_is_none():
    async def main():
        client = Scripted(Broken('x'))
        assert await failing(Backend('http://h:80', client, 1, 1), retries=1, timeout=0.02)
        assert len(client.sent) == 1

    asyncio.run(main())


def test_a_timeout_is_not_tried_again():
    async def main():
        client = Scripted()
        client.gate.clear()
        backend = Backend('http://h:80', client, 1, 1)
        assert await failing(backend, retries=3, timeout=0.05) == 'backend_timeout'
        assert len(client.sent) == 1

    asyncio.run(main())


def test_who_waits_is_served_in_order_and_one_too_many_is_refused():
    async def main():
        client = Scripted()
        client.gate.clear()
        backend = Backend('http://h:80', client, 1, 3)
        waiting = [asyncio.create_task(backend.ask(call(str(number)))) for number in range(4)]
        await settle()
        assert client.sent == ['0']
        assert await failing(backend) == 'backend_busy'
        client.gate.set()
        await asyncio.gather(*waiting)
        assert client.sent == ['0', '1', '2', '3']
        assert backend.counters.most_waiting == 3

    asyncio.run(main())


def test_who_waits_too_long_for_a_place_says_nothing_about_the_backend():
    async def main():
        client = Scripted()
        client.gate.clear()
        backend = Backend('http://h:80', client, 1, 100)
        first = asyncio.create_task(backend.ask(call()))
        await settle()
        waiting = [failing(backend, timeout=0.02) for _ in range(2 * FAILURES)]
        assert set(await asyncio.gather(*waiting)) == {'backend_timeout'}
        assert not backend.breaker.is_open
        client.gate.set()
        assert await first == b'yes'

    asyncio.run(main())


@pytest.mark.parametrize('cancelled', [0, 1])
def test_a_caller_that_is_cancelled_frees_its_place_and_opens_no_circuit(cancelled):
    async def main():
        client = Scripted()
        client.gate.clear()
        backend = Backend('http://h:80', client, 1, 2)
        for _ in range(2 * FAILURES):
            tasks = [asyncio.create_task(backend.ask(call())) for _ in range(2)]
            await settle()
            tasks[cancelled].cancel()
            await asyncio.wait([tasks[cancelled]])
            client.gate.set()
            assert await tasks[1 - cancelled] == b'yes'
            client.gate.clear()
        assert not backend.breaker.is_open
        assert backend.counters.answered == 2 * FAILURES

    asyncio.run(main())


def test_while_the_circuit_is_open_nothing_is_sent():
    async def main():
        client = Scripted(*[Broken('x')] * FAILURES)
        backend = Backend('http://h:80', client, 1, 1)
        for _ in range(FAILURES):
            await failing(backend)
        assert await failing(backend) == 'backend_down'
        assert len(client.sent) == FAILURES

    asyncio.run(main())


def test_the_log_says_why_once_a_second_and_never_raw(caplog):
    caplog.set_level(logging.WARNING, 'gateway.backends')

    async def main():
        backend = Backend('http://h:80', Scripted(*[Answer(418, b'')] * 10), 1, 1)
        for _ in range(10):
            await failing(backend)
        backend.complain('b in /', 'another kind: of what')
        told, untold = backend._told['status 418']
        backend._told['status 418'] = told - 2, untold
        backend.complain('b in /', 'status 418')
        backend.complain('%s in /', '100 % %s')

    asyncio.run(main())
    assert caplog.messages == [
        'backend http://h:80: a in /: status 418',
        'backend http://h:80: b in /: another kind: of what',
        'backend http://h:80: b in /: status 418 (9 lines like this left out)',
        'backend http://h:80: %s in /: 100 % %s',
    ]


def test_the_log_tells_once_that_a_backend_is_down_and_once_that_it_is_back(caplog, monkeypatch):
    monkeypatch.setattr('gateway.backends.breaker.PAUSE', 0.0001)

    async def main():
        backend = Backend('http://h:80', Scripted(*[Broken('broken')] * FAILURES), 1, 1)
        for _ in range(FAILURES):
            await failing(backend)
        await asyncio.sleep(0.01)
        assert [await backend.ask(call()) for _ in range(2)] == [b'yes', b'yes']

    asyncio.run(main())
    told = [message for message in caplog.messages if 'a in /' not in message]
    assert told == [
        (
            'backend http://h:80: is down: broken, 5 times in a row; until it answers its events '
            'fail at once, and it is tried again every 1 to 30 s'
        ),
        'backend http://h:80: answers again, after 0.0 s',
    ]
