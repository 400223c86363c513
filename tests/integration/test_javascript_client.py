"""The official JavaScript client 4.8, in Node, against the gateway as its users run it."""

import pytest

from tests.support.gateway import running, write
from tests.support.peers import FINALLY
from tests.support.routes import ROUTES

MODES = ['websocket', 'polling', 'upgrade']


@pytest.mark.parametrize('mode', MODES)
def test_values_come_back_as_they_were_sent(url, node, mode):
    report = node('values.js', url, mode).report()
    assert report == {'transport': FINALLY[mode], 'values': 14}


@pytest.mark.parametrize('mode', MODES)
def test_the_server_asks_and_the_client_answers(program, node, mode):
    hub = program('tests.support.hub')
    report = node('questions.js', hub.hello['url'], mode).report()
    assert report == {
        'none': 'seen',
        'some': ['text', 2, {'deep': [None]}, 'seen'],
        'binary': ['00017f80ff', 'seen'],
        'order': list(range(10)),
        'silence': 'timeout',
        'callbacks left': 0,
    }


@pytest.mark.parametrize('mode', MODES)
def test_two_namespaces_share_a_connection_and_a_third_is_refused(url, node, mode):
    report = node('namespaces.js', url, mode).report()
    assert report == {'refusal': 'Invalid namespace', 'connections': 1, 'nowhere': False}


@pytest.mark.parametrize('mode', MODES)
def test_it_reconnects_to_a_restarted_gateway(tmp_path, node, mode):
    config = write(tmp_path / 'gateway.yaml', ROUTES)
    with running(config) as first:
        script = node('reconnect.js', first.url, mode)
        assert script.line() == 'connected'
        port = first.port
    assert script.line() in {'transport close', 'transport error'}  # a frame; a poll's answer
    config = write(tmp_path / 'gateway.yaml', ROUTES, server={'listen': f'127.0.0.1:{port}'})
    with running(config):
        assert script.report() == {'answer': 'after', 'fresh': True}


@pytest.mark.parametrize('mode', MODES)
def test_a_connect_route_refuses(url, node, mode):
    report = node('refused.js', url, mode).report()
    assert report == {'message': 'wrong_key', 'connected': False}
