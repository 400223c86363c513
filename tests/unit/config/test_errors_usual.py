# ruff: noqa: E501 - the messages stand as they are printed
"""What is said of the mistakes that newcomers make most: each says how it is written.

The rules are in `tests/support/problems.py`.
"""

import pytest

from tests.support.problems import said

AT = 'namespaces."/".events.x'
EVENT = 'namespaces:\n  /:\n    events:\n      x: '
GUARD = 'a guard is one expression: write it as "${…}"'
OPEN = 'a quote is not closed: close it'
OTHER = "disconnect is for the event's own client: others: disconnect(sid) in Python"

USUAL = [
    (
        '{emit: , event: a, to: all, data: 1}',
        [
            f'4:19: {AT}.event: event is a key of emit: indent it below emit',
            f'4:29: {AT}.to: to is a key of emit: indent it below emit',
            f'4:38: {AT}.data: data is a key of emit: indent it below emit',
        ],
    ),
    (
        '{emit: {data: 1}, except: sender, args: [], namespace: /, volatile: true}',
        [
            f'4:28: {AT}.except: except is a key of emit: indent it below emit',
            f'4:44: {AT}.args: args is a key of emit: indent it below emit',
            f'4:54: {AT}.namespace: namespace is a key of emit: indent it below emit',
            f'4:68: {AT}.volatile: volatile is a key of emit: indent it below emit',
        ],
    ),
    (
        '{emitt: {data: 1}, event: a}',
        [
            f'4:11: {AT}.emitt: unknown verb emitt: did you mean emit?',
            f'4:29: {AT}.event: event is a key of emit: indent it below emit',
        ],
    ),
    ('{send: , to: all}', [f'4:19: {AT}.to: to is a key of send: indent it below send']),
    ('{join: , room: a}', [f'4:19: {AT}.room: room is a key of join: indent it below join']),
    ('{event: a}', [f'4:11: {AT}.event: event is a key of emit: write {{emit: {{event: …}}}}']),
    (
        '{ack: 1, data: 1}',
        [f'4:19: {AT}.data: data is a key of emit: write {{emit: {{data: …}}}}'],
    ),
    ('{disconnect: "sid:${data}"}', [f'4:23: {AT}.disconnect: {OTHER}']),
    ('{disconnect: {sid: a}}', [f'4:23: {AT}.disconnect: {OTHER}']),
    ('{kick: true}', [f'4:11: {AT}.kick: unknown verb kick: use disconnect']),
    (
        '{ack: "${user.name}"}',
        [f'4:16: {AT}.ack: unknown name user: use session.user or auth.user'],
    ),
    (
        '{ack: "${data.text.trim()}"}',
        [f'4:16: {AT}.ack: unknown function trim: do it in Python, with call'],
    ),
    ('{ack: "${len(data)}"}', [f'4:16: {AT}.ack: unknown function len: use size']),
    (
        '{ack: "${data.?x}"}',
        [f'4:16: {AT}.ack: .? does not exist here: write has(data.x) ? data.x : null'],
    ),
    ("\n        if: !in_room('x')\n        ack: 1", [f'5:13: {AT}.if: {GUARD}']),
    ('\n        if: !data.x == 2\n        ack: 1', [f'5:13: {AT}.if: {GUARD}']),
    ('\n        if: !data.x || data.y\n        ack: 1', [f'5:22: {GUARD}']),
    ('\n        if: !data.x && data.y\n        ack: 1', [f'5:22: {GUARD}']),
    ('\n        ack: "abc\n      y: {ack: 1}\n', [f'5:14: {OPEN}']),
    ('\n        ack: "abc\n      y: {ack: "x"}\n', [f'5:14: {OPEN}']),
    ("\n        ack: it's\n      y:\n        ack: 'x\n", [f'7:14: {OPEN}']),
    ('{ack: "${data["x"]}"}', ['4:25: a " inside ${…} ends the value: use \' inside']),
    ("\n        ack: '${data['x']}'", ['5:23: a \' inside ${…} ends the value: use " inside']),
    ('\n        ack: "${data == "x"}"', ['5:26: a " inside ${…} ends the value: use \' inside']),
]
PLACES = [
    (
        'namespaces:\n  /:\n  events:\n    x: {ack: "${dta}"}\n',
        [
            '3:3: namespaces.events: events is a part of a namespace: indent it below /',
            '4:14: namespaces.events.x.ack: unknown name dta: did you mean data?',
        ],
    ),
    (
        'namespaces:\n  /a: {}\n  /b:\n  connect: {join: a}\n',
        ['4:3: namespaces.connect: connect is a part of a namespace: indent it below /b'],
    ),
    (
        'namespaces:\n  events: {}\n',
        [
            '2:3: namespaces.events: events is a part of a namespace: indent it below the name of a namespace, such as /'
        ],
    ),
    (
        'server: {listen: "${trim(env.SECRET)}"}\nnamespaces: {/: }\n',
        ['1:18: server.listen: unknown function trim'],
    ),
]


@pytest.mark.parametrize(('route', 'expected'), USUAL)
def test_a_route(route, expected):
    assert said(EVENT + route) == expected


@pytest.mark.parametrize(('text', 'expected'), PLACES)
def test_a_file(text, expected):
    assert said(text) == expected
