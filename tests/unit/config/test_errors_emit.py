# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken `emit` or `send` says.

The rules are in `tests/support/problems.py`.
"""

import pytest

from tests.support.problems import said

EMITS = [
    (
        '{emit: {}, ack: 1}',
        [
            '4:21: namespaces."/".events.x.ack: two verbs in one action: emit and ack: make it a list of actions'
        ],
    ),
    (
        '{emitt: {}}',
        ['4:11: namespaces."/".events.x.emitt: unknown verb emitt: did you mean emit?'],
    ),
    (
        '{emit: hello}',
        [
            '4:17: namespaces."/".events.x.emit: text, where a mapping is needed: write {event: NAME, to: all}'
        ],
    ),
    (
        '{emit: {foo: 1}}',
        [
            '4:18: namespaces."/".events.x.emit.foo: unknown key foo: known here: args, data, event, except, namespace, to, volatile'
        ],
    ),
    (
        '{emit: {to: "${data.to}"}}',
        [
            '4:22: namespaces."/".events.x.emit.to: the kind of recipient is fixed when the file is loaded: write "room:${…}" or {room: "${…}"}'
        ],
    ),
    (
        '{emit: {to: "rooms:x"}}',
        [
            '4:22: namespaces."/".events.x.emit.to: an unknown recipient: did you mean room:x? Else write sender, all, "room:NAME", "sid:SID", {room: NAME}, {sid: SID} or a list of them'
        ],
    ),
    (
        '{emit: {to: {room: a, sid: b}}}',
        [
            '4:22: namespaces."/".events.x.emit.to: neither {room: NAME} nor {sid: SID}: write sender, all, "room:NAME", "sid:SID", {room: NAME}, {sid: SID} or a list of them'
        ],
    ),
    (
        '{emit: {to: []}}',
        [
            '4:22: namespaces."/".events.x.emit.to: an empty list: write sender, all, "room:NAME", "sid:SID", {room: NAME}, {sid: SID} or a list of them'
        ],
    ),
    (
        '{emit: {to: [all, 5]}}',
        [
            '4:28: namespaces."/".events.x.emit.to[1]: a number, where a recipient is needed: write sender, all, "room:NAME", "sid:SID", {room: NAME}, {sid: SID} or a list of them'
        ],
    ),
    ('{emit: {to: "room:"}}', ['4:22: namespaces."/".events.x.emit.to: an empty name: write one']),
    (
        '{emit: {data: 1, args: [1]}}',
        ['4:17: namespaces."/".events.x.emit: both data and args: data: X is short for args: [X]'],
    ),
    (
        '{emit: {args: 5}}',
        [
            '4:24: namespaces."/".events.x.emit.args: a number, where a list is needed: write a list, or data: for one argument'
        ],
    ),
    (
        '{emit: {event: connect}}',
        [
            '4:25: namespaces."/".events.x.emit.event: a reserved event name: give the event another name'
        ],
    ),
    ('{emit: {event: ""}}', ['4:25: namespaces."/".events.x.emit.event: an empty name: write one']),
    (
        '{emit: {except: all}}',
        ['4:17: namespaces."/".events.x.emit: except: all leaves nobody: name rooms, or sender'],
    ),
    (
        '{emit: {volatile: yes}}',
        ['4:28: namespaces."/".events.x.emit.volatile: true or false is needed'],
    ),
    (
        '{emit: {namespace: /b}}',
        ['4:29: namespaces."/".events.x.emit.namespace: an unknown namespace: did you mean /?'],
    ),
    (
        '{emit: {namespace: "${nsp}"}}',
        [
            '4:29: namespaces."/".events.x.emit.namespace: a namespace is fixed when the file is loaded: write its name'
        ],
    ),
    (
        '{send: {event: a}}',
        ['4:17: namespaces."/".events.x.send: send has no event: it is always message: use emit'],
    ),
    (
        '{send: hi}',
        [
            '4:17: namespaces."/".events.x.send: text, where a mapping is needed: write {to: all, data: TEXT}'
        ],
    ),
    (
        '{emit: {}, timeout: 5s}',
        [
            '4:10: namespaces."/".events.x: do is missing: write {do: [ACTION, …], timeout: 30s}',
            '4:11: namespaces."/".events.x.emit: emit stands beside do: move it into do',
        ],
    ),
    (
        '{emit: {event: 012, to: {room: [012, on]}}}',
        [
            '4:25: namespaces."/".events.x.emit.event: a number, where a name is needed: put it in quotes',
            '4:42: namespaces."/".events.x.emit.to.room[0]: a number, where a name is needed: put it in quotes',
        ],
    ),
    (
        '{emitt: {too: all}}',
        [
            '4:11: namespaces."/".events.x.emitt: unknown verb emitt: did you mean emit?',
            '4:19: namespaces."/".events.x.emitt.too: unknown key too: did you mean to?',
        ],
    ),
    (
        '{emit: {too: x, evnt: 012}}',
        [
            '4:18: namespaces."/".events.x.emit.too: unknown key too: did you mean to?',
            '4:23: namespaces."/".events.x.emit.too: an unknown recipient: write sender, all, "room:NAME", "sid:SID", {room: NAME}, {sid: SID} or a list of them',
            '4:26: namespaces."/".events.x.emit.evnt: unknown key evnt: did you mean event?',
            '4:32: namespaces."/".events.x.emit.evnt: a number, where a name is needed: put it in quotes',
        ],
    ),
    (
        '{emit: {args: "${data.x} y"}}',
        [
            '4:24: namespaces."/".events.x.emit.args: text, where a list is needed: write a list, or data: for one argument'
        ],
    ),
    (
        '{emit: {args: "${env.SECRET}"}}',
        [
            '4:24: namespaces."/".events.x.emit.args: text, where a list is needed: write a list, or data: for one argument'
        ],
    ),
    (
        '{emit: {volatile: "${env.SECRET}"}}',
        ['4:28: namespaces."/".events.x.emit.volatile: true or false is needed'],
    ),
    (
        '{emit: {volatile: "${data.x}"}}',
        ['4:28: namespaces."/".events.x.emit.volatile: true or false is needed'],
    ),
    (
        '{emit: {to: "${env.SECRET}"}}',
        [
            '4:22: namespaces."/".events.x.emit.to: an unknown recipient: write sender, all, "room:NAME", "sid:SID", {room: NAME}, {sid: SID} or a list of them'
        ],
    ),
    (
        '{emit: {to: {room: ""}}}',
        ['4:29: namespaces."/".events.x.emit.to.room: an empty name: write one'],
    ),
    (
        '{emit: {to: {sid: [a, ""]}}}',
        ['4:32: namespaces."/".events.x.emit.to.sid[1]: an empty name: write one'],
    ),
    (
        '{emit: {except: [sender, all]}}',
        ['4:17: namespaces."/".events.x.emit: except: all leaves nobody: name rooms, or sender'],
    ),
    (
        '{send: {to: x}}',
        [
            '4:22: namespaces."/".events.x.send.to: an unknown recipient: write sender, all, "room:NAME", "sid:SID", {room: NAME}, {sid: SID} or a list of them'
        ],
    ),
    (
        '{emit: {to: "room:${env.EMPTY}"}}',
        ['4:22: namespaces."/".events.x.emit.to: an empty name: write one'],
    ),
    (
        '{emit: {except: {room: []}}}',
        ['4:33: namespaces."/".events.x.emit.except.room: an empty list: name at least one'],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), EMITS)
def test_emit(text, expected):
    assert said(f'namespaces:\n  /:\n    events:\n      x: {text}') == expected
