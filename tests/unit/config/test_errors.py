# ruff: noqa: E501 - the messages stand as they are printed
"""One broken configuration for each rule, with the exact words that its author reads.

The lines lack only the file's name: `line:column: where: what: how to mend it`.
"""

from pathlib import Path

import pytest

from gateway.config.load import read
from gateway.config.source import Document
from gateway.errors import ConfigError

TOP = [
    ('', ['1:1: the file is empty']),
    ('[]', ['1:1: a list, where sections are needed: write server, socketio, namespaces']),
    ('servr: {}\nnamespaces: {/: }', ['1:1: servr: unknown key servr: did you mean server?']),
    (
        'admin: {}\ncluster: a\nhandlers: []\nauth: {}\nnamespaces: {/: }',
        [
            '1:1: admin: not available yet',
            '2:1: cluster: not available yet',
            '3:1: handlers: not available yet',
            '4:1: auth: not available yet',
        ],
    ),
    (
        'server: 5\nnamespaces: {/: }',
        ['1:9: server: a number, where a mapping is needed: write KEY: VALUE below it'],
    ),
    (
        'namespaces:',
        ['1:12: namespaces: no namespace: write namespaces: {/: {events: {NAME: ACTION}}}'],
    ),
    ('namespaces: {/: }\n---\na: 1', ['2:1: a second document begins: keep one document a file']),
    (
        'namespaces:\n  /: {}\n  /: {}',
        ['3:3: duplicate key "/": keep one of them; the first is in line 2'],
    ),
    ('namespaces:\n\t/: {}', ['2:1: a tab: indent with spaces']),
    (
        'namespaces: {/: {}',
        ['1:19: a missing comma or }: add the comma, or the }, or quotes'],
    ),
    ('namespaces: "x', ['1:15: a quote is not closed: close it']),
    (
        'namespaces: b: c',
        [
            '1:14: a ": " where no key can stand: check the indentation, or put the whole value in quotes'
        ],
    ),
    ('namespaces: !map {/: }', ['1:13: the tag !map means nothing here: remove it']),
    ('namespaces: {/: }\n1: 2', ['2:1: a key must be text, this is a number: quote it']),
    (
        'x-a: &a [*a]',
        [
            '1:10: unknown alias *a: set it with & before it is used, or put the * in quotes if it is text'
        ],
    ),
    ('x-a: @x', ['1:6: a value cannot begin with @: put the whole value in quotes']),
    (
        '<<: 5\nnamespaces: {/: }',
        ['1:1: << takes a mapping or a list of mappings: give it an alias: <<: *name'],
    ),
    ('x-a: .nan\nnamespaces: {/: }', ['1:6: not a finite number: JSON has no such number']),
    ('x-a: \x07', ['1:6: a character that YAML does not allow: remove it']),
    (
        'namespaces:\n  /:\n    events:\n      x:\n        ack: ${data.a # b}',
        [
            '5:14: namespaces."/".events.x.ack: ${ is not closed: the # begins a comment here: put the value in quotes'
        ],
    ),
    (
        'namespaces:\n  /:\n    events:\n      x:\n        ack: ${data.a ? 1 : 2}',
        ['5:27: a ": " cuts an unquoted ${…}: put the whole value in quotes'],
    ),
    (
        'namespaces:\n  /:\n    events:\n      *: {ack: 1}',
        ['4:8: an unquoted *: put it in quotes: "*"'],
    ),
]

