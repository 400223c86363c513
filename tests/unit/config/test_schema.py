"""The JSON Schema: what loads is valid, what is typically wrong is not, and no key is left out."""

import dataclasses
import json
import subprocess
import sys

import pytest

from gateway.config import actions, auth, expressions, namespaces, prose, replies, tls
from gateway.config.cluster import Cluster
from gateway.config.logging import Log
from gateway.config.model import Admin, Backends, Compression, Server, SocketIO
from gateway.config.validation import keys
from gateway.errors import ConfigError
from tests.support.schema import SCHEMA, VALIDATOR, event, load, plain


def test_it_is_a_json_schema():
    VALIDATOR.check_schema(SCHEMA)


def test_it_can_be_written_as_json():
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


GOOD = [
    'namespaces: {/: }',
    'server:\nsocketio:\nnamespaces: {/: }',
    'x-a: 1\nx-b: {c: [d]}\nnamespaces: {/: }',
    'server: {listen: "127.0.0.1:${env.KEY.size() - 43}"}\nnamespaces: {/: }',
    'server: {listen: ["[::1]:0", "unix:/a b", "localhost:1"], threads: 1}\nnamespaces: {/: }',
    'server: {threads: 1000, thread_queue: 100000}\nnamespaces: {/: }',
    'server: {trusted_proxies: "::1", shutdown_timeout: 0s, pages: {}}\nnamespaces: {/: }',
    """server: {event_loop: "${env.KEY == 'x' ? 'auto' : 'asyncio'}"}\nnamespaces: {/: }""",
    'socketio: {ping_interval: 1.5 s, max_payload: 2 KB, path: /a/b.c/}\nnamespaces: {/: }',
    'socketio: {compression: true, transports: [polling]}\nnamespaces: {/: }',
    'socketio: {compression: {threshold: 1B}, allowed_origins: "null"}\nnamespaces: {/: }',
    'socketio: {allowed_origins: [HTTPS://Ä.example:443, "app://*.x"]}\nnamespaces: {/: }',
    'handlers: [./chat.py, a.b]\nnamespaces: {/: }',
    'handlers: [./chat.py]',
    'namespaces: {/: {class: "a.b:C", auth: none, connect: [], events: }, "/a-*": {}}',
    'auth: {jwt: {key: "${env.KEY}", algorithms: [HS256], leeway: 1m}}\nnamespaces: {/: }',
    'auth: {jwt: {key: ["${env.KEY}"], algorithms: [HS256], audience: [b]}}\nhandlers: a',
    f'auth: {{jwt: {{key: {{kty: oct, k: {"a" * 42}A}}, algorithms: [HS256]}}}}\nhandlers: a',
    'namespaces: {/: {auth: {jwt: {key: "${env.KEY}", algorithms: [HS256], issuer: a}}}}',
    'namespaces: {/: {connect: {emit: {event: a, args: ["${auth}"]}}, error: {disconnect: true}}}',
    'namespaces: {/: {disconnect: {do: {emit: {event: a, to: {sid: [b]}}}, timeout: 1s}}}',
    'namespaces: {/: {error: [{send: }, {if: "${true}", emit: }]}}',
    *map(
        event,
        [
            '[]',
            '{emit: }',
            '{emit: {}}',
            """{send: {args: "${args}", volatile: "${env.KEY != 'x'}"}}""",
            '{emit: {event: 404, data: null, to: [sender, "room:${data}", {room: [1, a]}]}}',
            '{emit: {to: all, except: [sender, "sid:x"], namespace: /}}',
            '{join: [a, 2]}',
            '{leave: {room: "${data}"}}',
            '{close_room: {room: [a]}}',
            '{ack: }',
            '{ack: [1, {a: "${data}"}]}',
            '{call: "a.b:C.d"}',
            '{set: {a: "${data}", b: null}}',
            '{reject: 404}',
            '{disconnect: {reason: a}}',
            '{disconnect: {}}',
            '{do: {ack: 1}, sequential: true, timeout: 500ms}',
            '{do: [], sequential: false}',
            '[{if: "${data.a in [1, 2]}", ack: a}]',
        ],
    ),
]


@pytest.mark.parametrize('text', GOOD)
def test_what_loads_is_valid(text):
    load(text)
    VALIDATOR.validate(plain(text))


