# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken move of the event's own client, or of others, says.

The rules are in `tests/support/problems.py`.
"""

import pytest

from tests.support.problems import said

MOVES = [
    (
        '{join: {room: a, members: b, namespace: /}}',
        [
            '4:27: namespaces."/".events.x.join.members: members stands in backends\' replies and the API only: remove it',
            '4:39: namespaces."/".events.x.join.namespace: namespace stands in backends\' replies and the API only: remove it',
        ],
    ),
    (
        '{leave: {room: a, namespace: /}}',
        [
            '4:28: namespaces."/".events.x.leave.namespace: namespace stands in backends\' replies and the API only: remove it'
        ],
    ),
    (
        '{close_room: {room: a, namespace: /}}',
        [
            '4:33: namespaces."/".events.x.close_room.namespace: namespace stands in backends\' replies and the API only: remove it'
        ],
    ),
    (
        '{disconnect: {members: a, reason: b}}',
        [
            '4:23: namespaces."/".events.x.disconnect: disconnect is for the event\'s own client: others: disconnect(sid) in Python'
        ],
    ),
    (
        '{join: {room: a, foo: 1}}',
        ['4:27: namespaces."/".events.x.join.foo: unknown key foo: known here: room'],
    ),
    (
        '{disconnect: {foo: 1}}',
        ['4:24: namespaces."/".events.x.disconnect.foo: unknown key foo: known here: reason'],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), MOVES)
def test_a_move(text, expected):
    assert said(f'namespaces:\n  /:\n    events:\n      x: {text}') == expected
