# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken section `socketio` says.

The rules are in `tests/support/problems.py`.
"""

import pytest

from tests.support.problems import said

SOCKETIO = [
    (
        '{allowed_origins: "http:/a.com"}',
        [
            '1:29: socketio.allowed_origins: not an origin: write SCHEME://HOST or SCHEME://HOST:PORT, without a path'
        ],
    ),
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
        ['1:26: socketio.compression.treshold: unknown key treshold: did you mean threshold?'],
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
    (
        '{max_http_buffer_size: 1MB, cors: "*"}',
        [
            '1:12: socketio.max_http_buffer_size: unknown key max_http_buffer_size: did you mean max_payload?',
            '1:39: socketio.cors: unknown key cors: did you mean allowed_origins?',
        ],
    ),
    (
        '{compresion: {threshold: 1}}',
        [
            '1:12: socketio.compresion: unknown key compresion: did you mean compression?',
            '1:36: socketio.compresion.threshold: a size without a unit: write it like 1MB, 64KB or 512B',
        ],
    ),
    (
        '{compression: {a: b}}',
        ['1:26: socketio.compression.a: unknown key a: known here: threshold'],
    ),
    ('{path: //a}', ['1:18: socketio.path: an empty part in the path: write /socket.io']),
    (
        '{transports: polling}',
        [
            '1:24: socketio.transports: no list of transports: write [polling, websocket], [websocket] or [polling]'
        ],
    ),
    (
        '{allowed_origins: ["null", null]}',
        ['1:38: socketio.allowed_origins[1]: empty: put it in quotes if "null" is meant'],
    ),
    (
        '{allowed_origins: ["http://a:99999", "http://[::1::]", "a.com, b.com", "sam-origin", "app.example.com", "https://a.com/x", "https://a.*.com", "foo bar:", "x y", "https://faß.de", "https://a\\u0300\\u0300..é"]}',
        [
            '1:30: socketio.allowed_origins[0]: a port beyond 65535: write 1 to 65535',
            '1:48: socketio.allowed_origins[1]: not an IPv6 address: write http://[::1]:8000',
            '1:66: socketio.allowed_origins[2]: several origins in one text: write a list: [https://a.example, https://b.example]',
            '1:82: socketio.allowed_origins[3]: not an origin: did you mean same-origin?',
            '1:96: socketio.allowed_origins[4]: a scheme is missing: write https:// (or http://) before it',
            '1:115: socketio.allowed_origins[5]: an origin has no path: remove what follows the host',
            '1:134: socketio.allowed_origins[6]: a * in the wrong place: a wildcard is the first label of a host only: https://*.example.com',
            '1:153: socketio.allowed_origins[7]: several origins in one text: write a list: [https://a.example, https://b.example]',
            '1:165: socketio.allowed_origins[8]: several origins in one text: write a list: [https://a.example, https://b.example]',
            '1:172: socketio.allowed_origins[9]: a host with a letter that browsers treat in their own way: write its host as browsers send it: xn--…',
            '1:190: socketio.allowed_origins[10]: not a host that punycode can spell: write its host as browsers send it: xn--…',
        ],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), SOCKETIO)
def test_socketio(text, expected):
    assert said(f'socketio: {text}\nnamespaces: {{/: }}') == expected
