"""Each example in the schema is valid, and loads where it stands."""

import json
from typing import Any

import jsonschema
import pytest

from gateway.config import actions, prose
from gateway.config.load import load
from gateway.config.shapes import DEFINITIONS
from tests.support.pages import JWT, surroundings
from tests.support.schema import SCHEMA, VALIDATOR

TLS = {'certificate': './cert.pem', 'key': './key.pem'}
ACK = {'ack': 1}


def in_namespace(parts: Any) -> Any:
    return {'namespaces': {'/': parts, '/admin': None}}


def in_event(action: Any) -> Any:
    return in_namespace({'events': {'x': action}})


def around(owner: str, key: str, example: Any) -> Any:
    """A whole file with an example in its place."""
    body = {key: example}
    match owner:
        case 'server' | 'socketio' | 'admin' | 'log' | 'backends':
            return {owner: body, **in_namespace(None)}
        case 'cluster':
            return {owner: {'url': 'redis://127.0.0.1:6379', **body}, **in_namespace(None)}
        case 'compression':
            return {'socketio': {owner: body}, **in_namespace(None)}
        case 'tls':
            return {'server': {owner: TLS | body}, **in_namespace(None)}
        case 'auth':
            return {owner: body, **in_namespace(None)}
        case 'jwt':
            known = {'algorithms': ['ES256']} | ({} if 'key' in key else {'key': '${env.KEY}'})
            return {'auth': {owner: known | body}, **in_namespace(None)}
        case 'namespace':
            return in_namespace(body)
        case 'route':
            return in_event({'do': ACK} | body)
        case 'action':
            return in_event(body | ACK)
        case 'http':
            return in_event({owner: {'url': 'http://127.0.0.1:5000/', **body}})
        case 'reply':
            asked = {'http': {'url': 'http://127.0.0.1:5000/', 'on_error': body}}
            return in_namespace({'connect': asked}) if key == 'claims' else in_event(asked)
    return in_event({owner: {'to': 'all', **body} if owner == 'emit' else body})


FILES = [
    *[
        pytest.param(around(*key.split('.'), example), id=f'{key}-{index}')
        for key, words in prose.KEYS.items()
        for index, example in enumerate(words.examples)
    ],
    *[
        pytest.param(in_event({verb: example}), id=f'{verb}-{index}')
        for verb, words in prose.VERBS.items()
        for index, example in enumerate(words.examples)
    ],
    *[
        pytest.param(in_namespace(None) | {section: example}, id=f'{section}-{index}')
        for section, words in prose.SECTIONS.items()
        for index, example in enumerate(words.examples)
    ],
]


@pytest.mark.parametrize('file', FILES)
def test_an_example_is_valid_and_loads(file, tmp_path):
    VALIDATOR.validate(file)
    path = tmp_path / 'gateway.yaml'
    path.write_text(json.dumps(file | ({'auth': JWT} if 'claims' in str(file) else {})))
    load(path, surroundings(path.read_text(), tmp_path))


@pytest.mark.parametrize('name', DEFINITIONS)
def test_an_example_of_a_kind_of_value_is_valid(name):
    validator = jsonschema.Draft202012Validator(
        {**DEFINITIONS[name], '$defs': SCHEMA['$defs']},
    )
    for example in DEFINITIONS[name].get('examples', ()):
        validator.validate(example)


def test_every_key_has_an_example_but_for_choices():
    bare = [key for key, words in (prose.KEYS | prose.VERBS).items() if not words.examples]
    assert bare == [
        'server.event_loop',
        'socketio.serializer',
        'route.sequential',
        'emit.volatile',
        'http.method',
    ]
    assert all(words.examples for verb, words in prose.VERBS.items() if verb in actions.VERBS)
