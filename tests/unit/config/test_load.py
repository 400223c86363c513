"""Whole files: defaults, every key, the environment; whatever a file holds, no other exception."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.backends import Http
from gateway.config.listen import Listen
from gateway.config.load import load, read
from gateway.config.replies import PARTS
from gateway.config.source import Document
from gateway.errors import ConfigError

MINIMAL = 'namespaces: {/: }'


def config(text: str, tmp_path: Path, env=None):
    file = tmp_path / 'gateway.yaml'
    file.write_text(text)
    return load(file, env or {})


def test_defaults(tmp_path):
    found = config(MINIMAL, tmp_path)
    assert found.path == tmp_path / 'gateway.yaml'
    assert dict(found.server) == {
        'listen': (Listen('tcp', '127.0.0.1', 8000),),
        'tls': None,
        'trusted_proxies': (),
        'event_loop': 'auto',
        'shutdown_timeout': 30.0,
        'drain_delay': 0.0,
        'drain_spread': 5.0,
        'threads': 64,
        'thread_queue': 1_000,
        'pages': {},
    }
    assert dict(found.socketio) == {
        'path': '/socket.io',
        'transports': ('polling', 'websocket'),
        'serializer': 'auto',
        'ping_interval': 25.0,
        'ping_timeout': 20.0,
        'connect_timeout': 45.0,
        'upgrade_timeout': 10.0,
        'max_payload': 1_000_000,
        'max_send_buffer': 4_000_000,
        'compression': None,
        'allowed_origins': 'same-origin',
    }
    assert (found.handlers, found.auth) == ((), None)
    routes = found.namespaces['/']
    assert (routes.class_, routes.auth) == (None, None)
    assert (routes.connect, dict(routes.events), routes.disconnect, routes.error) == (
        None,
        {},
        None,
        None,
    )


def test_every_key(tmp_path):
    (tmp_path / 'page').mkdir()
    found = config(
        """
server:
  listen: [127.0.0.1:0, "[::1]:8000", "unix:/run/g.sock"]
  trusted_proxies: [127.0.0.1, 10.0.0.0/8, "fd00::/8"]
  event_loop: asyncio
  shutdown_timeout: 500ms
  threads: 8
  thread_queue: 0
  pages: {/: ./page, /docs/: page}
