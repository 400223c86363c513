"""Clients that go away in the middle of a poll or a post, or read nothing of an answer."""

import asyncio
import random

import pytest

from gateway.wire.engineio import Packet
from tests.support import raw
from tests.support.engine import PATIENT, echoing, opened, status
from tests.support.hub import run, until

UNKNOWN = (400, b'{"code":1,"message":"Session ID unknown"}')
TRIALS = 10
BIG = bytes(1_300_000)


def ask(poller):
    return f'GET /socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\n\r\n'.encode()


async def waiting(engine, session, peer, poller):
    """Nothing was on its way."""
    peer.write(ask(poller))
    await until(lambda: session.transport._is_awaited)
    return {0}


async def with_news(engine, session, peer, poller):
    """The kernel may have taken them before the end was seen, then they are delivered."""
    await waiting(engine, session, peer, poller)
    session.send(Packet(b'4news'))
    return {1}


async def in_a_big_answer(engine, session, peer, poller):
    """More than the kernel takes."""
    peer.writer.transport.pause_reading()
    for _ in range(3):
        session.send(Packet(b'4', [BIG]))
    peer.write(ask(poller))
    await until(lambda: not session.outbox)
    return {3}


async def in_a_post(engine, session, peer, poller):
    """What was owed stays owed."""
    session.send(Packet(b'4owed'))
    head = f'POST /socket.io/?{poller.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n4h'
    peer.write(head.encode())
    await until(lambda: session.transport.posting)
    return {1}


@pytest.mark.parametrize('ending', ['reset', 'end'])
@pytest.mark.parametrize('moment', [waiting, with_news, in_a_big_answer, in_a_post])
def test_a_client_that_goes_away_in_a_request_ends_its_session(moment, ending):
    """With a reason; what could not be written is counted. 160 trials with both loops."""

    async def trial(engine):
        poller = await opened(engine.port)
        session = engine.sockets[poller.sid]
        before, opening = engine.counters.packets_undelivered, session.transport.sent
        async with raw.connection(engine.port) as peer:
            lost = await moment(engine, session, peer, poller)
            await asyncio.sleep(random.random() / 500)
            if ending == 'reset':
                peer.reset()
        await until(lambda: session.closed or session.transport.sent is not opening)
        if moment is with_news and session.transport.sent is not opening:
            await until(session.transport.sent.done)
            lost = {1} if session.transport.sent.exception() else {0}
        else:
            assert session.closed or moment is in_a_big_answer
        await until(lambda: engine.counters.packets_undelivered - before in lost)
        if moment is not with_news or lost == {1}:
            await until(lambda: session.closed)
            assert engine.reasons[poller.sid] == 'transport close'
            assert await status(poller) == UNKNOWN

    async def scenario():
        async with echoing(**PATIENT) as engine:
            for _ in range(TRIALS):
                await trial(engine)

    run(scenario())


@pytest.mark.parametrize('ending', ['reset', 'end'])
def test_what_the_kernel_has_taken_is_delivered_and_the_heartbeat_misses_the_client(ending):
    async def scenario():
        async with echoing(ping_interval='2s', ping_timeout='1s') as engine:
            poller = await opened(engine.port)
            session = engine.sockets[poller.sid]
            async with raw.connection(engine.port) as peer:
                await waiting(engine, session, peer, poller)
                session.send(Packet(b'4news'))
                assert (await peer.answer()).body == b'4news'
                if ending == 'reset':
                    peer.reset()
            await until(lambda: engine.reasons)
            assert engine.reasons == {poller.sid: 'ping timeout'}
            assert engine.counters.packets_undelivered == 1, 'the ping'

    run(scenario())


def test_a_client_that_goes_away_between_two_polls_is_missed_at_its_heartbeat():
    async def scenario():
        async with echoing(ping_interval='100ms', ping_timeout='100ms') as engine:
            poller = await opened(engine.port)
            engine.sockets[poller.sid].send(Packet(b'4news'))
            await until(lambda: engine.reasons)
            assert engine.reasons == {poller.sid: 'ping timeout'}
            assert engine.counters.packets_undelivered == 2, 'the news, and the ping'

    run(scenario())


def test_an_answer_that_nobody_reads_is_cut_off():
    async def scenario():
        beat = {'ping_interval': '100ms', 'ping_timeout': '200ms'}
        async with echoing(**beat) as engine, raw.connection(engine.port) as peer:
            poller = await opened(engine.port)
            session = engine.sockets[poller.sid]
            session.send(Packet(b'4', [BIG * 3]))
            peer.writer.transport.pause_reading()
            peer.write(ask(poller))
            await until(lambda: not session.outbox)
            await until(session.transport.sent.done)
            await until(lambda: engine.reasons)
            assert engine.reasons == {poller.sid: 'ping timeout'}
            await until(lambda: engine.counters.packets_undelivered == 2)  # with the ping
            peer.writer.transport.resume_reading()
            assert len(await peer.rest()) < 4 * len(BIG)

    run(scenario())


def test_the_farewell_that_nobody_fetches_is_counted(monkeypatch):
    monkeypatch.setattr('gateway.engine.polling.LINGER', 0.1)

    async def scenario():
        async with echoing() as engine:
            poller = await opened(engine.port)
            await engine.send(poller.sid, 'last words')
            await engine.disconnect()
            await until(lambda: not engine.lingering)
            assert engine.counters.packets_undelivered == 1
            assert await status(poller) == UNKNOWN

    run(scenario())
