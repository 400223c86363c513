"""What the API says of itself is what it does."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import schemathesis
import socketio

from tests.support import gateway as gateways
from tests.support.api import ADMIN, KEY, Api, port_of

HTTP = Path(gateways.ROOT, 'gateway', 'http')
SCRIPT = 'import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())'
EXAMPLES = 15  # of each operation, beside those that cover the schemas
SECONDS = 150  # for all of them, on a slow machine


@pytest.fixture(scope='module')
def running(tmp_path_factory):
    path = tmp_path_factory.mktemp('openapi') / 'gateway.yaml'
    spaces = {'/': {'events': {'enter': {'join': '${data}'}}}, '/chat': {}, '/room-*': {}}
    with gateways.running(gateways.write(path, spaces, admin=ADMIN)) as gateway:
        yield gateway


@pytest.fixture
def api(running):
    with Api(running) as api:
        yield api


@pytest.fixture
def document(api):
    status, found = api.get('/openapi.json')
    assert status == 200
    return found


@pytest.mark.timeout(200)
def test_schemathesis_finds_nothing_that_is_not_as_the_document_says(running, tmp_path):
    url = f'http://127.0.0.1:{port_of(running)}/api/v1/openapi.json'
    client = socketio.Client()
    client.on('*', lambda *data: 'ok')
    client.connect(running.url, transports=['websocket'])
    client.emit('enter', 'reading room')
    try:
        done = subprocess.run(
            [
                *(sys.executable, '-c', SCRIPT, 'run', url, '--checks', 'all', '--no-color'),
                *('--max-examples', str(EXAMPLES), '--seed', '1', '--request-timeout', '20'),
                *('--generation-database', 'none', '-H', f'Authorization: Bearer {KEY}'),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    finally:
        client.disconnect()
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr
    assert re.search(r'\d{3,} generated, \d{3,} passed', done.stdout), done.stdout
    assert 'Traceback' not in running.output


def test_it_is_valid_openapi(document):
    schemathesis.openapi.from_dict(document).validate()


def test_every_schema_is_valid_and_every_example_is_an_example_of_it(document):
    shapes = document['components']['schemas']
    examined = 0
    for name, shape in shapes.items():
        jsonschema.Draft202012Validator.check_schema(shape)
        validator = jsonschema.Draft202012Validator(
            {'$ref': f'#/components/schemas/{name}', 'components': document['components']}
        )
        for example in shape.get('examples', []):
            validator.validate(example)
            examined += 1
    assert examined


def bodies(document):
    """Each example of a body: the path, and what is posted."""
    return [
        (path.removeprefix('/api/v1'), example['value'])
        for path, methods in document['paths'].items()
        if 'post' in methods
        for example in methods['post']['requestBody']['content']['application/json'][
            'examples'
        ].values()
    ]


def test_every_example_of_a_body_is_answered_as_it_is_said(document, api):
    assert len(bodies(document)) >= 4
    for path, body in bodies(document):
        status, answer = api.post(path, body)
        assert status == 200
        responses = document['paths'][f'/api/v1{path}']['post']['responses']
        shape = responses['200']['content']['application/json']['schema']
        jsonschema.validate(answer, {**shape, 'components': document['components']})


def test_every_status_that_is_answered_is_in_the_document(document):
    source = ''.join(path.read_text() for path in HTTP.glob('*.py'))
    answered = {int(status) for status in re.findall(r'(?:refusal|Response)\(\s*(\d{3})', source)}
    assert {200, 400, 401, 422, 503} <= answered
    said = document['components']['responses']
    assert {str(status) for status in answered - {200}} == said.keys()
    for methods in document['paths'].values():
        for one in methods.values():
            for status, response in one['responses'].items():
                expected = {'$ref': f'#/components/responses/{status}'}
                assert status == '200' or response == expected


def test_every_path_is_in_the_document(document):
    source = ''.join(path.read_text() for path in HTTP.glob('*.py'))
    added = re.findall(r"add\('(\w+)', '(/api/[^']+)'", source)
    said = {(method, path) for path, each in document['paths'].items() for method in each}
    assert {(method.lower(), path) for method, path in added} == said


def test_the_headers_of_errors_are_those_in_the_document(running, document):
    with Api(running, 'wrong') as api:
        api.connection.request('GET', '/api/v1/rooms', headers=api.headers)
        answer = api.connection.getresponse()
        assert answer.status == 401
        assert answer.headers['WWW-Authenticate']
        json.loads(answer.read())
    assert set(document['components']['responses']['401']['headers']) == {'WWW-Authenticate'}
    assert set(document['components']['responses']['405']['headers']) == {'Allow'}
    assert set(document['components']['responses']['503']['headers']) == {'Retry-After'}
