# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken reply of a backend says, and a broken body of the API."""

import pytest

from gateway.config.fields import MAX_NAMES
from gateway.config.replies import MAX_ACTIONS
from tests.support.replies import mistakes, replied, told


def test_every_mistake_of_a_reply_is_found():
    raw = {
        'ak': 1,
        'set': [],
        'do': [
            {'join': ''},
            5,
            {'emit': {'too': 'all', 'to': 'nobody', 'args': 1}},
            {'jion': 'a'},
            {'leave': ['a', None, {'b': 1}]},
        ],
    }
    assert mistakes(replied, raw) == [
        '/ak: unknown key ak: did you mean ack?',
        '/set: a list, where keys are needed: write {KEY: VALUE}',
        '/do/0/join: an empty name: write one',
        '/do/1: a number, where an action is needed: write {"emit": {…}}',
        '/do/2/emit/args: a number, where a list is needed: write a list, or data: for one argument',
        (
            '/do/2/emit/to: an unknown recipient: write sender, all, "room:NAME", "sid:SID", '
            '{room: NAME}, {sid: SID} or a list of them'
        ),
        '/do/2/emit/too: unknown key too: did you mean to?',
        '/do/3/jion: unknown verb jion: did you mean join?',
        '/do/4/leave/1: empty, where a name is needed: write text',
        '/do/4/leave/2: a mapping, where a name is needed: write text',
    ]


