"""What a page of another origin may read: headers beside those of Node's `cors` option."""

import asyncio
import contextlib
import json

import pytest

from tests.support import gateway as gateways
from tests.support import node as nodes
from tests.support.http import request

TARGET = '/socket.io/?EIO=4&transport=polling'
PAGE, OTHER = 'https://app.example', 'https://evil.example'
ASKED = 'Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-token, x-more\r\n'
MINE = {'access-control-allow-origin': PAGE, 'access-control-allow-credentials': 'true'}
PREFLIGHT = {
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': 'x-token, x-more',
    'access-control-max-age': '7200',
    'vary': 'Origin, Access-Control-Request-Headers',
}


@pytest.fixture(scope='module')
def servers(tmp_path_factory):
    """`(port of a gateway, port of Node)` for a list of origins and for all of them."""
    with contextlib.ExitStack() as stack:
        found = {}
        for name, origins, cors in (
            ('list', [PAGE], {'origin': [PAGE], 'credentials': True}),
            ('*', '*', {'origin': '*'}),
        ):
            path = tmp_path_factory.mktemp('gateway') / 'gateway.yaml'
            config = gateways.write(path, {'/': {}}, socketio={'allowed_origins': origins})
            gateway = stack.enter_context(gateways.running(config))
            node = stack.enter_context(nodes.running('server.js', json.dumps({'cors': cors})))
            found[name] = gateway.port, node.line()
        yield found


def shown(answer):
    """Of its headers what the Fetch standard reads."""
    return {
        name: value
        for name, value in answer.headers.items()
        if name == 'vary' or name.startswith('access-control-')
    }


def ask(port, method, origin, headers='', target=TARGET, body=None):
    line = f'Origin: {origin}\r\n' if origin else ''
    return asyncio.run(request(port, method, target, line + headers, body))


def test_a_page_of_the_list_may_read_answers_with_credentials(servers):
    for port in servers['list']:
        answer = ask(port, 'GET', PAGE)
        assert answer.status == 200
        assert shown(answer) == {**MINE, 'vary': 'Origin'}


def test_any_page_may_read_answers_without_credentials_where_all_may(servers):
    for port in servers['*']:
        assert shown(ask(port, 'GET', OTHER)) == {'access-control-allow-origin': '*'}


def test_refusals_can_be_read_too(servers):
    for port in servers['list']:
        answer = ask(port, 'GET', PAGE, target='/socket.io/?EIO=4&transport=tcp')
        assert (answer.status, shown(answer)) == (400, {**MINE, 'vary': 'Origin'})
    port, _ = servers['list']
    answer = ask(port, 'POST', PAGE, body=b'x' * 1_000_001)
    assert (answer.status, shown(answer)) == (413, {**MINE, 'vary': 'Origin'})


def test_another_page_is_refused_and_may_read_nothing(servers):
    port, _ = servers['list']
    for method in ('GET', 'POST', 'OPTIONS', 'PUT'):
        answer = ask(port, method, OTHER, ASKED)
        assert (answer.status, shown(answer)) == (403, {})
        assert answer.body == b'{"code":4,"message":"Forbidden"}'


def test_who_sends_no_origin_is_told_nothing(servers):
    for port in (servers['list'][0], servers['*'][0]):
        assert shown(ask(port, 'GET', None)) == {}


def test_a_preflight_is_answered_as_by_node(servers):
    """But with the methods that there are, and an age, which spares the next preflights."""
    ours, theirs = (ask(port, 'OPTIONS', PAGE, ASKED) for port in servers['list'])
    assert (ours.status, ours.body, shown(ours)) == (204, b'', {**MINE, **PREFLIGHT})
    assert (theirs.status, theirs.body) == (204, b'')
    assert shown(theirs) == {
        **{name: shown(ours)[name] for name in shown(ours) if 'max-age' not in name},
        'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
    }


def test_a_preflight_where_all_pages_may(servers):
    ours, theirs = (ask(port, 'OPTIONS', OTHER, ASKED) for port in servers['*'])
    vary = {'vary': 'Access-Control-Request-Headers'}
    assert shown(ours) == {'access-control-allow-origin': '*', **PREFLIGHT, **vary}
    assert shown(theirs)['vary'] == vary['vary']
    assert shown(theirs)['access-control-allow-origin'] == '*'


def test_a_preflight_for_any_path_or_transport_needs_no_session(servers):
    port, _ = servers['list']
    for target in ('/socket.io/', '/socket.io/?EIO=4&transport=polling&sid=unknown'):
        assert ask(port, 'OPTIONS', PAGE, ASKED, target).status == 204