SERVER = [
    (
        '{tls: {}, lisen: 1}',
        [
            '1:15: server.tls: certificate is missing: add it',
            '1:15: server.tls: key is missing: add it',
            '1:19: server.lisen: unknown key lisen: did you mean listen?',
        ],
    ),
    (
        '{listen: 8000}',
        [
            '1:18: server.listen: a port without an address: write 127.0.0.1:PORT, or 0.0.0.0:PORT for all'
        ],
    ),
    (
        '{listen: ":8000"}',
        ['1:18: server.listen: an address is missing: write 0.0.0.0:PORT, or "[::]:PORT" for IPv6'],
    ),
    ('{listen: [::1]:8000}', ['1:19: an unquoted IPv6 address: put it in quotes: "[::1]:8000"']),
    (
        '{listen: unix:run}',
        [
            '1:18: server.listen: the path of a Unix socket must begin with /: write unix:/run/gateway.sock'
        ],
    ),
    ('{listen: systemd}', ['1:18: server.listen: systemd is not available yet']),
    ('{listen: []}', ['1:18: server.listen: an empty list: name at least one address']),
    ('{listen: ["a:1", "a:1"]}', ['1:26: server.listen[1]: the same address twice: remove one']),
    (
        '{listen: localhost}',
        [
            '1:18: server.listen: not an address with a port: write ADDRESS:PORT such as 127.0.0.1:8000 or "[::1]:8000", or unix:/PATH'
        ],
    ),
    (
        '{listen: "localhost:99999"}',
        [
            '1:18: server.listen: a port beyond 65535: write ADDRESS:PORT such as 127.0.0.1:8000 or "[::1]:8000", or unix:/PATH'
        ],
    ),
    (
        '{listen: "1.2.3:80"}',
        [
            '1:18: server.listen: not an IPv4 address: write ADDRESS:PORT such as 127.0.0.1:8000 or "[::1]:8000", or unix:/PATH'
        ],
    ),
    (
        '{listen: "[1.2.3.4]:80"}',
        [
            '1:18: server.listen: not an IPv6 address: write ADDRESS:PORT such as 127.0.0.1:8000 or "[::1]:8000", or unix:/PATH'
        ],
    ),
    (
        '{listen: {a: b}}',
        [
            '1:18: server.listen: a mapping, where an address is needed: write ADDRESS:PORT such as 127.0.0.1:8000 or "[::1]:8000", or unix:/PATH'
        ],
    ),
    (
        '{listen: "${env.NOPE}"}',
        ['1:18: server.listen: env.NOPE is not set: set it before the start'],
    ),
    (
        '{listen: "${data.x}"}',
        ['1:18: server.listen: data exists in routes only; here are env and credential'],
    ),
    (
        '{listen: ["a:1", "${env.NOPE}", b]}',
        ['1:26: server.listen[1]: env.NOPE is not set: set it before the start'],
    ),
    (
        '{trusted_proxies: [10.0.0.1/8, x, 5]}',
        [
            '1:28: server.trusted_proxies[0]: a network with host bits set: write an address or a network such as 10.0.0.0/8',
            '1:40: server.trusted_proxies[1]: not an address: write an address or a network such as 10.0.0.0/8',
            '1:43: server.trusted_proxies[2]: a number, where an address is needed: write an address or a network such as 10.0.0.0/8',
        ],
    ),
    ('{trusted_proxies: [::1]}', ['1:28: an unquoted IPv6 address: put it in quotes: "::1"']),
    (
        '{trusted_proxies: [10.0.0.1, ::1]}',
        ['1:38: an unquoted IPv6 address: put it in quotes: "::1"'],
    ),
    (
        '{event_loop: trio}',
        ['1:22: server.event_loop: not one of the known values: write auto, asyncio or uvloop'],
    ),
    (
        '{shutdown_timeout: 30}',
        [
            '1:28: server.shutdown_timeout: a duration without a unit: write it like 25s, 300ms, 2m or 1h'
        ],
    ),
    ('{shutdown_timeout: 2h}', ['1:28: server.shutdown_timeout: out of range: write 0s to 1h']),
    (
        '{pages: {/: ./nope, x: ., /y: 5}}',
        [
            '1:21: server.pages."/": no such folder: paths are relative to the folder of this file',
            '1:29: server.pages.x: a page begins with /: write /NAME',
            '1:39: server.pages."/y": a number, where a folder is needed',
        ],
    ),
    (
        '{pages: 5}',
        ['1:17: server.pages: a number, where a mapping is needed: write {/: ./FOLDER}'],
    ),
    ('{pages: {/a: ., /a/: .}}', ['1:25: server.pages."/a/": the same page twice: remove one']),
    (
        '{pages: {/socket.io/x: .}}',
        ['1:18: server.pages."/socket.io/x": Socket.IO answers here: move the page'],
    ),
]