WHOLE = 'write {"ack": …, "do": […]} or {"reject": CODE}'
REPLIES = [
    ('event', None, [f'/: empty, where a reply is needed: {WHOLE}']),
    ('event', [], [f'/: a list, where a reply is needed: {WHOLE}']),
    ('event', 'ok', [f'/: text, where a reply is needed: {WHOLE}']),
    ('event', b'', [f'/: bytes, where a reply is needed: {WHOLE}']),
    ('event', {'': 1}, ['/: unknown key "": known here: ack, do, reject, set']),
    ('event', {'emit': {'to': 'all'}}, ['/emit: emit stands in do: write {"do": {"emit": …}}']),
    (
        'event',
        {'claims': {'a': 1}},
        ['/claims: claims has no meaning in a reply of event: known here: ack, do, reject, set'],
    ),
    (
        'connect',
        {'ack': 1},
        ['/ack: ack has no meaning in a reply of connect: known here: claims, do, reject, set'],
    ),
    ('disconnect', {'set': {}}, ['/set: set has no meaning in a reply of disconnect: known here: do']),
    (
        'error',
        {'reject': 'a'},
        ['/reject: reject has no meaning in a reply of error: known here: do, set'],
    ),
    ('event', {'reject': 'a', 'ack': 1}, ['/reject: reject stands alone: remove what is beside it']),
    (
        'event',
        {'do': {'join': [2**53 + 1, 7.5]}},
        [
            '/do/join/0: a number beyond 2**53: put it in quotes',
            '/do/join/1: a number, where a name is needed: put it in quotes',
        ],
    ),
    ('event', {'reject': ''}, ['/reject: an empty name: write one']),
    ('event', {'reject': ['a']}, ['/reject: a list, where a name is needed: write text']),
    ('connect', {'claims': 'x'}, ['/claims: text, where keys are needed: write {KEY: VALUE}']),
    ('event', {'do': {}}, ['/do: an action without a verb: write {"emit": {…}}']),
    (
        'event',
        {'do': {'event': 'a', 'to': 'all', 'data': 1}},
        ['/do: an action without a verb: write {"emit": {…}}'],
    ),
    (
        'event',
        {'do': {'emit': {'event': 'a', 'to': 'user:42'}}},
        [
            ('/do/emit/to: an unknown recipient: did you mean room:user:42? Else write sender, all, '
            '"room:NAME", "sid:SID", {room: NAME}, {sid: SID} or a list of them')
        ],
    ),
    (
        'event',
        {'do': {'join': 'a', 'leave': 'b'}},
        ['/do: two verbs in one action: join and leave: make it a list of actions'],
    ),
    ('event', {'do': {'if': True, 'join': 'a'}}, ['/do/if: a guard stands in routes only: remove it']),
    (
        'event',
        {'do': {'call': 'os:abort'}},
        [
            ('/do/call: call has no meaning in a reply of event: known here: '
            'ack, close_room, disconnect, emit, join, leave, reject, send, set')
        ],
    ),
    (
        'disconnect',
        {'do': {'http': 'http://a/'}},
        [
            ('/do/http: http has no meaning in a reply of disconnect: known here: '
            'close_room, disconnect, emit, join, leave, send')
        ],
    ),
    (
        'event',
        {'do': {'join': {'room': 'a', 'sid': 'b', 'members': 'c'}}},
        ['/do/join: both sid and members: name one of them'],
    ),
    (
        'event',
        {'do': {'join': {'room': 'a', 'namespace': '/admin'}}},
        ['/do/join: namespace without sid or members: remove it, or say whose'],
    ),
    (
        'event',
        {'do': {'leave': {'room': 'a', 'sid': 'b', 'namespace': '/admn'}}},
        ['/do/leave/namespace: an unknown namespace: did you mean /admin?'],
    ),
    (
        'event',
        {'do': {'leave': {'room': 'a', 'sid': 'b', 'namespace': 5}}},
        ['/do/leave/namespace: a number, where a namespace is needed: write its name'],
    ),
    (
        'event',
        {'do': {'emit': {'namespace': '/org-*', 'to': 'all'}}},
        ['/do/emit/namespace: a pattern is not a namespace: write the name of one'],
    ),
    (
        'connect',
        {'do': {'disconnect': True}},
        ['/do/disconnect: the client is not in here: add sid: SID, or members: ROOM'],
    ),
    (
        'disconnect',
        {'do': {'join': 'a'}},
        ['/do/join: the client is not in here: add sid: SID, or members: ROOM'],
    ),
    (
        'disconnect',
        {'do': {'emit': {'event': 'a'}}},
        ['/do/emit: the sender is gone in disconnect: add to: all or to: "room:NAME"'],
    ),
    (
        'connect',
        {'do': {'emit': {'to': 'all'}}},
        ['/do/emit: no event to repeat in connect: add event: NAME'],
    ),
    ('event', {'do': {'disconnect': False}}, ['/do/disconnect: true or false, where true is needed: write true or {reason: TEXT}']),
    ('event', {'do': {'emit': {'event': 'connect'}}}, ['/do/emit/event: a reserved event name: give the event another name']),
    ('event', {'do': {'emit': {'volatile': '${env.X}'}}}, ['/do/emit/volatile: true or false is needed: ']),
]  # fmt: skip


@pytest.mark.parametrize(('kind', 'raw', 'expected'), REPLIES)
def test_a_reply(kind, raw, expected):
    assert mistakes(replied, raw, kind) == expected


