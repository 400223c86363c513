"""The verb `http` and the sections `admin` and `backends`, as they are read."""

import base64
from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway.config.actions import Ack, Claim, Join, Reject, Set
from gateway.config.backends import Http
from gateway.config.listen import Listen
from gateway.config.load import read
from gateway.config.model import Config
from gateway.config.source import Document
from gateway.errors import ConfigError

ENV = {
    'SECRET': 'a secret of the tests',
    'CODED': f'whsec_{base64.b64encode(bytes(range(32))).decode()}',
    'HOST': 'jobs.example.com',
    'METHOD': 'PUT',
    'TIMEOUT': '250ms',
    'RETRIES': '3',
    'PART': 'emit',
    'DIGITS': '1234567890123456',
}


def load(text: str) -> Config:
    return read(Document('g.yaml', text), Path('g.yaml'), ENV)


def http(body: str, route: str = 'events: {x: {http: %s}}') -> Http:
    """The one action of a file."""
    config = load(f'namespaces: {{/: {{{route.replace("%s", body)}}}}}')
    [step] = config.namespaces['/'].steps()
    assert isinstance(step.action, Http)
    return step.action


def test_a_url_is_enough():
    found = http('http://127.0.0.1:5000/events')
    assert found == http('{url: "http://127.0.0.1:5000/events"}')
    assert (found.method, found.timeout, found.retries) == ('POST', 5.0, 0)
    assert (found.headers, found.body, found.secret) == ((), None, ())
    assert (found.allow, found.on_error) == (None, None)


@pytest.mark.parametrize(
    'url',
    [
        'http://a/',
        'https://a.example:65535/b?c=d&e=%20',
        'http://[::1]:1',
        'HTTP://A-b_c.Example/',
        'http://10.0.0.1',
    ],
)
def test_a_url_is_kept_as_it_is_written(url):
    assert http(f'"{url}"').url == url


def test_variables_may_stand_in_all_that_is_fixed():
    found = http(
        '{url: "http://${env.HOST}/x", method: "${env.METHOD}", timeout: "${env.TIMEOUT}", '
        'retries: "${env.RETRIES}", secret: "${env.SECRET}", allow: ["${env.PART}", ack]}'
    )
    assert (found.url, found.method) == ('http://jobs.example.com/x', 'PUT')
    assert (found.timeout, found.retries) == (0.25, 3)
    assert found.secret == (b'a secret of the tests',)
    assert found.allow == {'emit', 'ack'}


def test_a_secret_is_text_or_base64_behind_whsec():
    found = http('{url: http://a/, secret: ["${env.CODED}", "${env.SECRET}", "${env.DIGITS}"]}')
    assert found.secret == (bytes(range(32)), b'a secret of the tests', b'1234567890123456')


def test_no_representation_holds_a_secret():
    config = load(
        'admin: {api_keys: "${env.DIGITS}"}\n'
        'namespaces: {/: {events: {x: {http: {url: http://a/, secret: "${env.SECRET}", '
        'headers: {Authorization: "Bearer ${env.DIGITS}"}}}}}}'
    )
    assert 'a secret' not in repr(config)
    assert ENV['DIGITS'] not in repr(config)


def test_a_key_of_digits_is_text():
    assert load('admin: {api_keys: "${env.DIGITS}"}\nhandlers: a').admin.api_keys == (
        '1234567890123456',
    )


def test_a_header_is_known_or_an_expression():
    found = http('{url: http://a/, headers: {A: "${env.HOST}", B: 5, C: "${data.x}", D: true}}')
    known = {name: value.fold() for name, value in found.headers if value.constant}
    assert known == {'A': 'jobs.example.com', 'B': 5, 'D': True}
    assert [name for name, _ in found.headers] == ['A', 'B', 'C', 'D']


def test_a_body_of_null_is_a_body():
    body = http('{url: http://a/, body: null}').body
    assert body is not None
    assert body.fold() is None


def test_allow_may_be_nothing():
    assert http('{url: http://a/, allow: []}').allow == frozenset()


# on_error


def test_on_error_is_a_reply():
    found = http('{url: http://a/, on_error: {ack: [a], set: {x: 1}, do: {join: lobby}}}')
    assert [type(action) for action in found.on_error] == [Set, Join, Ack]
    [reject] = http('{url: http://a/, on_error: {reject: later}}').on_error
    assert isinstance(reject, Reject)


