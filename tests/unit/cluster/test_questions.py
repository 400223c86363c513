"""What this node has asked others: callbacks and surveys, both bounded."""

import asyncio

import pytest

from gateway.cluster import questions as module
from gateway.cluster.questions import Questions
from gateway.hub.asking import Survey
from tests.support.hub import run


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

    monkeypatch.setattr(module, 'monotonic', lambda: Clock.now)
    return Clock


def test_each_answer_calls_back_until_it_is_forgotten():
    heard, asked = [], Questions()
    number = asked.expect(lambda *args: heard.append(args))
    asked.answered(number, ['a'])
    asked.answered(number, [])
    asked.forget(number)
    asked.answered(number, ['late'])
    assert heard == [('a',), ()]


@pytest.mark.parametrize('number', [None, True, '1', 1.0, [], 2])
def test_a_number_that_nobody_has_given_out_is_passed_over(number):
    asked = Questions()
    assert asked.expect(print) == 1
    assert asked.answered(number, ['x']) is None


def test_callbacks_end_with_their_life(clock):
    asked = Questions()
    old = asked.expect(list)
    clock.now += module.LIFE + 1
    asked.expect(list)
    assert asked.answered(old, []) is None
    assert asked.dropped == 0


def test_a_call_that_is_awaited_lives_until_it_is_forgotten(clock, monkeypatch):
    monkeypatch.setattr(module, 'MOST', 3)
    asked = Questions()
    number = asked.call(lambda *args: args)
    clock.now += module.LIFE + 1
    for _ in range(5):
        asked.expect(list)
    assert asked.answered(number, [1]) == (1,)
    asked.forget(number)
    assert asked.answered(number, [1]) is None


def test_there_are_so_many_callbacks_and_no_more(clock, monkeypatch):
    monkeypatch.setattr(module, 'MOST', 3)
    asked = Questions()
    numbers = [asked.expect(lambda: 'called') for _ in range(5)]
    assert [asked.answered(number, []) for number in numbers] == [None] * 2 + ['called'] * 3
    assert asked.dropped == 2


def test_a_survey_is_over_when_every_node_has_told_all():
    async def scenario():
        asked = Questions()
        number = asked.survey({'a', 'b'})
        waiting = asyncio.ensure_future(asked.wait(number, 60))
        asked.told(number, 'a', Survey([('1', ['x'])], []), 10, is_last=False)
        asked.told(number, 'a', Survey([], [('2', 'timeout')]), 10, is_last=True)
        asked.told(number, 'a', Survey([('again', [])], []), 10, is_last=True)
        asked.told(number, 'stranger', Survey([('3', [])], []), 10, is_last=True)
        await asyncio.sleep(0)
        assert not waiting.done()
        asked.told(number, 'b', Survey([('4', [])], []), 10, is_last=True)
        found, silent = await asyncio.wait_for(waiting, 5)
        assert (found.answers, found.missing) == ([('1', ['x']), ('4', [])], [('2', 'timeout')])
        assert silent == 0
        asked.end(number)
        asked.told(number, 'b', Survey(), 10, is_last=True)

    run(scenario())


def test_who_does_not_tell_in_time_is_counted(monkeypatch):
    monkeypatch.setattr(module, 'GRACE', 0.01)

    async def scenario():
        asked = Questions()
        number = asked.survey({'a', 'b'})
        asked.told(number, 'a', Survey([('1', [])], []), 10, is_last=True)
        found, silent = await asked.wait(number, 0.01)
        assert (found.answers, silent) == ([('1', [])], 1)

    run(scenario())


def test_answers_beyond_what_one_may_weigh_are_named_not_kept(monkeypatch):
    monkeypatch.setattr(module, 'MAX_ANSWERS', 100)

    async def scenario():
        asked = Questions()
        number = asked.survey({'a'})
        asked.told(number, 'a', Survey([('1', ['x'])], []), 90, is_last=False)
        asked.told(number, 'a', Survey([('2', ['y'])], []), 20, is_last=True)
        found, silent = await asked.wait(number, 0)
        assert (found.answers, found.missing, silent) == ([('1', ['x'])], [('2', 'too_big')], 0)

    run(scenario())
