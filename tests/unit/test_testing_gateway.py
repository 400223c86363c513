"""The gateway of a test: where its configuration comes from, and what it leaves behind."""

import threading

import pytest

from gateway.config.load import load
from gateway.errors import ConfigError
from gateway.testing import TestGateway
from tests.support.recipes import Backend

ECHO = {'namespaces': {'/': {'events': {'all': {'emit': {'to': 'all'}}}}}}


def test_a_configuration_is_a_file_a_dict_or_a_config(tmp_path):
    file = tmp_path / 'gateway.yaml'
    file.write_text('namespaces: {/: {connect: {reject: "${env.WORD}"}}}')
    for config in (file, str(file)):
        with TestGateway(config, env={'WORD': 'closed'}) as gateway:
            assert gateway.client().refusal() == {'message': 'closed'}
    with TestGateway(load(file, {'WORD': 'shut'})) as gateway:
        assert gateway.client().refusal() == {'message': 'shut'}
    with pytest.raises(
        ConfigError, match=r'^config:4:4: namespaces\."/"\.event: unknown key event'
    ):
        TestGateway({'namespaces': {'/': {'event': {}}}})


def test_two_gateways_know_nothing_of_each_other():
    with TestGateway(ECHO) as first, TestGateway(ECHO) as second:
        one, two = first.client(), second.client()
        one.emit('all')
        assert (len(one.get_received()), len(two.get_received())) == (1, 0)


def test_its_thread_ends_with_it():
    def threads():
        return [thread.name for thread in threading.enumerate()]

    with TestGateway(ECHO) as gateway:
        gateway.client().emit('all')
        assert 'gateway' in threads()
    assert 'gateway' not in threads()


def test_a_route_asks_its_backend_and_there_is_neither_admin_listener_nor_cluster():
    replies = {'/in': {'claims': {'sub': 'ann'}}, '/job': {'ack': ['job-7'], 'do': {'emit': {}}}}
    backend = Backend(lambda path, body: (200, replies[path]))
    config = {
        'admin': {},
        'cluster': 'redis://127.0.0.1:1',
        'namespaces': {
            '/': {
                'connect': {'http': f'{backend.url}/in'},
                'events': {'job': {'http': f'{backend.url}/job'}, 'who': {'ack': '${claims.sub}'}},
            }
        },
    }
    try:
        with TestGateway(config) as gateway:
            client = gateway.client()
            assert client.emit('job', 5, callback=True) == 'job-7'
            assert client.get_received() == [{'name': 'job', 'args': [5], 'namespace': '/'}]
            assert client.emit('who', callback=True) == 'ann'
            assert gateway.gateway.admin is gateway.gateway.cluster is None
    finally:
        backend.end()
