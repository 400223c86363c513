"""How the actions of a request are done: all read first, in order, in slices."""

import asyncio

import pytest

from gateway.config.mistakes import Mistake, Mistakes
from gateway.errors import ActionError
from gateway.http import work as works
from gateway.http.problems import Problems, pointer
from gateway.http.work import Work


class Commands:
    """`{'do': X}` notes X; `wait` does so later; `fail` cannot; everything else is wrong."""

    def __init__(self):
        self.read, self.done = [], []
        self.go = asyncio.Event()

    def ready(self, raw):
        self.read.append(raw)
        if not isinstance(raw, dict):
            raise Mistakes(Mistake('wrong', 'mend it', ('emit', 'to')))
        [(verb, value)] = raw.items()
        if verb == 'do':
            return (lambda: self.done.append(value)), False
        return (lambda: self.later(verb, value)), True

    async def later(self, verb, value):
        await self.go.wait()
        if verb == 'fail':
            raise ActionError('bad_value', 'too many rooms')
        self.done.append(value)


async def whole(work):
    """All of it, as a request does it."""
    if not work.begin():
        await work.go_on(asyncio.Lock(), lambda: False)


@pytest.fixture
def slices(monkeypatch):
    """Each action uses up its slice."""
    monkeypatch.setattr(works, 'SLICE', -1)


def test_a_short_request_is_done_at_once():
    commands = Commands()
    work = Work(commands, [{'do': 1}, {'do': 2}])
    assert work.begin()
    assert (commands.done, work.done, work.failed) == ([1, 2], 2, [])


def test_one_action_needs_no_list():
    commands = Commands()
    work = Work(commands, {'do': 1})
    assert work.begin()
    assert (commands.done, work.done) == ([1], 1)


def test_nothing_is_done_where_one_is_wrong():
    commands = Commands()
    work = Work(commands, [{'do': 1}, 'a', {'wait': 2}, 'b'])
    assert work.begin()
    assert (commands.done, len(commands.read)) == ([], 4)
    assert work.problems.count == 2


def test_what_waits_is_done_in_its_turn():
    async def main():
        commands = Commands()
        work = Work(commands, [{'do': 1}, {'wait': 2}, {'do': 3}])
        rest = asyncio.ensure_future(whole(work))
        await asyncio.sleep(0)
        assert commands.done == [1]
        commands.go.set()
        await rest
        assert (commands.done, work.done) == ([1, 2, 3], 3)

    asyncio.run(main())


def test_one_that_cannot_be_done_is_told_with_its_place_and_the_others_are_done():
    async def main():
        commands = Commands()
        commands.go.set()
        work = Work(commands, [{'do': 1}, {'fail': 2}, {'do': 3}])
        await whole(work)
        assert (commands.done, work.done) == ([1, 3], 2)
        assert work.failed == [{'at': '/1', 'what': 'too many rooms'}]

    asyncio.run(main())


def test_two_long_requests_take_turns_and_each_keeps_its_order(slices):
    async def main():
        commands = Commands()
        works_ = [Work(commands, [{'do': (name, n)} for n in range(5)]) for name in 'ab']
        rests = [whole(work) for work in works_]
        assert commands.done == []
        await asyncio.gather(*rests)
        for name in 'ab':
            assert [n for whose, n in commands.done if whose == name] == list(range(5))
        assert commands.done != sorted(commands.done)

    asyncio.run(main())


def test_nothing_of_a_long_request_is_done_before_all_is_read(slices):
    async def main():
        commands = Commands()
        work = Work(commands, [*[{'do': n} for n in range(5)], 'wrong'])
        await whole(work)
        assert (commands.done, work.done, work.problems.count) == ([], 0, 1)
        assert len(commands.read) == 6

    asyncio.run(main())


def test_the_loop_has_its_turn_between_two_slices(slices):
    async def main():
        commands = Commands()
        rest = asyncio.ensure_future(whole(Work(commands, [{'do': n} for n in range(50)])))
        turns = 0
        while not rest.done():
            await asyncio.sleep(0)
            turns += 1
        assert turns >= 99  # each is read in one, and done in one

    asyncio.run(main())


def test_a_request_whose_caller_leaves_is_done_no_further(slices):
    async def main():
        commands = Commands()
        rest = asyncio.ensure_future(whole(Work(commands, [{'do': n} for n in range(50)])))
        while len(commands.done) < 10:  # noqa: ASYNC110
            await asyncio.sleep(0)
        rest.cancel()
        await asyncio.wait([rest])
        assert len(commands.done) < 50

    asyncio.run(main())


def test_a_request_that_is_cancelled_before_it_waits_leaves_no_coroutine():
    async def main():
        rest = asyncio.ensure_future(whole(Work(Commands(), {'wait': 1})))
        rest.cancel()
        await asyncio.wait([rest])

    asyncio.run(main())


@pytest.mark.parametrize(
    ('at', 'expected'),
    [
        ((), ''),
        ((1, 'emit', 'to'), '/1/emit/to'),
        (('a/b', 'c~d', '~1', ''), '/a~1b/c~0d/~01/'),
        (('x' * 1_000,), '/' + 'x' * 100),
    ],
)
def test_places_are_json_pointers(at, expected):
    assert pointer(at) == expected


def test_a_hundred_problems_are_told_and_how_many_there_are():
    problems = Problems()
    for number in range(1_500):
        problems.add(Mistakes(Mistake('wrong', 'mend it', ('to',))), number)
    answer = problems.response()
    assert (answer.status, answer.code) == (422, 'invalid')
    assert b'"message":"1,500 problems: nothing was done"' in answer.body
    assert answer.body.count(b'{"at":') == 100
    assert b'{"at":"/99/to","what":"wrong","mend":"mend it"}' in answer.body


def test_a_key_that_is_no_unicode_is_told():
    problems = Problems(Mistakes(Mistake('unknown key', '', ('\ud800',))))
    assert b'"at":"/\\ud800"' in problems.response().body


@pytest.mark.usefixtures('slices')
def test_what_is_awaited_and_takes_no_time_leaves_the_loop_its_turn_too():
    async def main():
        commands, seen = Commands(), []
        commands.go.set()
        work = Work(commands, [{'wait': number} for number in range(5)])
        doing = asyncio.create_task(whole(work))
        while not doing.done():
            await asyncio.sleep(0)
            seen.append(len(commands.done))
        assert commands.done == [0, 1, 2, 3, 4]
        assert {1, 2, 3, 4} <= {*seen}  # never two in one pass

    asyncio.run(main())


def test_a_stop_cuts_a_list_between_two_actions(slices):
    async def main():
        commands = Commands()
        work = Work(commands, [{'do': number} for number in range(5)])
        assert not work.begin()
        assert not await work.go_on(asyncio.Lock(), lambda: len(commands.done) == 2)
        assert (commands.done, work.done) == ([0, 1], 2)

    asyncio.run(main())