SOCKETIO = [
    (
        '{ping_interval: 25}',
        [
            '1:27: socketio.ping_interval: a duration without a unit: write it like 25s, 300ms, 2m or 1h'
        ],
    ),
    (
        '{ping_interval: 25x}',
        ['1:27: socketio.ping_interval: not a duration: write it like 25s, 300ms, 2m or 1h'],
    ),
    ('{ping_interval: 0s}', ['1:27: socketio.ping_interval: out of range: write 1ms to 1h']),
    ('{ping_timeout: 2h}', ['1:26: socketio.ping_timeout: out of range: write 1ms to 1h']),
    (
        '{ping_interval: "${env.SECRET}"}',
        ['1:27: socketio.ping_interval: not a duration: write it like 25s, 300ms, 2m or 1h'],
    ),
    (
        '{max_payload: 1000}',
        ['1:25: socketio.max_payload: a size without a unit: write it like 1MB, 64KB or 512B'],
    ),
    (
        '{max_payload: 1MiB}',
        ['1:25: socketio.max_payload: not a size: write it like 1MB, 64KB or 512B'],
    ),
    ('{max_send_buffer: 0B}', ['1:29: socketio.max_send_buffer: out of range: write 1B to 10GB']),
    (
        '{compression: {treshold: 1KB}}',
        [
            '1:26: socketio.compression.treshold: unknown key treshold: did you mean threshold?',
        ],
    ),
    (
        '{compression: 1KB}',
        [
            '1:25: socketio.compression: text, where true or false is needed: write true, false or {threshold: 1KB}'
        ],
    ),
    (
        '{compression: 1}',
        [
            '1:25: socketio.compression: a number, where true or false is needed: write true, false or {threshold: 1KB}'
        ],
    ),
    (
        '{compression: 0}',
        [
            '1:25: socketio.compression: a number, where true or false is needed: write true, false or {threshold: 1KB}'
        ],
    ),
    (
        '{compression: on}',
        [
            '1:25: socketio.compression: text, where true or false is needed: write true, false or {threshold: 1KB}'
        ],
    ),
    (
        '{compression: {threshold: 0B}}',
        ['1:37: socketio.compression.threshold: out of range: write 1B to 10GB'],
    ),
    ('{path: socket.io}', ['1:18: socketio.path: a path begins with /: write /socket.io']),
    ('{path: /}', ['1:18: socketio.path: an empty part in the path: write /socket.io']),
    (
        '{path: "/a?b"}',
        [
            '1:18: socketio.path: a character that a path cannot hold: write letters, digits, / . - _'
        ],
    ),
    (
        '{transports: []}',
        [
            '1:24: socketio.transports: no list of transports: write [polling, websocket], [websocket] or [polling]'
        ],
    ),
    (
        '{transports: [polling, polling]}',
        [
            '1:34: socketio.transports[1]: the same transport twice: write [polling, websocket], [websocket] or [polling]'
        ],
    ),
    (
        '{transports: [webtransport]}',
        [
            '1:25: socketio.transports[0]: an unknown transport: write [polling, websocket], [websocket] or [polling]'
        ],
    ),
    (
        '{serializer: xml}',
        ['1:24: socketio.serializer: not one of the known values: write auto, json or msgpack'],
    ),
    (
        '{allowed_origins: [https://a.com/]}',
        ['1:30: socketio.allowed_origins[0]: an origin has no path: remove the / at the end'],
    ),
    ('{allowed_origins: *}', ['1:30: an unquoted *: put it in quotes: "*"']),
    (
        '{allowed_origins: ["*"]}',
        [
            '1:30: socketio.allowed_origins[0]: "*" stands alone, not in a list: write same-origin, "*", or a list such as [same-origin, https://app.example.com]'
        ],
    ),
    (
        '{allowed_origins: 5}',
        [
            '1:29: socketio.allowed_origins: a number, where origins are needed: write same-origin, "*", or a list such as [same-origin, https://app.example.com]'
        ],
    ),
    (
        '{allowed_origins: []}',
        [
            '1:29: socketio.allowed_origins: an empty list: write same-origin, "*", or a list such as [same-origin, https://app.example.com]'
        ],
    ),
    (
        '{ping_intervall: 1s}',
        ['1:12: socketio.ping_intervall: unknown key ping_intervall: did you mean ping_interval?'],
    ),
]

