"""What backends reply and what the API is told, as actions."""

import pytest

from gateway.config.actions import Ack, Claim, CloseRoom, Disconnect, Emit, Join, Leave, Reject, Set
from gateway.config.fields import Recipients
from tests.support.replies import KINDS, mistakes, replied, told

# What is read


def test_nothing_is_nothing():
    assert [replied({}, kind) for kind in KINDS] == [()] * 4
    assert told([]) == []


def test_do_is_done_before_the_ack_and_set_before_both():
    found = replied({'ack': [1], 'do': [{'join': 'a'}, {'leave': 'b'}], 'set': {'x': 1}})
    assert [type(action) for action in found] == [Set, Join, Leave, Ack]


def test_one_action_needs_no_list():
    [join] = replied({'do': {'join': 'job:7'}})
    assert [room.fold() for room in join.room] == ['job:7']


def test_a_list_is_several_arguments_of_the_ack():
    [several] = replied({'ack': [1, 2]})
    [one] = replied({'ack': {'a': [1]}})
    assert (several.several, several.value.fold()) == (True, [1, 2])
    assert (one.several, one.value.fold()) == (False, {'a': [1]})


def test_an_ack_of_null_is_an_ack():
    [ack] = replied({'ack': None})
    assert ack.value.fold() is None


def test_a_reject_ends_the_route():
    [reject] = replied({'reject': 'forbidden'})
    assert isinstance(reject, Reject)
    assert reject.code.fold() == 'forbidden'
    _, reject = replied({'do': [{'join': 'a'}, {'reject': 'full'}]})
    assert isinstance(reject, Reject)


def test_claims_are_said_when_a_client_connects():
    set_, claim, _ = replied(
        {'do': {'join': 'a'}, 'claims': {'sub': '42'}, 'set': {'user': 'ann'}}, 'connect'
    )
    assert isinstance(claim, Claim)
    assert claim.values.fold() == {'sub': '42'}
    assert not isinstance(set_, Claim)


def test_a_program_may_set_nothing():
    set_, claim = replied({'set': {}, 'claims': {}}, 'connect')
    assert set_.values.fold() == claim.values.fold() == {}


@pytest.mark.parametrize('text', ['${data.x}', '${env.HOME}', '$${', '${', '}${1}', '${1 + 1}'])
def test_what_looks_like_an_expression_is_text(text):
    emit, join, ack = replied(
        {
            'do': [
                {'emit': {'event': text, 'to': f'room:{text}', 'data': {text: [text]}}},
                {'join': [text]},
            ],
            'ack': text,
        }
    )
    assert emit.event.fold() == text
    assert [room.fold() for room in emit.to.rooms] == [text]
    assert emit.data.fold() == {text: [text]}
    assert [room.fold() for room in join.room] == [text]
    assert ack.value.fold() == text


def test_a_text_is_no_list_of_arguments_be_it_an_expression():
    assert mistakes(replied, {'do': {'emit': {'args': '${args}'}}}) == [
        '/do/emit/args: text, where a list is needed: write a list, or data: for one argument'
    ]


def test_others_are_named_by_sid_or_as_members():
    join, leave, out, close = told(
        [
            {'join': {'room': ['a', 2], 'sid': 'S'}},
            {'leave': {'room': 'a', 'members': 'b', 'namespace': '/org-1'}},
            {'disconnect': {'members': 'a', 'reason': 'over', 'namespace': '/admin'}},
            {'close_room': {'room': 'a', 'namespace': '/admin'}},
        ]
    )
    assert isinstance(join, Join)
    assert ([room.fold() for room in join.room], join.sid.fold()) == (['a', '2'], 'S')
    assert isinstance(leave, Leave)
    assert (leave.members.fold(), leave.namespace) == ('b', '/org-1')
    assert isinstance(out, Disconnect)
    assert (out.members.fold(), out.reason.fold(), out.namespace) == ('a', 'over', '/admin')
    assert isinstance(close, CloseRoom)
    assert close.namespace == '/admin'


def test_a_reply_may_mean_others_too():
    own, other = replied({'do': [{'disconnect': True}, {'disconnect': {'sid': 'S'}}]})
    assert (own.sid, other.sid.fold()) == (None, 'S')


def test_recipients_of_the_api():
    emit, send = told(
        [
            {'emit': {'event': 'a', 'to': ['room:x', {'sid': ['1', '2']}], 'except': 'sid:3'}},
            {'send': {'to': 'all', 'data': 'hello', 'volatile': True}},
        ]
    )
    assert isinstance(emit, Emit)
    assert [room.fold() for room in emit.to.rooms] == ['x']
    assert [sid.fold() for sid in emit.to.sids] == ['1', '2']
    assert send.to == Recipients(everyone=True)
    assert (send.event.fold(), send.volatile) == ('message', True)


def test_a_whole_number_names_what_its_digits_name():
    [join] = replied({'do': {'join': [7, 7.0, '7', -(2**53)]}})
    assert [room.fold() for room in join.room] == ['7', '7', '7', '-9007199254740992']


def test_bytes_stand_in_values_and_in_no_names():
    [ack] = replied({'ack': {'blob': b'\0'}})
    assert ack.value.fold() == {'blob': b'\0'}
    assert mistakes(replied, {'do': {'join': b'a'}}) == [
        '/do/join: bytes, where a name is needed: write text'
    ]


def test_a_value_may_be_deep():
    deep = None
    for _ in range(100_000):
        deep = [deep]
    [ack] = replied({'ack': {'x': deep}})
    assert ack.value.fold()['x'] is deep


# What a backend may do


def test_a_backend_does_what_it_may():
    assert len(replied({'do': [{'join': 'a'}], 'ack': 1}, 'event', {'join'})) == 2
    assert replied({'reject': 'a'}, 'event', frozenset())
