"""Surveys, with sessions that only note what they are sent."""

import asyncio
import gc
from time import monotonic

import pytest

from gateway.errors import ActionError
from gateway.hub import asking
from gateway.hub.asking import Surveys
from gateway.hub.client import Client
from gateway.hub.fanout import FanoutManager
from gateway.hub.target import EVERYONE, Target
from gateway.wire.codec import EVENT
from gateway.wire.json_codec import JSON
from gateway.wire.msgpack_codec import MSGPACK

LONG, SOON = 60, 0.02  # seconds; no test waits for the long ones


class Session:
    def __init__(self, codec=JSON):
        self.codec, self.clients, self.got, self.asked, self.taken = codec, {}, [], 0, 10

    def send(self, packet):
        self.got.append(packet)

    def asks(self):
        self.asked += 1

    def answered(self):
        self.asked -= 1


@pytest.fixture
def surveys():
    return Surveys(FanoutManager())


def join(surveys, sid, *rooms, admit=True, codec=JSON):
    manager = surveys._manager
    client = Client(sid, '/', Session(codec), {})
    client.session.clients['/'] = client
    manager.add(client)
    if admit:
        manager.admit(client)
        client.staged = None
    for room in rooms:
        manager.join(client, room)
    return client


def begin(surveys, to=EVERYONE, skip=None, timeout=LONG, args=('now',)):
    return asyncio.create_task(surveys.run('/', 'ask', args, to, skip, timeout))


async def asked(*clients):
    async with asyncio.timeout(10):
        while not all(client.callbacks for client in clients):  # noqa: ASYNC110
            await asyncio.sleep(0)


def answer(surveys, client, *args, size=10):
    client.session.taken = size
    surveys._manager.acknowledged(client, client.last_id, list(args))


def left_behind(surveys):
    clients = [one for space in surveys._manager.spaces.values() for one in space.clients.values()]
    return [
        surveys.asked,
        *[len(one.calls or ()) + len(one.callbacks or ()) for one in clients],
        *[one.session.asked for one in clients],
    ]


def test_it_ends_with_the_last_answer(surveys):
    async def scenario():
        a, b = join(surveys, 'a'), join(surveys, 'b')
        task = begin(surveys)
        await asked(a, b)
        assert [a.session.asked, surveys.asked] == [1, 2]
        answer(surveys, b, 1, b'bytes')
        answer(surveys, a)
        survey = await task
        assert sorted(survey.answers) == [('a', []), ('b', [1, b'bytes'])]
        assert (survey.missing, any(left_behind(surveys))) == ([], False)

    asyncio.run(scenario())


def test_each_gets_one_packet_of_its_serializer_with_an_id_that_is_new_to_all(surveys):
    async def scenario():
        a, b, c = join(surveys, 'a'), join(surveys, 'b'), join(surveys, 'c', codec=MSGPACK)
        b.last_id = 6
        task = begin(surveys)
        await asked(a, b, c)
        assert a.session.got == b.session.got  # packets are compared by identity
        assert a.session.got[0].payload == b'427["ask","now"]'
        assert c.session.got[0].frame == MSGPACK.encode(EVENT, '/', ['ask', 'now'], 7).frame
        assert [a.last_id, b.last_id, c.last_id] == [7, 7, 7]
        for client in (a, b, c):
            answer(surveys, client)
        assert len((await task).answers) == 3

    asyncio.run(scenario())


def test_who_does_not_answer_in_time_is_missing_and_what_comes_later_counts_as_unknown(surveys):
    async def scenario():
        a, b = join(surveys, 'a'), join(surveys, 'b')
        task = begin(surveys, timeout=SOON)
        await asked(a, b)
        answer(surveys, a, 'in time')
        survey = await task
        assert (survey.answers, survey.missing) == ([('a', ['in time'])], [('b', 'timeout')])
        answer(surveys, b, 'late')
        assert surveys._manager.unknown_acks == 1
        assert not any(left_behind(surveys))

    asyncio.run(scenario())


def test_a_second_answer_counts_as_unknown(surveys):
    async def scenario():
        a, b = join(surveys, 'a'), join(surveys, 'b')
        task = begin(surveys)
        await asked(a, b)
        answer(surveys, a, 'first')
        answer(surveys, a, 'second')
        answer(surveys, b)
        assert sorted((await task).answers) == [('a', ['first']), ('b', [])]
        assert surveys._manager.unknown_acks == 1

    asyncio.run(scenario())


def test_who_leaves_is_not_waited_for(surveys):
    async def scenario():
        a, b = join(surveys, 'a'), join(surveys, 'b')
        task = begin(surveys)
        await asked(a, b)
        surveys._manager.expel(a)
        answer(surveys, b)
        assert (survey := await task).missing == [('a', 'left')]
        assert survey.answers == [('b', [])]
        assert not any(left_behind(surveys))

    asyncio.run(scenario())


def test_who_leaves_before_its_turn_is_not_asked(surveys, monkeypatch):
    monkeypatch.setattr('gateway.engine.turn.SLICE', 0)

    async def scenario():
        a, b = join(surveys, 'a'), join(surveys, 'b')
        task = begin(surveys)
        await asked(a)
        assert b.session.got == []
        surveys._manager.expel(b)
        answer(surveys, a)
        survey = await task
        assert b.session.got == []
        assert (survey.answers, survey.missing) == ([('a', [])], [('b', 'left')])

    asyncio.run(scenario())