BAD = [
    'server: {}',
    'servr: {}\nnamespaces: {/: }',
    'namespaces: {}',
    'namespaces: [/]',
    'namespaces: {chat: }',
    'namespaces: {"/a,b": }',
    'namespaces: {/: {event: {}}}',
    'namespaces: {/: {events: []}}',
    'namespaces: {/: {class: chat}}',
    'namespaces: {/: {auth: off}}',
    'server: 5\nnamespaces: {/: }',
    'server: {lisen: 127.0.0.1:8000}\nnamespaces: {/: }',
    'server: {listen: 8000}\nnamespaces: {/: }',
    'server: {listen: []}\nnamespaces: {/: }',
    'server: {listen: ":8000"}\nnamespaces: {/: }',
    'server: {listen: "unix:g.sock"}\nnamespaces: {/: }',
    'server: {tls: {certificate: a.pem}}\nnamespaces: {/: }',
    'server: {trusted_proxies: [proxy.example.com]}\nnamespaces: {/: }',
    'server: {event_loop: gevent}\nnamespaces: {/: }',
    'server: {shutdown_timeout: 30}\nnamespaces: {/: }',
    'server: {shutdown_timeout: 30sec}\nnamespaces: {/: }',
    'server: {threads: 0}\nnamespaces: {/: }',
    'server: {threads: 1001}\nnamespaces: {/: }',
    'server: {threads: many}\nnamespaces: {/: }',
    'server: {thread_queue: -1}\nnamespaces: {/: }',
    'server: {thread_queue: 100001}\nnamespaces: {/: }',
    'server: {pages: {docs: ./page}}\nnamespaces: {/: }',
    'socketio: {path: socket.io}\nnamespaces: {/: }',
    'socketio: {path: /a b}\nnamespaces: {/: }',
    'socketio: {transports: [websockets]}\nnamespaces: {/: }',
    'socketio: {transports: [polling, polling]}\nnamespaces: {/: }',
    'socketio: {serializer: xml}\nnamespaces: {/: }',
    'socketio: {max_payload: 1000000}\nnamespaces: {/: }',
    'socketio: {max_payload: 1mb}\nnamespaces: {/: }',
    'socketio: {compression: {level: 9}}\nnamespaces: {/: }',
    'socketio: {allowed_origins: [example.com]}\nnamespaces: {/: }',
    'socketio: {allowed_origins: ["*"]}\nnamespaces: {/: }',
    'socketio: {allowed_origins: https://a.example/}\nnamespaces: {/: }',
    'handlers: [5]\nnamespaces: {/: }',
    'handlers: chat/py',
    'handlers: [./chat]',
    'auth: {jwt: {key: "${env.KEY}"}}\nnamespaces: {/: }',
    'auth: {jwt: {algorithms: [HS256]}}\nnamespaces: {/: }',
    'auth: {jwt: {key: "${env.KEY}", algorithms: [HS512]}}\nnamespaces: {/: }',
    'auth: {jwt: {key: "${env.KEY}", algorithms: [HS256], leeway: 10}}\nnamespaces: {/: }',
    'auth: {jwt: {key: "${env.KEY}", algorithms: [HS256, ES256]}}\nnamespaces: {/: }',
    'auth: {jwt: {key: "${env.KEY}", key_file: a, algorithms: [HS256]}}\nnamespaces: {/: }',
    'auth: {}\nnamespaces: {/: }',
    'namespaces: {/: {connect: }}',
    'namespaces: {/: {connect: {ack: 1}}}',
    'namespaces: {/: {connect: {emit: {to: all}}}}',
    'namespaces: {/: {connect: {do: {join: a}, sequential: true}}}',
    'namespaces: {/: {disconnect: {join: a}}}',
    'namespaces: {/: {disconnect: {emit: {event: a}}}}',
    'namespaces: {/: {disconnect: {send: {to: sender}}}}',
    'namespaces: {/: {error: {reject: a}}}',
    'namespaces: {/: {events: {connect: {ack: 1}}}}',
    'namespaces: {/: {events: {x: }}}',
    *map(
        event,
        [
            'ack',
            '{}',
            '{akc: 1}',
            '{ack: 1, join: a}',
            '{if: "${true}"}',
            '{if: true, ack: 1}',
            '{if: data.a, ack: 1}',
            '{emit: said}',
            '{emit: {event: connect}}',
            '{emit: {event: ""}}',
            '{emit: {data: 1, args: [1]}}',
            '{emit: {args: 1}}',
            '{emit: {to: everybody}}',
            '{emit: {to: "${data.to}"}}',
            '{emit: {to: []}}',
            '{emit: {to: {rooms: a}}}',
            '{emit: {to: {room: a, sid: b}}}',
            '{emit: {except: all}}',
            '{emit: {volatile: 1}}',
            '{emit: {namespace: chat}}',
            '{emit: {too: all}}',
            '{send: {event: a}}',
            '{join: }',
            '{join: []}',
            '{join: {room: a, sid: b}}',
            '{call: reports.build}',
            '{call: {function: "a:b"}}',
            '{set: user}',
            '{set: {}}',
            '{reject: }',
            '{reject: [a]}',
            '{disconnect: false}',
            '{disconnect: {code: 1}}',
            '{do: }',
            '{do: [{ack: 1}], timeout: 30}',
            '{do: [{ack: 1}], sequential: 1}',
            '{do: [{ack: 1}], retries: 1}',
        ],
    ),
]


