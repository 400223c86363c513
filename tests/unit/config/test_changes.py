"""What differs between two configurations, and what of it needs a restart."""

from pathlib import Path

import pytest

from gateway.config.changes import RESTART, changes
from gateway.config.load import read
from gateway.config.model import Admin, Backends, Config, Server, SocketIO
from gateway.config.source import Document

ROUTES = 'namespaces: {/: }\n'


def config(text: str, env=None):
    text = text if 'namespaces' in text else text + '\n' + ROUTES
    return read(Document('gateway.yaml', text), Path('gateway.yaml'), env or {})


def told(old: str, new: str, env=({}, {})):
    return [str(one) for one in changes(config(old, env[0]), config(new, env[1]))]


@pytest.mark.parametrize(
    ('old', 'new', 'expected'),
    [
        ('', '', []),
        ('', 'server: {threads: 64}', []),  # as it was
        ('server: {threads: 1}', 'server: {threads: 2}', ['server.threads: 1 -> 2']),
        ('', 'server: {drain_delay: 1s}', ['server.drain_delay: not set -> 1s']),
        ('server: {drain_delay: 1s}', '', ['server.drain_delay: 1s -> not set']),
        ('server: {drain_delay: 1s}', 'server: {drain_delay: 1000ms}', []),
        (
            'server: {listen: "127.0.0.1:1"}',
            'server: {listen: ["127.0.0.1:1", "127.0.0.1:2"]}',
            ['server.listen: 127.0.0.1:1 -> ["127.0.0.1:1", "127.0.0.1:2"] (needs a restart)'],
        ),
        (
            '',
            'socketio: {path: /x, max_payload: 1KB}',
            [
                'socketio.path: not set -> /x (needs a restart)',
                'socketio.max_payload: not set -> 1KB',
            ],
        ),
        ('', 'admin: {}', ['admin: not set -> set (needs a restart)']),
        (
            'admin: {api_keys: [old-secret]}',
            'admin: {api_keys: [new-secret]}',
            ['admin.api_keys: changed'],
        ),
        (
            'cluster: redis://:one@127.0.0.1:6379/0',
            'cluster: redis://:two@127.0.0.1:6379/0',
            ['cluster.url: changed (needs a restart)'],
        ),
        (
            'cluster: {url: "redis://:one@127.0.0.1/0"}',
            'cluster: {url: "redis://:one@127.0.0.1/0", publish: chat}',
            ['cluster.publish: not set -> chat (needs a restart)'],
        ),
        ('', 'handlers: [./chat.py]', ['handlers: [] -> ["./chat.py"] (needs a restart)']),
        (
            'auth: {jwt: {key: "12345678901234567890123456789012", algorithms: [HS256]}}',
            'auth: {jwt: {key: "12345678901234567890123456789013", algorithms: [HS256]}}',
            ['auth: changed'],
        ),
        (
            'namespaces: {/: , /a: , /b: }',
            'namespaces: {/: {events: {x: {ack: 1}}}, /b: , /c: }',
            [
                'namespaces./: changed',
                'namespaces./a: removed (its clients are disconnected)',
                'namespaces./c: added',
            ],
        ),
    ],
)
def test_what_is_told(old, new, expected):
    assert told(old, new) == expected


def test_what_a_name_stands_for_has_changed():
    text = 'server: {threads: "${env.THREADS}"}'
    assert told(text, text, ({'THREADS': '1'}, {'THREADS': '2'})) == ['server.threads: changed']


def test_a_long_value_is_cut():
    [line] = told('', f'server: {{trusted_proxies: [{", ".join(["10.0.0.1"] * 100)}]}}')
    assert len(line) < 200
    assert line.endswith('…')


def test_what_needs_a_restart_exists():
    models = {'server': Server, 'socketio': SocketIO, 'admin': Admin, 'backends': Backends}
    for name, fields in RESTART.items():
        assert fields <= models[name].model_fields.keys()
    assert RESTART.keys() <= set(Config.__annotations__)
