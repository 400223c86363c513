# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken section `server` says.

The rules are in `tests/support/problems.py`.
"""

import pytest

from tests.support.problems import said

SERVER = [
    (
        '{tls: {}, lisen: 1}',
        [
            '1:15: server.tls: certificate is missing: add it',
            '1:15: server.tls: key is missing: add it',
            '1:19: server.lisen: unknown key lisen: did you mean listen?',
            '1:26: server.lisen: a port without an address: write 127.0.0.1:PORT, or 0.0.0.0:PORT for all',
        ],
    ),
    (
        '{cors: "*"}',
        [
            '1:10: server.cors: unknown key cors: known here: drain_delay, drain_spread, event_loop, listen, pages, shutdown_timeout, thread_queue, threads, tls, trusted_proxies'
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
    (
        '{listen: "systemd:a:b"}',
        [
            (
                '1:18: server.listen: not the name of a socket: write systemd:NAME, as in '
                'FileDescriptorName=NAME'
            )
        ],
    ),
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
    ('{threads: 0}', ['1:19: server.threads: out of range: write 1 to 1000']),
    ('{threads: 1001}', ['1:19: server.threads: out of range: write 1 to 1000']),
    ('{threads: 1.5}', ['1:19: server.threads: a whole number is needed']),
    ('{threads: "8"}', ['1:19: server.threads: a whole number is needed']),
    ('{threads: "${env.SECRET}"}', ['1:19: server.threads: a whole number is needed']),
    ('{threads: true}', ['1:19: server.threads: a whole number is needed']),
    ('{thread_queue: -1}', ['1:24: server.thread_queue: out of range: write 0 to 100000']),
    ('{thread_queue: 100001}', ['1:24: server.thread_queue: out of range: write 0 to 100000']),
    (
        '{listen: "unix:/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}',
        ['1:18: server.listen: the path of a Unix socket is longer than 107 bytes: shorten it'],
    ),
    (
        '{listen: unix:/a, tls: {certificate: nope, key: nope}}',
        [
            '1:46: server.tls.certificate: no such file: paths are relative to the folder of this file',
            '1:57: server.tls.key: no such file: paths are relative to the folder of this file',
        ],
    ),
    (
        '{tls: 5}',
        [
            '1:15: server.tls: a number, where a mapping is needed: write {certificate: FILE, key: FILE}'
        ],
    ),
    (
        '{lisen: [8000], thread: x}',
        [
            '1:10: server.lisen: unknown key lisen: did you mean listen?',
            '1:18: server.lisen[0]: a port without an address: write 127.0.0.1:PORT, or 0.0.0.0:PORT for all',
            '1:25: server.thread: unknown key thread: did you mean threads?',
            '1:33: server.thread: a whole number is needed',
        ],
    ),
    ('{pages: {/a?: .}}', ['1:20: a missing comma or }: add the comma, or the }, or quotes']),
    (
        '{pages: {/a: "${env.NOPE}"}}',
        ['1:22: server.pages."/a": env.NOPE is not set: set it before the start'],
    ),
    (
        '{trusted_proxies: [fe80::1%1/64x]}',
        [
            '1:28: server.trusted_proxies[0]: not an address: write an address or a network such as 10.0.0.0/8'
        ],
    ),
]

LOADED = [
    ('"${in_room(\'a\')}"', ['1:18: server.listen: in_room(…) exists in routes only']),
    ('"${members(\'a\')}"', ['1:18: server.listen: members(…) exists in routes only']),
    ('"${sid}"', ['1:18: server.listen: sid exists in routes only; here are env and credential']),
    ('"${env}"', ['1:18: server.listen: env is not a variable: write env.NAME']),
    ('"x${null}"', ['1:18: server.listen: only text, numbers and booleans can stand inside text']),
    ('"${1 / 0}"', ['1:18: server.listen: an expression has no result']),
    ('"${int(env.SECRET)}"', ['1:18: server.listen: an expression has no result']),
]


@pytest.mark.parametrize(('text', 'expected'), SERVER)
def test_server(text, expected):
    assert said(f'server: {text}\nnamespaces: {{/: }}') == expected


@pytest.mark.parametrize(('text', 'expected'), LOADED)
def test_what_is_known_when_the_file_is_loaded(text, expected):
    assert said(f'server: {{listen: {text}}}\nnamespaces: {{/: }}') == expected
