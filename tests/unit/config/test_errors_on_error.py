# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken `on_error` says, and an `http` where it has no place.

The rules are in `tests/support/problems.py`.
"""

import pytest

from tests.support.problems import said

ON_ERROR = [
    (
        '{http: {url: "http://a/", on_error: }}',
        [
            '4:45: namespaces."/".events.x.http.on_error: empty, where a reply is needed: write {"ack": …, "do": […]} or {"reject": CODE}'
        ],
    ),
    (
        '{http: {url: "http://a/", on_error: later}}',
        [
            '4:46: namespaces."/".events.x.http.on_error: text, where a reply is needed: write {"ack": …, "do": […]} or {"reject": CODE}'
        ],
    ),
    (
        '{http: {url: "http://a/", on_error: {ak: 1}}}',
        ['4:47: namespaces."/".events.x.http.on_error.ak: unknown key ak: did you mean ack?'],
    ),
    (
        '{http: {url: "http://a/", on_error: {ack: "${dta}"}}}',
        ['4:52: namespaces."/".events.x.http.on_error.ack: unknown name dta: did you mean data?'],
    ),
    (
        '{http: {url: "http://a/", on_error: {reject: a, ack: 1}}}',
        [
            '4:47: namespaces."/".events.x.http.on_error.reject: reject stands alone: remove what is beside it'
        ],
    ),
    (
        '{http: {url: "http://a/", on_error: {do: [{join: ""}, {jion: a}, {if: "${true}", join: a}, {call: "a:b"}, {emit: {too: all}}]}}}',
        [
            '4:59: namespaces."/".events.x.http.on_error.do[0].join: an empty name: write one',
            '4:65: namespaces."/".events.x.http.on_error.do[1].jion: unknown verb jion: did you mean join?',
            '4:76: namespaces."/".events.x.http.on_error.do[2].if: a guard stands in routes only: remove it',
            '4:102: namespaces."/".events.x.http.on_error.do[3].call: call has no meaning in a reply of event: known here: ack, close_room, disconnect, emit, join, leave, reject, send, set',
            '4:124: namespaces."/".events.x.http.on_error.do[4].emit.too: unknown key too: did you mean to?',
        ],
    ),
    (
        '{http: {url: "http://a/", on_error: {claims: {a: 1}}}}',
        [
            '4:47: namespaces."/".events.x.http.on_error.claims: claims has no meaning in a reply of event: known here: ack, do, reject, set'
        ],
    ),
    (
        '{http: {url: "http://a/", on_error: {emit: {to: all}}}}',
        [
            '4:47: namespaces."/".events.x.http.on_error.emit: emit stands in do: write {"do": {"emit": …}}'
        ],
    ),
    (
        '{http: {url: "http://a/", on_error: {set: {}}}}',
        [
            '4:52: namespaces."/".events.x.http.on_error.set: an empty mapping, where keys are needed: write {KEY: VALUE}'
        ],
    ),
    (
        '{http: {url: "http://a/", on_error: {do: {join: {room: a, sid: b}}}}}',
        [
            '4:58: namespaces."/".events.x.http.on_error.do.join: another client cannot be moved from here: remove sid'
        ],
    ),
    (
        '{http: {url: "http://a/", on_error: {do: {join: {room: a, members: b}}}}}',
        [
            '4:68: namespaces."/".events.x.http.on_error.do.join.members: members stands in backends\' replies and the API only: remove it'
        ],
    ),
    (
        '{http: {url: "http://a/", on_error: {do: {}}}}',
        [
            '4:51: namespaces."/".events.x.http.on_error.do: an action without a verb: write {"emit": {…}}'
        ],
    ),
    (
        '{http: {url: "http://a/", on_error: {do: 5}}}',
        [
            '4:51: namespaces."/".events.x.http.on_error.do: a number, where an action is needed: write {"emit": {…}}'
        ],
    ),
]

KINDS = [
    (
        '{connect: {http: {url: "http://a/", on_error: {ack: 1}}}}',
        [
            '2:53: namespaces."/".connect.http.on_error.ack: ack has no meaning in a reply of connect: known here: claims, do, reject, set'
        ],
    ),
    (
        '{connect: {http: {url: "http://a/", on_error: {do: [{disconnect: true}, {emit: {to: all}}]}}}}',
        [
            '2:59: namespaces."/".connect.http.on_error.do[0].disconnect: disconnect has no meaning in a reply of connect: known here: close_room, emit, join, leave, reject, send, set',
            '2:85: namespaces."/".connect.http.on_error.do[1].emit: no event to repeat in connect: add event: NAME',
        ],
    ),
    (
        '{connect: {http: {url: "http://a/", on_error: {claims: 5}}}}',
        [
            '2:61: namespaces."/".connect.http.on_error.claims: a number, where keys are needed: write {KEY: VALUE}'
        ],
    ),
    (
        '{disconnect: {http: {url: "http://a/", timeout: 5s, on_error: {ack: 1}, retries: 1}}}',
        [
            '2:68: namespaces."/".disconnect.http.on_error: has no meaning in disconnect: it is sent until it is answered: remove it',
            '2:87: namespaces."/".disconnect.http.retries: has no meaning in disconnect: it is sent until it is answered: remove it',
        ],
    ),
    (
        '{error: {http: {url: "http://a/", on_error: {ack: 1, reject: b}}}}',
        [
            '2:51: namespaces."/".error.http.on_error.ack: ack has no meaning in a reply of error: known here: do, set',
            '2:59: namespaces."/".error.http.on_error.reject: reject has no meaning in a reply of error: known here: do, set',
        ],
    ),
    (
        '{disconnect: {http: "http://a/"}, events: {x: {ack: "${claims.sub}"}}}',
        ['2:58: namespaces."/".events.x.ack: claims needs auth.jwt, or http in connect'],
    ),
    (
        '{connect: {join: a}, events: {x: {http: "http://a/"}, y: {ack: "${claims.sub}"}}}',
        ['2:69: namespaces."/".events.y.ack: claims needs auth.jwt, or http in connect'],
    ),
    (
        '{connect: {do: {htpp: "http://a/"}}}',
        ['2:22: namespaces."/".connect.do.htpp: unknown verb htpp: did you mean http?'],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), ON_ERROR)
def test_an_on_error(text, expected):
    assert said(f'namespaces:\n  /:\n    events:\n      x: {text}') == expected


@pytest.mark.parametrize(('text', 'expected'), KINDS)
def test_an_http_in_its_route(text, expected):
    assert said(f'namespaces:\n  /: {text}') == expected
