# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken expression says.

The rules are in `tests/support/problems.py`.
"""

import json

import pytest

from tests.support.problems import said

EXPRESSIONS = [
    (
        'data.x = 1',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: = cannot stand behind data.x: write =='
        ],
    ),
    (
        "'a' in rooms )",
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: ) cannot stand behind \'a\' in rooms: see the syntax of CEL'
        ],
    ),
    (
        'data in',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: something is missing behind in: see the syntax of CEL'
        ],
    ),
    (
        'data.x == data.list[0]. ',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: . cannot stand behind data.list[0]: see the syntax of CEL'
        ],
    ),
    ('dta.x', ['4:16: namespaces."/".events.x.ack: unknown name dta: did you mean data?']),
    ('namespace', ['4:16: namespaces."/".events.x.ack: unknown name namespace: use nsp']),
    (
        'claims.sub',
        ['4:16: namespaces."/".events.x.ack: claims needs auth.jwt, or http in connect'],
    ),
    ('reason', ['4:16: namespaces."/".events.x.ack: reason exists in disconnect only']),
    ('error.code', ['4:16: namespaces."/".events.x.ack: error exists in error only']),
    ('data and 1', ['4:16: namespaces."/".events.x.ack: unknown name and: use &&']),
    ('True', ['4:16: namespaces."/".events.x.ack: unknown name True: use true']),
    (
        'x == 1',
        [
            '4:16: namespaces."/".events.x.ack: unknown name x: known here: args, auth, credential, data, env, event, headers, id, ip, nsp, query, rooms, session, sid, time; text is quoted: \'x\''
        ],
    ),
    (
        'contain(data.x)',
        ['4:16: namespaces."/".events.x.ack: unknown function contain: did you mean contains?'],
    ),
    (
        "data.x.startWith('a')",
        ['4:16: namespaces."/".events.x.ack: unknown function startWith: did you mean startsWith?'],
    ),
    (
        'env.NOPE',
        ['4:16: namespaces."/".events.x.ack: env.NOPE is not set: set it before the start'],
    ),
    (
        'data.x == env.NOPE',
        ['4:16: namespaces."/".events.x.ack: env.NOPE is not set: set it before the start'],
    ),
    (
        'in_room(env.NOPE + data.x)',
        ['4:16: namespaces."/".events.x.ack: env.NOPE is not set: set it before the start'],
    ),
    (
        'credential.KEY',
        [
            (
                '4:16: namespaces."/".events.x.ack: credential.KEY is not set: the unit hands it over '
                'with LoadCredential=; in a shell, CREDENTIALS_DIRECTORY names the folder of its file'
            )
        ],
    ),
    ('env', ['4:16: namespaces."/".events.x.ack: env is not a variable: write env.NAME']),
    ('env.A.B', ['4:16: namespaces."/".events.x.ack: env.A.B is not a variable: write env.NAME']),
    (
        'data.list.map(data, 1)',
        ['4:16: namespaces."/".events.x.ack: data is taken: name the variable of map otherwise'],
    ),
    ('has(1)', ['4:16: namespaces."/".events.x.ack: has(…) takes a path: such as has(data.room)']),
    (
        'data.x.matches(data.y)',
        [
            '4:16: namespaces."/".events.x.ack: matches(…) takes a pattern in quotes: such as matches(\'^[a-z]+$\')'
        ],
    ),
    (
        "data.x.matches('(')",
        [
            '4:16: namespaces."/".events.x.ack: not a valid pattern in matches(…): see the syntax of RE2'
        ],
    ),
    (
        '1 +',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: something is missing behind +: see the syntax of CEL'
        ],
    ),
    (
        '1 + )',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: ) cannot stand behind +: see the syntax of CEL'
        ],
    ),
    (
        '&& data',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: && cannot stand at its beginning: see the syntax of CEL'
        ],
    ),
    (
        'data = 1',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: = cannot stand behind data: write =='
        ],
    ),
    (
        'data & 1',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: & cannot stand behind data: write &&'
        ],
    ),
    (
        '[1, 2',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: a ] is missing at its end: see the syntax of CEL'
        ],
    ),
    (
        'data + (1 + 2',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: a ) is missing at its end: see the syntax of CEL'
        ],
    ),
    (
        '1 2',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: 2 cannot stand behind 1: see the syntax of CEL'
        ],
    ),
    (
        "data.x == 'a' data",
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: data cannot stand behind \'a\': see the syntax of CEL'
        ],
    ),
    (
        'data.exists(x.y, true)',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: a loop begins with the name of its variable: such as rooms.exists(r, …)'
        ],
    ),
    (
        'data.map(if, 1)',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: if is a word that CEL reserves: use another name'
        ],
    ),
    (
        '99999999999999999999',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: 99999999999999999999 is beyond 64 bits: write a smaller number'
        ],
    ),
    (
        '[?data]',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: ? means nothing here: see the syntax of CEL'
        ],
    ),
    (
        "'\\q'",
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: \'\\q\' cannot stand at its beginning: see the syntax of CEL'
        ],
    ),
    (
        '((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))',
        ['4:16: namespaces."/".events.x.ack: not a valid expression: nested too deep: split it up'],
    ),
    ('1 / 0', ['4:16: namespaces."/".events.x.ack: an expression has no result']),
    (
        '[1].map(a, [1].map(b, [1].map(c, [1].map(d, d))))',
        ['4:16: namespaces."/".events.x.ack: more than three loops inside each other: do without'],
    ),
    (
        "data.in_room('x')",
        [
            '4:16: namespaces."/".events.x.ack: in_room(…) stands by itself: remove the . before in_room'
        ],
    ),
    (
        "data.members('x')",
        [
            '4:16: namespaces."/".events.x.ack: members(…) stands by itself: remove the . before members'
        ],
    ),
    ('data // x', ['4:16: namespaces."/".events.x.ack: a comment inside ${…}: remove the //']),
    (
        "data + 'x",
        [
            '4:16: namespaces."/".events.x.ack: a quote inside ${…} is not closed: close it before the }'
        ],
    ),
    (
        '',
        [
            '4:16: namespaces."/".events.x.ack: ${} holds no expression: write one, such as ${data.room}'
        ],
    ),
    (
        '1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1',
        [
            '4:16: namespaces."/".events.x.ack: an expression longer than 2,000 characters: split it up'
        ],
    ),
    (
        'env.SECRET + 1',
        ['4:16: namespaces."/".events.x.ack: values of the wrong type in an expression'],
    ),
    (
        'true ? 1 : env.SECRET.x',
        ['4:16: namespaces."/".events.x.ack: env.SECRET.x is not a variable: write env.NAME'],
    ),
    ("'a' in 5", ['4:16: namespaces."/".events.x.ack: values of the wrong type in an expression']),
    (
        'data ? 1',
        [
            '4:16: namespaces."/".events.x.ack: not a valid expression: something is missing behind 1: see the syntax of CEL'
        ],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), EXPRESSIONS)
def test_an_expression(text, expected):
    assert (
        said(f'namespaces:\n  /:\n    events:\n      x: {{ack: {json.dumps("${" + text + "}")}}}')
        == expected
    )