def test_an_emit_between_two_slices_does_not_take_the_id_of_the_survey(surveys, monkeypatch):
    monkeypatch.setattr('gateway.engine.turn.SLICE', 0)

    async def scenario():
        a, b = join(surveys, 'a'), join(surveys, 'b')
        task = begin(surveys)
        await asked(a)
        seen = []
        surveys._manager.ask(b, ['other'], lambda *args: seen.append(args))
        answer(surveys, b, 'other')
        answer(surveys, a)
        await asyncio.sleep(0)
        await asked(b)
        surveys._manager.acknowledged(b, a.last_id, ['survey'])
        assert ('b', ['survey']) in (await task).answers
        assert seen == [('other',)]

    asyncio.run(scenario())


def test_only_members_whom_it_names_are_asked(surveys):
    async def scenario():
        a, b = (join(surveys, sid, 'red') for sid in 'ab')
        c, pending = join(surveys, 'c'), join(surveys, 'p', admit=False)
        to = Target(sids=('p', 'nobody'), rooms=('red', 'empty'))
        task = begin(surveys, to, Target(sids=('b',)))
        await asked(a)
        answer(surveys, a)
        assert (await task).answers == [('a', [])]
        assert [b.session.got, c.session.got, pending.session.got, pending.staged] == [[]] * 4

    asyncio.run(scenario())


@pytest.mark.parametrize('namespace', ['/', '/unknown'])
def test_nobody_to_ask_is_answered_at_once_but_not_with_what_cannot_be_sent(surveys, namespace):
    async def scenario():
        join(surveys, 'a')
        to = Target(rooms=('empty',))
        survey = await surveys.run(namespace, 'ask', ['now'], to, None, LONG)
        assert (survey.answers, survey.missing) == ([], [])
        with pytest.raises(ValueError, match=r'.'):
            await surveys.run(namespace, 'ask', [object()], to, None, LONG)
        assert not any(left_behind(surveys))

    asyncio.run(scenario())


def test_answers_beyond_the_bound_are_missing_and_smaller_ones_are_kept(surveys):
    async def scenario():
        a, b, c = (join(surveys, sid) for sid in 'abc')
        task = begin(surveys)
        await asked(a, b, c)
        answer(surveys, a, 'a', size=asking.MAX_ANSWERS - 5)
        answer(surveys, b, 'b', size=6)
        answer(surveys, c, 'c', size=5)
        assert (survey := await task).answers == [('a', ['a']), ('c', ['c'])]
        assert survey.missing == [('b', 'too_big')]

    asyncio.run(scenario())


def test_too_many_are_not_asked_until_others_are_done(surveys, monkeypatch):
    monkeypatch.setattr(asking, 'MAX_ASKED', 3)

    async def scenario():
        a, b = join(surveys, 'a'), join(surveys, 'b')
        first = begin(surveys)
        await asked(a, b)
        with pytest.raises(ActionError, match='more than') as error:
            await begin(surveys)
        assert error.value.code == 'busy'
        assert [surveys.refused, len(a.session.got)] == [1, 1]
        answer(surveys, a)
        answer(surveys, b)
        await first
        assert len((await begin(surveys, timeout=0)).missing) == 2
        assert not any(left_behind(surveys))

    asyncio.run(scenario())


def test_who_cancels_it_leaves_nothing_behind(surveys):
    async def scenario():
        a, b = join(surveys, 'a'), join(surveys, 'b')
        task = begin(surveys)
        await asked(a, b)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not any(left_behind(surveys))

    asyncio.run(scenario())


def test_answers_and_departures_of_the_very_pass_in_which_it_ends_still_count(surveys):
    async def scenario():
        complaints = []
        asyncio.get_running_loop().set_exception_handler(lambda *what: complaints.append(what))
        a, b, c = (join(surveys, sid) for sid in 'abc')
        found = asking.Asking(surveys._manager, 1, {'json': None})
        await found.ask([a, b, c], monotonic() + LONG)
        for client in (a, b, c):
            client.last_id = 1
        answer(surveys, a, 'just')
        surveys._manager.expel(b)
        found.end()
        await asyncio.sleep(0)
        gc.collect()  # it is where a future complains of an exception that nobody took
        assert found.survey.answers == [('a', ['just'])]
        assert found.survey.missing == [('b', 'left'), ('c', 'timeout')]
        assert complaints == []

    asyncio.run(scenario())


def test_asking_and_giving_up_give_the_loop_back_again_and_again(surveys, monkeypatch):
    monkeypatch.setattr('gateway.engine.turn.SLICE', 0)

    async def scenario():
        clients = [join(surveys, str(number)) for number in range(100)]
        found = asking.Asking(surveys._manager, 1, {'json': None})
        for step in found.ask(clients, monotonic() + LONG), found.wait(monotonic()):
            task, states = asyncio.create_task(step), set()
            while not task.done():
                states.add(sum(client.session.asked for client in clients))
                await asyncio.sleep(0)
            assert len(states) > 50
        assert len(found.survey.missing) == 100

    asyncio.run(scenario())
