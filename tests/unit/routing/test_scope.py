"""What `members()` lists: a bounded room, and what its members are called, bounded too."""

from types import SimpleNamespace

import pytest

from gateway.errors import ActionError
from gateway.routing.scope import Scope


def scope(*users):
    found = [SimpleNamespace(sid=f'S{index}', data=data) for index, data in enumerate(users)]
    hub = SimpleNamespace(members=lambda *_: found, headcount=lambda *_: len(found))
    return Scope(hub, SimpleNamespace(namespace='/'), 'event', ())


def test_members_are_listed_with_their_user():
    users = {'user': 'ann'}, {}
    assert scope(*users).members('r') == [{'sid': 'S0', 'user': 'ann'}, {'sid': 'S1', 'user': None}]


@pytest.mark.parametrize(
    'user',
    ['u' * 20_001, {'u' * 20_001: 1}, [1] * 1_000, [[['u' * 20_001]]]],
    ids=['text', 'key', 'list', 'nested'],
)
def test_members_whose_users_are_large_are_a_bad_value(user):
    assert len(scope(*[{'user': user}] * 9).members('r')) == 9
    with pytest.raises(ActionError) as caught:
        scope(*[{'user': user}] * 10).members('r')
    found = caught.value
    assert (found.code, found.message) == ('bad_value', 'a value in an expression is too large')


def test_a_room_is_listed_up_to_a_thousand():
    assert len(scope(*[{}] * 1_000).members('r')) == 1_000
    said = '^a room of more than 1,000 members is counted, not listed$'
    with pytest.raises(ActionError, match=said):
        scope(*[{}] * 1_001).members('r')
