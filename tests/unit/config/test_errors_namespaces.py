# ruff: noqa: E501 - the messages stand as they are printed
"""What broken namespaces and routes say.

The rules are in `tests/support/problems.py`.
"""

import pytest

from tests.support.problems import said

NAMESPACES = [
    ('{chat: }', ['1:14: namespaces.chat: a namespace begins with /: write /chat']),
    ('{"/a,b": }', ['1:14: namespaces."/a,b": a namespace holds no comma and no ?: rename it']),
    (
        '{/: {class: a, auth: b, evnts: {}}}',
        [
            '1:25: namespaces."/".class: not a module and a name in it: write "MODULE:NAME"',
            '1:34: namespaces."/".auth: text, where a mapping is needed: write {jwt: {key: "${env.NAME}", algorithms: [HS256]}}',
            '1:37: namespaces."/".evnts: unknown key evnts: did you mean events?',
        ],
    ),
    (
        '{/: 5}',
        [
            '1:17: namespaces."/": a number, where a mapping is needed: write connect, events, disconnect or error below it'
        ],
    ),
    (
        '{/: {events: [a]}}',
        [
            '1:26: namespaces."/".events: a list, where a mapping is needed: write NAME: ACTION below it'
        ],
    ),
    (
        '{/: {events: {connect: [], disconnecting: [], "": []}}}',
        [
            '1:27: namespaces."/".events.connect: connect is a reserved name, not an event: write connect beside events',
            '1:40: namespaces."/".events.disconnecting: disconnecting is a reserved name, not an event: rename it',
            '1:59: namespaces."/".events."": an event without a name: name it',
        ],
    ),
    (
        '{/: {connect: {ack: 1}, disconnect: {join: a}, error: {reject: a}}}',
        [
            '1:28: namespaces."/".connect.ack: ack has no meaning in connect: remove it',
            '1:50: namespaces."/".disconnect.join: join has no meaning in disconnect: remove it',
            '1:68: namespaces."/".error.reject: reject has no meaning in error: remove it',
        ],
    ),
    (
        '{/: {connect: {disconnect: true}}}',
        [
            '1:28: namespaces."/".connect.disconnect: disconnect has no meaning in connect: use reject'
        ],
    ),
    (
        '{/: {connect: {emit: {to: all}}}}',
        ['1:34: namespaces."/".connect.emit: no event to repeat in connect: add event: NAME'],
    ),
    (
        '{/: {connect: {join: "${data.room}"}}}',
        ['1:34: namespaces."/".connect.join: data exists in events only'],
    ),
    (
        '{/: {disconnect: {emit: {event: x}}}}',
        [
            '1:37: namespaces."/".disconnect.emit: the sender is gone in disconnect: add to: all or to: "room:NAME"'
        ],
    ),
    (
        '{/: {disconnect: {emit: {to: [all, sender], event: a}}}}',
        [
            '1:37: namespaces."/".disconnect.emit: the sender is gone in disconnect: add to: all or to: "room:NAME"'
        ],
    ),
    (
        '{/: {events: {a: {emit: {namespace: /b}}}}, /b: }',
        [
            '1:37: namespaces."/".events.a.emit: the sender has another sid in another namespace: write to: all or a room'
        ],
    ),
    (
        '{/: {events: {a: {emit: {namespace: /b, to: all, except: sender}}}}, /b: }',
        [
            '1:37: namespaces."/".events.a.emit: the sender has another sid in another namespace: write to: all or a room'
        ],
    ),
    (
        '{"/a-*": , "/*-b": }',
        [
            '1:24: namespaces."/*-b": some names match "/a-*" as closely: write more of the names in one of them'
        ],
    ),
    (
        '{"/a-*": , "/*-b": , "/**": , "/*": }',
        [
            '1:24: namespaces."/*-b": some names match "/a-*" as closely: write more of the names in one of them',
            '1:43: namespaces."/*": some names match "/**" as closely: write more of the names in one of them',
        ],
    ),
    ('{"*": }', ['1:14: namespaces."*": a namespace begins with /: write /*']),
    (
        '{/: {class: "a:b.c-d"}}',
        ['1:25: namespaces."/".class: not a module and a name in it: write "MODULE:NAME"'],
    ),
    (
        '{/: {class: 5, clas: 6}}',
        [
            '1:25: namespaces."/".class: a number, where a module and a name in it are needed: write "MODULE:NAME"',
            '1:28: namespaces."/".clas: unknown key clas: did you mean class?',
        ],
    ),
    (
        '{/: {evnts: {x: {emitt: {too: all}}}}}',
        [
            '1:18: namespaces."/".evnts: unknown key evnts: did you mean events?',
            '1:30: namespaces."/".evnts.x.emitt: unknown verb emitt: did you mean emit?',
            '1:38: namespaces."/".evnts.x.emitt.too: unknown key too: did you mean to?',
        ],
    ),
    (
        '{/: {connect: {do: [{join: a}], sequential: true}, disconnect: {do: [], timeout: 0s}, error: {do: [], timeout: 2h}}}',
        [
            '1:45: namespaces."/".connect.sequential: sequential has no meaning in connect: remove it',
            '1:94: namespaces."/".disconnect.timeout: out of range: write 1ms to 1h',
            '1:124: namespaces."/".error.timeout: out of range: write 1ms to 1h',
        ],
    ),
    (
        '{/: {connect: {set: {}}, disconnect: {set: {a: 1}}, error: {call: x}}}',
        [
            '1:33: namespaces."/".connect.set: an empty mapping, where keys are needed: write {KEY: VALUE}',
            '1:51: namespaces."/".disconnect.set: set has no meaning in disconnect: remove it',
            '1:79: namespaces."/".error.call: not a module and a name in it: write "MODULE:NAME"',
        ],
    ),
    (
        '{/: {events: {a: {emit: {namespace: "/org-*", to: all}}}}, "/org-*": }',
        [
            '1:49: namespaces."/".events.a.emit.namespace: a pattern is not a namespace: write the name of one'
        ],
    ),
    (
        '{/: {events: {a: {emit: {namespace: "/orgs", to: all}}}}, "/org-*": }',
        ['1:49: namespaces."/".events.a.emit.namespace: an unknown namespace: known here: /'],
    ),
    (
        '{"/org-*": {events: {a: {emit: {namespace: "/org-*", to: all}}}}}',
        [
            '1:56: namespaces."/org-*".events.a.emit.namespace: a pattern is not a namespace: write the name of one'
        ],
    ),
    (
        '{/: {events: {404: {ack: "${x}"}, 1e3: , true: , null: , on: , 2026-11-22: , 012: }}}',
        [
            '1:38: namespaces."/".events.404.ack: unknown name x: known here: args, auth, credential, data, env, event, headers, id, ip, nsp, query, rooms, session, sid, time; text is quoted: \'x\'',
            '1:51: namespaces."/".events.1e3: no action: write an action, or a list of them',
            '1:59: namespaces."/".events.true: no action: write an action, or a list of them',
            '1:67: namespaces."/".events.null: no action: write an action, or a list of them',
            '1:73: namespaces."/".events.on: no action: write an action, or a list of them',
            '1:87: namespaces."/".events.2026-11-22: no action: write an action, or a list of them',
            '1:94: namespaces."/".events.012: no action: write an action, or a list of them',
        ],
    ),
    (
        '{/: {auth: }}',
        [
            '1:23: namespaces."/".auth: empty, where a mapping is needed: write {jwt: {key: "${env.NAME}", algorithms: [HS256]}}'
        ],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), NAMESPACES)
def test_namespaces(text, expected):
    assert said(f'namespaces: {text}') == expected
