# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken file, broken `handlers` and broken `auth` say.

The rules are in `tests/support/problems.py`.
"""

import pytest

from gateway.config.load import load
from gateway.errors import ConfigError
from tests.support.problems import said

FILE = [
    ('a: "x\n\t"q": 1', ['1:4: a quote is not closed: close it']),
    ('', ['1:1: the file is empty']),
    (
        '[]',
        [
            '1:1: a list, where sections are needed: write server, socketio, admin, log, handlers, auth, backends, cluster, namespaces'
        ],
    ),
    ('servr: {}\nnamespaces: {/: }', ['1:1: servr: unknown key servr: did you mean server?']),
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
    ('namespaces: {/: {}', ['1:19: a missing comma or }: add the comma, or the }, or quotes']),
    ('namespaces: "x', ['1:13: a quote is not closed: close it']),
    (
        'namespaces: b: c',
        [
            '1:14: a ": " where no key can stand: check the indentation, or put the whole value in quotes'
        ],
    ),
    ('namespaces: !map {/: }', ['1:13: the tag !map means nothing here: remove it']),
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
    ('? [a]\n: 1\nnamespaces: {/: }', ['1:3: a list, where a key is needed: write text']),
    ('? \n: 1\nnamespaces: {/: }', ['1:2: an empty key: write its name']),
    (
        '404: 1\nnamespaces: {/: }',
        [
            '1:1: 404: unknown key 404: known here: admin, auth, backends, cluster, handlers, log, namespaces, server, socketio'
        ],
    ),
    (
        '1e3: 1\n"1e3": 2\nnamespaces: {/: }',
        [
            '1:1: 1e3: unknown key 1e3: known here: admin, auth, backends, cluster, handlers, log, namespaces, server, socketio',
            '2:1: duplicate key 1e3: keep one of them; the first is in line 1',
        ],
    ),
    (
        'servr: {listen: 8000}\nnamespaces: {/: }',
        [
            '1:1: servr: unknown key servr: did you mean server?',
            '1:17: servr.listen: a port without an address: write 127.0.0.1:PORT, or 0.0.0.0:PORT for all',
        ],
    ),
    (
        'namespace: {/: {events: {a: {ack: "${dta}"}}}}',
        [
            '1:1: namespace: unknown key namespace: did you mean namespaces?',
            '1:35: namespace."/".events.a.ack: unknown name dta: did you mean data?',
        ],
    ),
    (
        'foo: 1\nnamespaces: {/: }',
        [
            '1:1: foo: unknown key foo: known here: admin, auth, backends, cluster, handlers, log, namespaces, server, socketio'
        ],
    ),
    (
        'x-a: ["\\ud800"]\nnamespaces: {/: }',
        ['1:7: half a character (a lone surrogate): remove it'],
    ),
    ('x-a: ["\\UFFFFFFFF"]\nnamespaces: {/: }', ['1:10: an escape that is no character: mend it']),
    ('x-a: "a\x00b"', ['1:8: a character that YAML does not allow: remove it']),
    ('x-a: %x', ['1:6: a value cannot begin with %: put the whole value in quotes']),
    ('x-a: [1 2, 3', ['1:13: a missing comma or ]: add the comma, or the ], or quotes']),
    ('x-a: {a: 1\nb: 2}\n c', ['2:2: a missing comma or }: add the comma, or the }, or quotes']),
    ('x-a:\n  b\nc\nd: 1', ['4:1: a key without its ":": write key: value']),
    ('x-a: |\n\tb: 1\n c: 1\n\t\td: 2', ['2:1: a tab: indent with spaces']),
    (
        '- a\nb: c',
        [
            '2:1: expected the end of the block, but found a key: check the indentation, the brackets and the quotes'
        ],
    ),
    ('x-a: [a, *]', ['1:11: an unquoted *: put it in quotes: "*"']),
    (
        'x-a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]',
        ['1:69: nested deeper than 64 levels'],
    ),
    (
        'x-a: &a [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\nx-b: [[[[[*a]]]]]',
        ['2:11: nested deeper than 64 levels'],
    ),
]

HANDLERS = [
    (
        '',
        [
            '1:1: no namespace: write namespaces: {/: {events: {NAME: ACTION}}}',
            '1:10: handlers: empty, where a module is needed: write ./FILE.py or a module such as package.module',
        ],
    ),
    (
        '5',
        [
            '1:11: handlers: a number, where a module is needed: write ./FILE.py or a module such as package.module'
        ],
    ),
    ('[]', ['1:1: no namespace: write namespaces: {/: {events: {NAME: ACTION}}}']),
    (
        '[./chat.py, 404]',
        [
            '1:23: handlers[1]: a number, where a module is needed: write ./FILE.py or a module such as package.module'
        ],
    ),
    (
        '[../chat.py, /srv/chat.py, ~/chat.py]',
        [
            '1:12: handlers[0]: a file outside the folder of this file: move it below, or name its module',
            '1:24: handlers[1]: a file outside the folder of this file: move it below, or name its module',
            '1:38: handlers[2]: a file outside the folder of this file: move it below, or name its module',
        ],
    ),
    (
        '[chat.py, sub/chat.py]',
        [
            '1:12: handlers[0]: neither a file nor a module: write ./ before a file',
            '1:21: handlers[1]: neither a file nor a module: write ./ before a file',
        ],
    ),
    (
        '[./chat, ./chat/]',
        [
            '1:12: handlers[0]: not a Python file: write ./FILE.py, or the name of the module',
            '1:20: handlers[1]: not a Python file: write ./FILE.py, or the name of the module',
        ],
    ),
    (
        '[./my-chat.py, my-chat, class, ./a..py, "a b", ""]',
        [
            '1:12: handlers[0]: not the name of a module: letters, digits and _ make a name that can be imported',
            '1:26: handlers[1]: not the name of a module: write ./FILE.py or a module such as package.module',
            '1:35: handlers[2]: not the name of a module: write ./FILE.py or a module such as package.module',
            '1:42: handlers[3]: not the name of a module: letters, digits and _ make a name that can be imported',
            '1:51: handlers[4]: not the name of a module: write ./FILE.py or a module such as package.module',
            '1:58: handlers[5]: not the name of a module: write ./FILE.py or a module such as package.module',
        ],
    ),
    ('[./sub/chat.py, sub.chat]', ['1:27: handlers[1]: the same module twice: remove one']),
    (
        '["${env.NOPE}", "${data.x}"]',
        [
            '1:12: handlers[0]: env.NOPE is not set: set it before the start',
            '1:27: handlers[1]: data exists in routes only; here are env and credential',
        ],
    ),
    (
        '{a: b}',
        [
            '1:11: handlers: a mapping, where a module is needed: write ./FILE.py or a module such as package.module'
        ],
    ),
]

AUTH = [
    (
        'auth: none\nnamespaces: {/: }',
        [
            '1:7: auth: text, where a mapping is needed: write {jwt: {key: "${env.NAME}", algorithms: [HS256]}}'
        ],
    ),
    (
        'auth: {jwt: {key: "${env.NOPE}", algorithms: [HS256]}}\nnamespaces: {/: {connect: {join: "${claims.sub}"}}}',
        ['1:19: auth.jwt.key: env.NOPE is not set: set it before the start'],
    ),
    (
        'auth: {jwt: {key: short, algorithms: [HS256]}}\nnamespaces: {/: {auth: none, connect: {join: "${claims.sub}"}}, /b: {auth: {jwt: 5}, connect: {join: "${claims.sub}"}}, /c: {auth: none}}',
        [
            '1:19: auth.jwt.key: a secret of less than 32 bytes: openssl rand -base64 32 makes a good one',
            '2:46: namespaces."/".connect.join: claims needs auth.jwt, or http in connect',
            '2:82: namespaces."/b".auth.jwt: a number, where a mapping is needed: write {key: "${env.NAME}", algorithms: [HS256]}',
        ],
    ),
    (
        'namespaces: {/: {connect: {join: "${claims.sub}"}}}',
        ['1:34: namespaces."/".connect.join: claims needs auth.jwt, or http in connect'],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), FILE)
def test_the_file(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(('text', 'expected'), HANDLERS)
def test_handlers(text, expected):
    assert said(f'handlers: {text}') == expected


@pytest.mark.parametrize(('text', 'expected'), AUTH)
def test_auth(text, expected):
    assert said(text) == expected


def test_a_file_that_is_missing(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / 'no.yaml')
    assert str(caught.value) == f'{tmp_path}/no.yaml:1:1: cannot be read: No such file or directory'


def test_a_file_that_is_not_utf_8(tmp_path):
    file = tmp_path / 'bad.yaml'
    file.write_bytes(b'a: 1\nb: \xff\n')
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value) == f'{file}:2:4: not UTF-8: save it as UTF-8'


def test_a_file_that_is_too_large(tmp_path):
    file = tmp_path / 'large.yaml'
    file.write_text('#' * 1_000_001)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value) == f'{file}:1:1: the file is larger than 1 MB'


def test_all_sections_are_reported_in_one_run_in_the_order_of_the_file():
    text = (
        'server: {listen: 1}\nsocketio: {path: 2}\nnamespaces:\n'
        '  /: {events: {a: {ack: "${x}"}, b: {ack: "${y}"}}}\n  c:\n'
    )
    assert [problem[:4] for problem in said(text)] == [
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
        'handlers: ["./${env.SECRET}", "${env.SECRET}", "${env.SECRET}"]',
        'auth: {jwt: {key: "${env.SECRET}", algorithms: [HS256], issuer: ["${env.SECRET}", 5]}}',
        'server: {threads: "${env.SECRET}"}',
        'namespaces: {/: {events: {a: {do: [], timeout: "${env.SECRET}"}}}}',
        'namespaces: {/: {events: {a: {do: [], sequential: "${env.SECRET}"}}}}',
    ):
        assert 'hunter2' not in str(said(text))