def test_an_empty_on_error_is_not_none():
    assert http('{url: http://a/, on_error: {}}').on_error == ()


def test_expressions_work_in_on_error():
    [ack] = http('{url: http://a/, on_error: {ack: "${args}"}}').on_error
    assert not ack.value.constant
    assert ack.value.is_args


def test_claims_may_be_said_in_place_of_a_backend():
    body = '{url: http://a/, on_error: {claims: {sub: "${auth.name}"}}}'
    [claim] = http(body, 'connect: {http: %s}').on_error
    assert isinstance(claim, Claim)
    assert not claim.values.constant


# claims


ASKING = [
    'connect: {http: http://a/}',
    'connect: [{join: a}, {http: http://a/}]',
    'connect: {do: {http: http://a/}, timeout: 1s}',
    'connect: {do: [{if: "${has(auth.x)}", http: {url: http://a/}}]}',
]


@pytest.mark.parametrize('connect', ASKING)
def test_claims_are_known_where_connect_asks_a_backend(connect):
    config = load(
        f'namespaces: {{/: {{{connect}, events: {{x: {{ack: "${{claims.sub}}"}}}}, '
        'disconnect: {emit: {event: left, to: all, data: "${claims.sub}"}}, '
        'error: {emit: {data: "${claims.sub}"}}}}'
    )
    assert config.asks_backends


def test_claims_are_known_behind_the_http_of_connect_itself():
    load('namespaces: {/: {connect: [{http: http://a/}, {join: "user:${claims.sub}"}]}}')


def test_another_namespace_knows_nothing_of_them():
    with pytest.raises(ConfigError, match='or http in connect'):
        load(
            'namespaces: {/: {connect: {http: http://a/}}, '
            '/b: {events: {x: {ack: "${claims.sub}"}}}}'
        )


# Whether any backend is asked


@pytest.mark.parametrize(
    ('routes', 'asks'),
    [
        ('{}', False),
        ('{events: {x: {ack: http}, http: {join: a}}}', False),
        ('{events: {x: [{ack: 1}, {http: http://a/}]}}', True),
        ('{connect: {http: http://a/}}', True),
        ('{disconnect: {http: http://a/}}', True),
        ('{error: {do: {http: http://a/}}}', True),
    ],
)
def test_a_configuration_knows_whether_it_asks_backends(routes, asks):
    assert load(f'namespaces: {{/: {{}}, /b: {routes}}}').asks_backends is asks


# Sections


def test_without_the_section_there_is_no_admin_and_backends_have_their_bounds():
    config = load('namespaces: {/: }')
    assert config.admin is None
    assert config.backends == load('backends:\nnamespaces: {/: }').backends
    found = config.backends
    assert (found.connections, found.queue, found.hooks) == (64, 1_000, 10_000)
    assert (found.max_reply, found.give_up) == (1_000_000, 600.0)


def test_an_empty_admin_listens_on_this_host_without_keys():
    admin = load('admin: {}\nnamespaces: {/: }').admin
    assert admin is not None
    [entry] = admin.listen
    assert ip_address(entry.host).is_loopback
    assert (entry.port, admin.api_keys, admin.tls, admin.max_body) == (8001, (), None, 1_000_000)


@pytest.mark.parametrize('text', ['localhost:1', '127.9.9.9:1', '[::1]:1', 'unix:/run/a.sock'])
def test_admin_needs_no_keys_where_only_this_host_reaches_it(text):
    load(f'admin: {{listen: "{text}"}}\nnamespaces: {{/: }}')


def test_with_keys_admin_may_listen_anywhere():
    config = load('admin: {listen: ["0.0.0.0:1", "[::]:1"], api_keys: [a, b]}\nnamespaces: {/: }')
    assert config.admin.listen == (Listen('tcp', '0.0.0.0', 1), Listen('tcp', '::', 1))
    assert config.admin.api_keys == ('a', 'b')


def test_server_and_admin_may_both_take_any_free_port():
    load('server: {listen: 127.0.0.1:0}\nadmin: {listen: 127.0.0.1:0}\nnamespaces: {/: }')
