"""docs/recipes.md: private rooms, notifications."""

import json
import re

import pytest

from tests.support.tokens import LATER, token


def signed(sub):
    return token({'sub': sub, 'exp': LATER})


@pytest.fixture
def door(backend):
    """Lets Ann and Ben in, with the replies of the page."""

    def reply(path, event):
        assert path == '/enter'
        assert event['args'] == ['attic']
        return 200, door.welcome if event['claims']['sub'] in {'ann', 'ben'} else door.refusal

    door = backend(reply)
    return door


@pytest.fixture
def trial(cook, door):
    found = cook('Private rooms', door)
    door.welcome = json.loads(found.recipe.one('json'))
    [refusal] = re.findall('`({"reject.+?)`', found.recipe.text)
    door.refusal = json.loads(refusal)
    return found


def test_private_rooms(trial):
    ann, ben, eve = [trial.client(token=signed(name)) for name in ('ann', 'ben', 'eve')]
    assert (ann.logged(), ben.logged()) == ('welcome', 'welcome')
    assert eve.logged() == 'forbidden'
    eve.run('say("hello")')
    assert eve.logged() == 'forbidden'
    ann.run('say("hello")')
    assert (ann.logged(), ben.logged()) == ('ann: hello', 'ann: hello')


def test_private_rooms_are_left_by_who_is_put_out(trial):
    ann, ben, window = [trial.client(token=signed(name)) for name in ('ann', 'ben', 'ben')]
    assert {client.logged() for client in (ann, ben, window)} == {'welcome'}
    assert trial.curl() == {'done': 1}
    ben.run('say("hello")')
    window.run('say("hello")')
    assert (ben.logged(), window.logged()) == ('forbidden', 'forbidden')
    ann.run('say("alone")')
    assert ann.logged() == 'ann: alone'


def test_private_rooms_may_be_opened_and_nothing_else(trial, door):
    door.welcome['do'] = {'emit': {'event': 'said', 'to': 'all', 'data': {}}}
    assert trial.client(token=signed('ann')).logged() == 'bad_reply'


def test_private_rooms_stay_shut_while_the_backend_is_down(trial, door):
    door.end()
    ann = trial.client(token=signed('ann'))
    assert ann.logged() == 'backend_failed'
    ann.run('say("hello")')
    assert ann.logged() == 'forbidden'


def test_notifications(cook):
    trial = cook('Notifications')
    phone, laptop, other = [trial.client(token=signed(sub)) for sub in ('42', '42', '43')]
    assert trial.curl() == {'done': 1}
    assert (phone.logged(), laptop.logged()) == ('Your parcel is here',) * 2
    assert trial.curl(0, ('room:user:42', 'room:user:43'), ('parcel', 'hat')) == {'done': 1}
    assert other.logged() == 'Your hat is here'
