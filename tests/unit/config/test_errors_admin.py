# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken `admin` or `backends` says.

The rules are in `tests/support/problems.py`.
"""

import pytest

from tests.support.problems import said

ADMIN = [
    (
        'admin:',
        [
            '1:7: admin: empty, which would be a listener without keys: remove it, or write {api_keys: ["${env.GATEWAY_API_KEY}"]}'
        ],
    ),
    ('admin: 5', ['1:8: admin: a number, where a mapping is needed: write KEY: VALUE below it']),
    ('admin: [a]', ['1:8: admin: a list, where a mapping is needed: write KEY: VALUE below it']),
    (
        'admin: {}\nserver: {listen: 127.0.0.1:8001}',
        ['1:8: admin: server listens there: choose another address'],
    ),
    ('admin: {lisen: 127.0.0.1:1}', ['1:9: admin.lisen: unknown key lisen: did you mean listen?']),
    (
        'admin: {foo: 1}',
        ['1:9: admin.foo: unknown key foo: known here: api_keys, listen, max_body, tls'],
    ),
    (
        'admin: {listen: 8001}',
        [
            '1:17: admin.listen: a port without an address: write 127.0.0.1:PORT, or 0.0.0.0:PORT for all'
        ],
    ),
    ('admin: {listen: []}', ['1:17: admin.listen: an empty list: name at least one address']),
    (
        'admin: {listen: ["127.0.0.1:1", "127.0.0.1:1"]}',
        ['1:33: admin.listen[1]: the same address twice: remove one'],
    ),
    (
        'admin: {listen: "systemd:"}',
        [
            (
                '1:17: admin.listen: not the name of a socket: write systemd:NAME, as in '
                'FileDescriptorName=NAME'
            )
        ],
    ),
    (
        'admin: {listen: 0.0.0.0:8001}',
        [
            '1:17: admin.listen: everybody who reaches it would command the gateway: add api_keys, or listen on 127.0.0.1'
        ],
    ),
    (
        'admin: {listen: "[::]:8001"}',
        [
            '1:17: admin.listen: everybody who reaches it would command the gateway: add api_keys, or listen on 127.0.0.1'
        ],
    ),
    (
        'admin: {listen: ["127.0.0.1:1", "gateway.example.com:1", "10.0.0.1:1"]}',
        [
            '1:33: admin.listen[1]: everybody who reaches it would command the gateway: add api_keys, or listen on 127.0.0.1'
        ],
    ),
    (
        'admin: {listen: 0.0.0.0:8001, api_keys: ""}',
        ['1:41: admin.api_keys: an empty key, which everybody has: openssl rand -hex 32 makes one'],
    ),
    (
        'admin: {listen: 0.0.0.0:8001, api_keys: []}',
        ['1:41: admin.api_keys: an empty list: remove it, or name a key'],
    ),
    (
        'admin: {api_keys: }',
        ['1:18: admin.api_keys: an empty key, which everybody has: openssl rand -hex 32 makes one'],
    ),
    (
        'admin: {api_keys: "${env.EMPTY}"}',
        ['1:19: admin.api_keys: an empty key, which everybody has: openssl rand -hex 32 makes one'],
    ),
    (
        'admin: {api_keys: "${env.NONE}"}',
        ['1:19: admin.api_keys: env.NONE is not set: set it before the start'],
    ),
    (
        'admin: {api_keys: 5}',
        ['1:19: admin.api_keys: a number, where a key is needed: write "${env.NAME}"'],
    ),
    (
        'admin: {api_keys: {a: b}}',
        ['1:19: admin.api_keys: a mapping, where a key is needed: write "${env.NAME}"'],
    ),
    (
        'admin: {api_keys: [a, "b c", "", true, "ü", a=b]}',
        [
            '1:23: admin.api_keys[1]: a character that a key cannot hold: write letters, digits, - . _ ~ + / and = at its end',
            '1:30: admin.api_keys[2]: an empty key, which everybody has: openssl rand -hex 32 makes one',
            '1:34: admin.api_keys[3]: true or false, where a key is needed: write "${env.NAME}"',
            '1:40: admin.api_keys[4]: a character that a key cannot hold: write letters, digits, - . _ ~ + / and = at its end',
            '1:45: admin.api_keys[5]: a character that a key cannot hold: write letters, digits, - . _ ~ + / and = at its end',
        ],
    ),
    (
        'admin: {api_keys: [a, "${env.SECRET}", a]}',
        ['1:40: admin.api_keys[2]: the same key twice: remove one'],
    ),
    (
        'admin: {api_keys: "${data.x}"}',
        ['1:19: admin.api_keys: data exists in routes only; here are env and credential'],
    ),
    (
        'admin: {tls: 5}',
        [
            '1:14: admin.tls: a number, where a mapping is needed: write {certificate: FILE, key: FILE}'
        ],
    ),
    (
        'admin: {tls: {certificate: ./none.pem, key: ./none.pem}}',
        [
            '1:28: admin.tls.certificate: no such file: paths are relative to the folder of this file',
            '1:45: admin.tls.key: no such file: paths are relative to the folder of this file',
        ],
    ),
    (
        'admin: {max_body: 1000}',
        ['1:19: admin.max_body: a size without a unit: write it like 1MB, 64KB or 512B'],
    ),
    ('admin: {max_body: 0B}', ['1:19: admin.max_body: out of range: write 1B to 10GB']),
    ('admin: {max_body: 11GB}', ['1:19: admin.max_body: out of range: write 1B to 10GB']),
    (
        'server: {listen: 127.0.0.1:9}\nadmin: {listen: 127.0.0.1:9}',
        ['2:17: admin.listen: server listens there: choose another address'],
    ),
    (
        'server: {listen: ["127.0.0.1:9", "unix:/a"]}\nadmin: {listen: ["127.0.0.1:0", "unix:/a"]}',
        ['2:17: admin.listen: server listens there: choose another address'],
    ),
    (
        'admin: {listen: 0.0.0.0:8001, api_keys: "${env.NONE}"}',
        ['1:41: admin.api_keys: env.NONE is not set: set it before the start'],
    ),
    (
        'admn: {listen: 0.0.0.0:8001}',
        [
            '1:1: admn: unknown key admn: did you mean admin?',
            '1:16: admn.listen: everybody who reaches it would command the gateway: add api_keys, or listen on 127.0.0.1',
        ],
    ),
]

BACKENDS = [
    (
        'backends: 5',
        ['1:11: backends: a number, where a mapping is needed: write KEY: VALUE below it'],
    ),
    (
        'backends: {conections: 5}',
        ['1:12: backends.conections: unknown key conections: did you mean connections?'],
    ),
    (
        'backends: {foo: 1}',
        [
            '1:12: backends.foo: unknown key foo: known here: connections, give_up, hooks, max_reply, queue'
        ],
    ),
    (
        'backends: {connections: 0, queue: -1, hooks: 1000001, max_reply: 1000, give_up: 600}',
        [
            '1:25: backends.connections: out of range: write 1 to 1000',
            '1:35: backends.queue: out of range: write 0 to 100000',
            '1:46: backends.hooks: out of range: write 0 to 1000000',
            '1:66: backends.max_reply: a size without a unit: write it like 1MB, 64KB or 512B',
            '1:81: backends.give_up: a duration without a unit: write it like 25s, 300ms, 2m or 1h',
        ],
    ),
    (
        'backends: {connections: 1001, queue: 100001, hooks: -1, max_reply: 0B, give_up: 2h}',
        [
            '1:25: backends.connections: out of range: write 1 to 1000',
            '1:38: backends.queue: out of range: write 0 to 100000',
            '1:53: backends.hooks: out of range: write 0 to 1000000',
            '1:68: backends.max_reply: out of range: write 1B to 10GB',
            '1:81: backends.give_up: out of range: write 1ms to 1h',
        ],
    ),
    (
        'backends: {connections: many, queue: 1.5, hooks: true, max_reply: 1mb, give_up: 0s}',
        [
            '1:25: backends.connections: a whole number is needed',
            '1:38: backends.queue: a whole number is needed',
            '1:50: backends.hooks: a whole number is needed',
            '1:67: backends.max_reply: not a size: write it like 1MB, 64KB or 512B',
            '1:81: backends.give_up: out of range: write 1ms to 1h',
        ],
    ),
    (
        'backends: {queue: "${env.SECRET}", give_up: "${env.NONE}"}',
        [
            '1:19: backends.queue: a whole number is needed',
            '1:45: backends.give_up: env.NONE is not set: set it before the start',
        ],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), [*ADMIN, *BACKENDS])
def test_a_section(text, expected):
    assert said(f'{text}\nnamespaces: {{/: }}') == expected