NOBODY = 'nobody is named: add sid: SID, or members: ROOM'
TOLD = [
    (5, ['/: a number, where an action is needed: write {"emit": {…}}']),
    ({'join': 'a'}, [f'/join: {NOBODY}']),
    ({'leave': {'room': 'a', 'namespace': '/'}}, [f'/leave: {NOBODY}']),
    ({'disconnect': {}}, [f'/disconnect: {NOBODY}']),
    ({'disconnect': True}, [f'/disconnect: {NOBODY}']),
    ({'disconnect': 'S'}, ['/disconnect: text, where a mapping is needed: write {sid: SID}']),
    ({'join': {'sid': 'a'}}, ['/join/room: room is missing: add it']),
    (
        {'set': {'a': 1}},
        [
            (
                '/set: set has no meaning in the API: '
                'known here: close_room, disconnect, emit, join, leave, send'
            )
        ],
    ),
    ({'emit': {'to': 'all'}}, ['/emit: no event to repeat here: add event: NAME']),
    (
        {'emit': {'event': 'a', 'to': ['all', 'sender']}},
        ['/emit: there is no sender here: write to: all, "room:NAME" or "sid:SID"'],
    ),
    (
        {'send': {'data': 'a'}},
        ['/send: to is missing: write to: all, "room:NAME" or "sid:SID"'],
    ),
    (
        {'emit': {'event': 'a', 'to': 'all', 'except': 'sender'}},
        ['/emit: there is no sender here: write to: all, "room:NAME" or "sid:SID"'],
    ),
    ({'send': {'event': 'a'}}, ['/send: send has no event: it is always message: use emit']),
    ({'close_room': None}, ['/close_room: empty, where a name is needed: write text']),
    (
        [{'kick': 'a'}, {'emit': {'event': 'a', 'to': 'all'}}, {'emit': [1]}, {'sned': {}}],
        [
            '/0/kick: unknown verb kick: use disconnect',
            '/2/emit: a list, where a mapping is needed: write {event: NAME, to: all}',
            '/3/sned: unknown verb sned: did you mean send?',
        ],
    ),
]


@pytest.mark.parametrize(('raw', 'expected'), TOLD)
def test_a_body_of_the_api(raw, expected):
    assert mistakes(told, raw) == expected


def test_a_reply_has_so_many_actions():
    most = [{'reject': 'a'}] * MAX_ACTIONS
    assert len(replied({'do': most})) == MAX_ACTIONS
    assert mistakes(replied, {'do': [*most, {}]}) == [
        '/do: more than 1,000 actions: the API takes more'
    ]


def test_a_list_has_so_many_names():
    most = ['room:a'] * MAX_NAMES
    [emit] = replied({'do': {'emit': {'to': most}}})
    assert len(emit.to.rooms) == MAX_NAMES
    assert mistakes(replied, {'do': {'emit': {'to': [*most, 'all']}}}) == [
        '/do/emit/to: more than 10,000 recipients: write several actions'
    ]
    assert mistakes(replied, {'do': [{'join': [*most, 'a']}]}) == [
        '/do/0/join: more than 10,000 names: write several actions'
    ]


@pytest.mark.parametrize(
    'action',
    [
        {'emit': {'to': ['room:a'] * 60}},
        {'emit': {'to': {'room': ['a'] * 60}}},
        {'emit': {'to': [{'sid': ['a'] * 60}]}},
        {'emit': {'except': ['room:a'] * 60}},
        {'join': ['a'] * 60},
        {'leave': {'room': ['a'] * 60}},
        {'emit': {str(number): 1 for number in range(60)}},
    ],
)
def test_a_reply_has_so_many_names_in_all(action):
    assert mistakes(replied, {'do': [action] * 300}) == [
        '/do: more than 10,000 recipients, rooms and keys: the API takes more'
    ]


def test_a_backend_does_nothing_else():
    raw = {'do': [{'join': 'a'}, {'emit': {'to': 'all'}}], 'set': {'a': 1}, 'claims': {'b': 2}}
    assert mistakes(replied, raw | {'do': raw['do'][:1]}, 'connect', {'join'}) == [
        '/set: set is not allowed: add it to allow in the configuration',
        '/claims: claims is not allowed: add it to allow in the configuration',
    ]
    del raw['claims']
    assert mistakes(replied, raw, 'event', frozenset()) == [
        '/set: set is not allowed: add it to allow in the configuration',
        '/do/0/join: join is not allowed: add it to allow in the configuration',
        '/do/1/emit: emit is not allowed: add it to allow in the configuration',
    ]


def test_what_is_not_allowed_is_not_allowed_inside_do():
    assert mistakes(replied, {'do': {'set': {'a': 1}}}, 'event', {'join'}) == [
        '/do/set: set is not allowed: add it to allow in the configuration'
    ]
