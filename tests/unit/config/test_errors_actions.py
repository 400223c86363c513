# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken action of an event says.

The rules are in `tests/support/problems.py`.
"""

import pytest

from tests.support.problems import said

ACTIONS = [
    ('', ['4:9: namespaces."/".events.x: no action: write an action, or a list of them']),
    (
        '5',
        [
            '4:10: namespaces."/".events.x: a number, where an action is needed: write an action, or a list of them'
        ],
    ),
    (
        '{}',
        [
            '4:10: namespaces."/".events.x: an action without a verb: add one of emit, send, join, leave, close_room, ack, call, http, set, reject, disconnect'
        ],
    ),
    (
        '{if: "${true}"}',
        [
            '4:10: namespaces."/".events.x: an action without a verb: add one of emit, send, join, leave, close_room, ack, call, http, set, reject, disconnect'
        ],
    ),
    ('{join: []}', ['4:17: namespaces."/".events.x.join: an empty list: name at least one']),
    (
        '{join: [a, {b: c}, true]}',
        [
            '4:21: namespaces."/".events.x.join[1]: a mapping, where a name is needed: write text',
            '4:29: namespaces."/".events.x.join[2]: true or false, where a name is needed: put it in quotes',
        ],
    ),
    (
        '{join: {room: a, sid: b}}',
        [
            '4:17: namespaces."/".events.x.join: another client cannot be moved from here: remove sid'
        ],
    ),
    (
        '{leave: {rom: a}}',
        ['4:19: namespaces."/".events.x.leave.rom: unknown key rom: did you mean room?'],
    ),
    ('{close_room: ""}', ['4:23: namespaces."/".events.x.close_room: an empty name: write one']),
    (
        '{ack: [1, {a: "${dta.x}", b: "${claims.z}"}, "${1 +}"]}',
        [
            '4:24: namespaces."/".events.x.ack[1].a: unknown name dta: did you mean data?',
            '4:39: namespaces."/".events.x.ack[1].b: claims needs auth.jwt, or http in connect',
            '4:55: namespaces."/".events.x.ack[2]: not a valid expression: something is missing behind +: see the syntax of CEL',
        ],
    ),
    (
        '{ack: {"${a}": 1}}',
        [
            '4:17: namespaces."/".events.x.ack."${a}": ${…} in a key: expressions work in values only'
        ],
    ),
    ('{ack: "${reason}"}', ['4:16: namespaces."/".events.x.ack: reason exists in disconnect only']),
    ('{ack: "${error}"}', ['4:16: namespaces."/".events.x.ack: error exists in error only']),
    (
        '{ack: "${env.NOPE}"}',
        ['4:16: namespaces."/".events.x.ack: env.NOPE is not set: set it before the start'],
    ),
    ('{reject: ""}', ['4:19: namespaces."/".events.x.reject: an empty name: write one']),
    (
        '{reject: [a]}',
        ['4:19: namespaces."/".events.x.reject: a list, where a name is needed: write text'],
    ),
    (
        '{disconnect: false}',
        [
            '4:23: namespaces."/".events.x.disconnect: true or false, where true is needed: write true or {reason: TEXT}'
        ],
    ),
    (
        '{disconnect: {rson: a}}',
        ['4:24: namespaces."/".events.x.disconnect.rson: unknown key rson: did you mean reason?'],
    ),
    (
        '{if: true, ack: 1}',
        ['4:15: namespaces."/".events.x.if: a guard is one expression: write it as "${…}"'],
    ),
    (
        '{if: "a ${true}", ack: 1}',
        ['4:15: namespaces."/".events.x.if: a guard is one expression: write it as "${…}"'],
    ),
    ('{ack: ${args}}', ['4:17: an unquoted ${…} inside { } or [ ]: put it in quotes: "${…}"']),
    ('[${args}]', ['4:12: an unquoted ${…} inside { } or [ ]: put it in quotes: "${…}"']),
    (
        '{ack: "${args"}',
        [
            '4:16: namespaces."/".events.x.ack: ${ is not closed: add the }, or write $${ for the characters themselves'
        ],
    ),
    (
        '{call: 5}',
        [
            '4:17: namespaces."/".events.x.call: a number, where a module and a name in it are needed: write "MODULE:NAME"'
        ],
    ),
    (
        '{call: reports}',
        ['4:17: namespaces."/".events.x.call: not a module and a name in it: write "MODULE:NAME"'],
    ),
    (
        '{call: "reports:"}',
        ['4:17: namespaces."/".events.x.call: not a module and a name in it: write "MODULE:NAME"'],
    ),
    (
        '{call: "a b:c"}',
        ['4:17: namespaces."/".events.x.call: not a module and a name in it: write "MODULE:NAME"'],
    ),
    (
        '{call: "a.class:d"}',
        ['4:17: namespaces."/".events.x.call: not a module and a name in it: write "MODULE:NAME"'],
    ),
    (
        '{call: "./reports.py:build"}',
        ['4:17: namespaces."/".events.x.call: not a module and a name in it: write "MODULE:NAME"'],
    ),
    (
        '{call: {function: "a:b"}}',
        [
            '4:17: namespaces."/".events.x.call: a mapping, where a module and a name in it are needed: write "MODULE:NAME"'
        ],
    ),
    (
        '{set: }',
        ['4:15: namespaces."/".events.x.set: empty, where keys are needed: write {KEY: VALUE}'],
    ),
    (
        '{set: {}}',
        [
            '4:16: namespaces."/".events.x.set: an empty mapping, where keys are needed: write {KEY: VALUE}'
        ],
    ),
    (
        '{set: [a]}',
        ['4:16: namespaces."/".events.x.set: a list, where keys are needed: write {KEY: VALUE}'],
    ),
    (
        '{set: {a: "${dta.x}", "${b}": 1}}',
        [
            '4:20: namespaces."/".events.x.set.a: unknown name dta: did you mean data?',
            '4:32: namespaces."/".events.x.set."${b}": ${…} in a key: expressions work in values only',
        ],
    ),
    (
        '{do: [], sequential: 1, timeout: 1s, doo: 1}',
        [
            '4:31: namespaces."/".events.x.sequential: a number, where true or false is needed: write true or false',
            '4:47: namespaces."/".events.x.doo: unknown key doo: did you mean do?',
        ],
    ),
    (
        '{do: [], sequential: "${env.NOPE}", timeout: "${env.NOPE}"}',
        [
            '4:31: namespaces."/".events.x.sequential: env.NOPE is not set: set it before the start',
            '4:55: namespaces."/".events.x.timeout: env.NOPE is not set: set it before the start',
        ],
    ),
    (
        '{do: {ack: 1}, timeout: 5}',
        [
            '4:34: namespaces."/".events.x.timeout: a duration without a unit: write it like 25s, 300ms, 2m or 1h'
        ],
    ),
    (
        '{do: [], emit: {}, if: "${true}"}',
        [
            '4:19: namespaces."/".events.x.emit: emit stands beside do: move it into do',
            '4:29: namespaces."/".events.x.if: if stands beside do: move it into do',
        ],
    ),
    (
        '{sequentail: true, do: []}',
        [
            '4:11: namespaces."/".events.x.sequentail: unknown key sequentail: did you mean sequential?'
        ],
    ),
    (
        '{do: [{emit: {to: x}}], tmeout: 5}',
        [
            '4:28: namespaces."/".events.x.do[0].emit.to: an unknown recipient: write sender, all, "room:NAME", "sid:SID", {room: NAME}, {sid: SID} or a list of them',
            '4:34: namespaces."/".events.x.tmeout: unknown key tmeout: did you mean timeout?',
            '4:42: namespaces."/".events.x.tmeout: a duration without a unit: write it like 25s, 300ms, 2m or 1h',
        ],
    ),
    (
        '{do: [], foo: 1}',
        ['4:19: namespaces."/".events.x.foo: unknown key foo: known here: do, sequential, timeout'],
    ),
    ('{do: }', ['4:14: namespaces."/".events.x.do: no action: write an action, or a list of them']),
    (
        '{join: 012}',
        ['4:17: namespaces."/".events.x.join: a number, where a name is needed: put it in quotes'],
    ),
    (
        '{join: [1e3, true, 0x1F, 5, 1.5, null, [a]]}',
        [
            '4:18: namespaces."/".events.x.join[0]: a number, where a name is needed: put it in quotes',
            '4:23: namespaces."/".events.x.join[1]: true or false, where a name is needed: put it in quotes',
            '4:29: namespaces."/".events.x.join[2]: a number, where a name is needed: put it in quotes',
            '4:38: namespaces."/".events.x.join[4]: a number, where a name is needed: put it in quotes',
            '4:43: namespaces."/".events.x.join[5]: empty, where a name is needed: write text',
            '4:49: namespaces."/".events.x.join[6]: a list, where a name is needed: write text',
        ],
    ),
    (
        '{reject: +5}',
        [
            '4:19: namespaces."/".events.x.reject: a number, where a name is needed: put it in quotes'
        ],
    ),
    (
        '{disconnect: {reason: 1e3}}',
        [
            '4:32: namespaces."/".events.x.disconnect.reason: a number, where a name is needed: put it in quotes'
        ],
    ),
    (
        '{jion: 012}',
        [
            '4:11: namespaces."/".events.x.jion: unknown verb jion: did you mean join?',
            '4:17: namespaces."/".events.x.jion: a number, where a name is needed: put it in quotes',
        ],
    ),
    (
        '{iff: 5, ack: 1}',
        [
            '4:11: namespaces."/".events.x.iff: unknown verb iff: did you mean if?',
            '4:16: namespaces."/".events.x.iff: a guard is one expression: write it as "${…}"',
        ],
    ),
    (
        '{foo: 1}',
        [
            '4:11: namespaces."/".events.x.foo: unknown verb foo: known here: ack, call, close_room, disconnect, emit, http, if, join, leave, reject, send, set'
        ],
    ),
    (
        '{disconnect: no}',
        [
            '4:23: namespaces."/".events.x.disconnect: text, where true is needed: write true or {reason: TEXT}'
        ],
    ),
    (
        '{disconnect: {reason: ""}}',
        ['4:32: namespaces."/".events.x.disconnect.reason: an empty name: write one'],
    ),
    (
        '{ack: "$${x} ${"}',
        [
            '4:16: namespaces."/".events.x.ack: ${ is not closed: add the }, or write $${ for the characters themselves'
        ],
    ),
    (
        '{if: "${x}", ack: 1}',
        [
            '4:15: namespaces."/".events.x.if: unknown name x: known here: args, auth, credential, data, env, event, headers, id, ip, nsp, query, rooms, session, sid, time; text is quoted: \'x\''
        ],
    ),
    (
        '{ack: {a: {b: ["${1 +}"]}}}',
        [
            '4:25: namespaces."/".events.x.ack.a.b[0]: not a valid expression: something is missing behind +: see the syntax of CEL'
        ],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), ACTIONS)
def test_an_action(text, expected):
    assert said(f'namespaces:\n  /:\n    events:\n      x: {text}') == expected