@pytest.mark.parametrize('text', BAD)
def test_a_typical_mistake_is_not_valid(text):
    with pytest.raises(ConfigError):
        load(text)
    assert not VALIDATOR.is_valid(plain(text))


def test_it_names_the_key_that_is_unknown():
    [error] = VALIDATOR.iter_errors(plain('server: {lisen: a}\nnamespaces: {/: }'))
    assert error.json_path == '$.server'
    assert "'lisen' was unexpected" in error.message


def test_the_words_are_those_of_the_models():
    named = {
        'server': keys(Server),
        'socketio': keys(SocketIO),
        'compression': keys(Compression),
        'tls': tls.KEYS,
        'auth': [field.name for field in dataclasses.fields(auth.Auth)],
        'jwt': auth.KEYS,
        'namespace': namespaces.PARTS,
        'route': namespaces.LONG,
        'reply': replies.PARTS,
        'admin': keys(Admin),
        'log': keys(Log),
        'backends': keys(Backends),
        'cluster': keys(Cluster),
        'action': ['if'],
    }
    for verb, (model, _) in actions.VERBS.items():
        if verb not in actions.SHORT and verb != 'send':
            hidden = set() if model is actions.Emit else actions.OTHERS
            named[verb] = [key for key in keys(model) if key not in hidden]
    assert set(prose.KEYS) == {f'{owner}.{key}' for owner in named for key in named[owner]}
    assert set(prose.VERBS) == set(actions.VERBS)
    assert set(prose.ROOTS) == set().union(expressions.CLAIMS, *expressions.ROOTS.values())


def test_every_word_is_in_the_schema():
    text = json.dumps(SCHEMA)
    words = {**prose.SECTIONS, **prose.KEYS, **prose.VERBS}
    assert [key for key in words if json.dumps(words[key].text) not in text] == []


def test_every_key_has_a_default_in_the_schema_that_loads_as_the_models_own():
    sections = {
        'server': Server,
        'socketio': SocketIO,
        'admin': Admin,
        'log': Log,
        'backends': Backends,
    }
    for name, model in sections.items():
        properties = SCHEMA['properties'][name]['properties']
        defaults = {key: body['default'] for key, body in properties.items() if 'default' in body}
        text = json.dumps({name: defaults, 'namespaces': {'/': None}})
        assert dict(getattr(load(text), name)) == dict(model())
        assert set(keys(model)) - set(defaults) <= {'tls', 'api_keys'}
    leeway = SCHEMA['$defs']['jwt']['properties']['leeway']['default']
    body = {'key': '${env.KEY}', 'algorithms': ['HS256']}
    found = [
        load(json.dumps({'auth': {'jwt': jwt}, 'namespaces': {'/': None}})).auth.jwt.leeway
        for jwt in (body, {**body, 'leeway': leeway})
    ]
    assert found[0] == found[1]


def test_a_start_does_not_pay_for_it():
    code = 'import sys, gateway.daemon, gateway.cli; print(*sys.modules)'
    found = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert 'gateway.config.model' in found.stdout.split()
    late = {
        f'gateway.config.{name}'
        for name in ('schema', 'shapes', 'prose', 'prose_routes', 'reference')
    }
    assert late.isdisjoint(found.stdout.split())