NAMESPACES = [
    ('{chat: }', ['1:14: namespaces.chat: a namespace begins with /: write /chat']),
    ('{"/org-*": }', ['1:14: namespaces."/org-*": namespace patterns are not available yet']),
    ('{"/a,b": }', ['1:14: namespaces."/a,b": a namespace holds no comma and no ?: rename it']),
    (
        '{/: {class: a, auth: b, evnts: {}}}',
        [
            '1:18: namespaces."/".class: not available yet',
            '1:28: namespaces."/".auth: not available yet',
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
]

EVENT = [
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
            '4:10: namespaces."/".events.x: an action without a verb: add one of emit, send, join, leave, close_room, ack, reject, disconnect'
        ],
    ),
    (
        '{if: "${true}"}',
        [
            '4:10: namespaces."/".events.x: an action without a verb: add one of emit, send, join, leave, close_room, ack, reject, disconnect'
        ],
    ),
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
    ('{call: "a:b"}', ['4:11: namespaces."/".events.x.call: not available yet']),
    ('{http: {}}', ['4:11: namespaces."/".events.x.http: not available yet']),
    ('{set: {}}', ['4:11: namespaces."/".events.x.set: not available yet']),
    (
        '{do: [], sequential: true, timeout: 1s, doo: 1}',
        [
            '4:19: namespaces."/".events.x.sequential: not available yet',
            '4:37: namespaces."/".events.x.timeout: not available yet',
            '4:50: namespaces."/".events.x.doo: unknown key doo: did you mean do?',
        ],
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
            '4:22: namespaces."/".events.x.emit.to: an unknown recipient: write sender, all, "room:NAME", "sid:SID", {room: NAME}, {sid: SID} or a list of them'
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
    ('{join: []}', ['4:17: namespaces."/".events.x.join: an empty list: name at least one']),
    (
        '{join: [a, {b: c}, true]}',
        [
            '4:21: namespaces."/".events.x.join[1]: a mapping, where a name is needed: write text',
            '4:29: namespaces."/".events.x.join[2]: true or false, where a name is needed: write text',
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
        [
            '4:18: namespaces."/".events.x.leave: room is missing: add it',
            '4:19: namespaces."/".events.x.leave.rom: unknown key rom: did you mean room?',
        ],
    ),
    ('{close_room: ""}', ['4:23: namespaces."/".events.x.close_room: an empty name: write one']),
    (
        '{ack: [1, {a: "${dta.x}", b: "${claims.z}"}, "${1 +}"]}',
        [
            '4:24: namespaces."/".events.x.ack[1].a: unknown name dta: did you mean data?',
            '4:39: namespaces."/".events.x.ack[1].b: claims is not available yet',
            '4:55: namespaces."/".events.x.ack[2]: not a valid expression: mismatched input at its end: see the syntax of CEL',
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
        '{ack: "${members(1)}"}',
        ['4:16: namespaces."/".events.x.ack: members(…) is not available yet'],
    ),
    (
        '{ack: "${args"}',
        [
            '4:16: namespaces."/".events.x.ack: ${ is not closed: add the }, or write $${ for the characters themselves'
        ],
    ),
]


def problems(text: str) -> list[str]:
    env = {'SECRET': 'hunter2'}
    with pytest.raises(ConfigError) as caught:
        read(Document('g.yaml', text), Path('g.yaml'), env)
    return [str(problem).removeprefix('g.yaml:') for problem in caught.value.problems]


@pytest.mark.parametrize(('text', 'expected'), TOP)
def test_the_file(text, expected):
    assert problems(text) == expected


@pytest.mark.parametrize(('text', 'expected'), SERVER)
def test_server(text, expected):
    assert problems(f'server: {text}\nnamespaces: {{/: }}') == expected


@pytest.mark.parametrize(('text', 'expected'), SOCKETIO)
def test_socketio(text, expected):
    assert problems(f'socketio: {text}\nnamespaces: {{/: }}') == expected


@pytest.mark.parametrize(('text', 'expected'), NAMESPACES)
def test_namespaces(text, expected):
    assert problems(f'namespaces: {text}') == expected


@pytest.mark.parametrize(('text', 'expected'), EVENT)
def test_an_event(text, expected):
    assert problems(f'namespaces:\n  /:\n    events:\n      x: {text}') == expected


def test_all_sections_are_reported_in_one_run_in_the_order_of_the_file():
    text = (
        'server: {listen: 1}\nsocketio: {path: 2}\nnamespaces:\n'
        '  /: {events: {a: {ack: "${x}"}, b: {ack: "${y}"}}}\n  c:\n'
    )
    assert [problem[:4] for problem in problems(text)] == [
        '1:18',
        '2:18',
        '4:25',
        '4:43',
        '5:3:',
    ]


def test_what_the_environment_holds_is_never_shown():
    for text in (
        'server: {listen: "${env.SECRET}"}',
        'server: {listen: "x:${env.SECRET}"}',
        'server: {pages: {/: "${env.SECRET}"}}',
        'server: {event_loop: "${env.SECRET}", trusted_proxies: ["${env.SECRET}"]}',
        'socketio: {serializer: "${env.SECRET}", ping_interval: "${env.SECRET}"}',
        'socketio: {allowed_origins: ["${env.SECRET}"], transports: ["${env.SECRET}"]}',
        'socketio: {path: "${env.SECRET}", max_payload: "${env.SECRET}"}',
        'x-a: 1\nnamespaces: {/: {events: {a: {emit: {to: "${env.SECRET}"}}}}}',
        'x-a: 1\nnamespaces: {/: {events: {a: {emit: {namespace: "${env.SECRET}"}}}}}',
        'x-a: 1\nnamespaces: {/: {events: {a: {ack: "${int(env.SECRET)}"}}}}',
    ):
        assert 'hunter2' not in str(problems(text))