socketio:
  path: /realtime/
  transports: [websocket]
  serializer: json
  ping_interval: 1.5s
  ping_timeout: 2m
  connect_timeout: 1h
  upgrade_timeout: 1ms
  max_payload: 64KB
  max_send_buffer: 1.5MB
  compression: {threshold: 2KB}
  allowed_origins: [https://App.example.com:443, "https://*.example.com"]
handlers: [./chat.py, ./sub/more.py, package.module]
x-anything: [1]
namespaces: {/: , /chat: {events: {a: []}}}
""",
        tmp_path,
    )
    assert list(map(str, found.server.listen)) == ['127.0.0.1:0', '[::1]:8000', 'unix:/run/g.sock']
    assert found.server.trusted_proxies == tuple(
        map(ip_network, ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'])
    )
    assert found.server.shutdown_timeout == 0.5
    assert (found.server.threads, found.server.thread_queue) == (8, 0)
    assert found.handlers == ('./chat.py', './sub/more.py', 'package.module')
    assert dict(found.server.pages) == {'/': tmp_path / 'page', '/docs': tmp_path / 'page'}
    assert found.socketio.path == '/realtime'
    assert found.socketio.ping_interval == 1.5
    assert found.socketio.ping_timeout == 120.0
    assert found.socketio.connect_timeout == 3600.0
    assert found.socketio.upgrade_timeout == 0.001
    assert (found.socketio.max_payload, found.socketio.max_send_buffer) == (64_000, 1_500_000)
    assert found.socketio.compression.threshold == 2_000
    assert found.socketio.allowed_origins == ('https://app.example.com', 'https://*.example.com')
    assert list(found.namespaces) == ['/', '/chat']


def test_the_environment_is_read_as_yaml_would_read_it(tmp_path):
    text = (
        'server: {listen: "127.0.0.1:${env.PORT}", event_loop: "${env.LOOP}"}\n'
        'socketio: {ping_interval: "${env.PING}", path: "/${env.PATH}/x"}\n'
        'namespaces: {/: {events: {a: {emit: {to: "${env.TO}", volatile: "${env.LOSSY}"}}}}}\n'
    )
    env = {
        'PORT': '8080',
        'LOOP': 'asyncio',
        'PING': '10s',
        'PATH': 'rt',
        'TO': 'room:${data.x}',
        'LOSSY': 'true',
    }
    found = config(text, tmp_path, env)
    assert str(found.server.listen[0]) == '127.0.0.1:8080'
    assert found.server.event_loop == 'asyncio'
    assert found.socketio.ping_interval == 10.0
    assert found.socketio.path == '/rt/x'
    emit = found.namespaces['/'].events['a'].actions[0].action
    assert emit.volatile is True
    assert [room.fold() for room in emit.to.rooms] == ['room:${data.x}'.removeprefix('room:')]


def test_actions_know_their_place(tmp_path):
    text = 'namespaces:\n  /:\n    events:\n      a:\n        - {ack: 1}\n        - join: x\n'
    actions = config(text, tmp_path).namespaces['/'].events['a'].actions
    file = tmp_path / 'gateway.yaml'
    assert [step.place for step in actions] == [f'{file}:5:11', f'{file}:6:11']


def test_a_config_is_frozen(tmp_path):
    found = config('server: {pages: {/: .}}\n' + MINIMAL, tmp_path)
    with pytest.raises(AttributeError):
        found.path = Path()
    with pytest.raises(ValueError, match='frozen'):
        found.server.event_loop = 'uvloop'
    with pytest.raises(TypeError):
        found.namespaces['/x'] = None
    with pytest.raises(TypeError):
        found.server.pages['/x'] = Path()


def test_a_byte_order_mark_is_no_character(tmp_path):
    file = tmp_path / 'bom.yaml'
    file.write_bytes(b'\xef\xbb\xbfnamespaces: {/: }\n')
    assert list(load(file).namespaces) == ['/']


VERBS = (
    'emit send join leave close_room ack reject disconnect call set if do sequential timeout '
    'to event data args'.split()
)
WORDS = st.sampled_from(
    [
        *VERBS,
        'except',
        'all',
        'room',
        'sid',
        'sender',
        'room:x',
        '${args}',
        '${data.x}',
        '${',
        '/',
        '',
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
SECTION = st.dictionaries(
    st.sampled_from(
        'listen trusted_proxies event_loop shutdown_timeout pages path transports serializer '
        'threads ping_interval max_payload allowed_origins api_keys max_body connections '
        'queue max_reply give_up x'.split()
    ),
    VALUES | st.text(max_size=20),
    max_size=4,
)


HTTP = st.dictionaries(
    st.sampled_from([*Http.model_fields, 'x']),
    VALUES | st.dictionaries(st.sampled_from([*PARTS, 'x']), VALUES, max_size=3),
    max_size=4,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            'server': SECTION,
            'handlers': VALUES,
            'auth': VALUES,
            'socketio': SECTION,
            'admin': SECTION,
            'log': SECTION,
            'backends': SECTION,
            'namespaces': st.dictionaries(
                st.sampled_from(['/', '/a', 'b', '', '/*', '/*-a', '/a-*']),
                st.dictionaries(
                    st.sampled_from('connect events disconnect error class auth x'.split()),
                    st.dictionaries(st.sampled_from([*VERBS, 'a']), VALUES, max_size=3)
                    | st.fixed_dictionaries({'http': HTTP})
                    | VALUES,
                    max_size=3,
                ),
                max_size=2,
            ),
        },
    )
)
@settings(max_examples=200, deadline=None)
def test_any_structure_loads_or_is_a_configuration_error(structure):
    import json

    try:
        read(Document('f.yaml', json.dumps(structure)), Path('f.yaml'), {})
    except ConfigError as error:
        for problem in error.problems:
            assert problem.line >= 1
            assert 'Input should' not in problem.what
            assert 'pydantic' not in f'{problem.what} {problem.mend}'


@pytest.mark.parametrize(('written', 'threshold'), [('true', 1_000), ('{}', 1_000)])
def test_compression_has_a_default_threshold(written, threshold, tmp_path):
    found = config(f'socketio: {{compression: {written}}}\n{MINIMAL}', tmp_path)
    assert found.socketio.compression.threshold == threshold


def test_compression_may_be_off(tmp_path):
    found = config(f'socketio: {{compression: false}}\n{MINIMAL}', tmp_path)
    assert found.socketio.compression is None
