"""/metrics and /health of a running gateway, read as Prometheus reads them."""

import asyncio
import dataclasses
import http.client
import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as open_families,
)
from prometheus_client.parser import text_string_to_metric_families as families

from gateway.backends import backend, hooks
from gateway.backends import counters as backends
from gateway.cluster import counters as cluster
from gateway.engine import counters as engine
from gateway.http import counters as admin
from gateway.http import meanings
from gateway.routing import counters as handlers
from tests.support import raw
from tests.support.api import ADMIN, KEY, Api, port_of
from tests.support.gateway import ROOT, running, write

ROUTES = {
    '/': {
        'events': {
            'all': {'emit': {'event': 'all', 'to': 'all'}},
            'enter': {'join': '${data}'},
            '*': {'ack': 'any'},
        }
    },
    '/room-*': {'events': {'x': {'ack': 1}}},
}
CONF = Path(ROOT, 'conf', 'prometheus')


def get(gateway, path, **headers):
    connection = http.client.HTTPConnection('127.0.0.1', port_of(gateway), timeout=20)
    connection.request('GET', path, headers={'Authorization': f'Bearer {KEY}', **headers})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode(), answer.headers['Content-Type']
    connection.close()
    return found


def figures(gateway):
    """By name and labels."""
    status, text, _ = get(gateway, '/metrics')
    assert status == 200
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families(text)
        for sample in family.samples
    }


@pytest.fixture(scope='module')
def gateway(tmp_path_factory):
    file = tmp_path_factory.mktemp('metrics') / 'gateway.yaml'
    with running(write(file, ROUTES, admin=ADMIN)) as found:
        yield found


def of(found, name, **labels):
    return found[(f'gateway_{name}', *sorted(labels.items()))]


def test_the_figures_are_what_the_clients_did(gateway):
    async def scenario():
        port = gateway.port
        async with raw.websocket(port) as one, raw.websocket(port, join='/room-7') as two:
            await two.join('/')
            poller = await raw.polling(port)
            before = await asyncio.to_thread(figures, gateway)
            for number in range(3):
                one.send(f'42["all",{number}]')
                for peer in (one, two):
                    assert await peer.text() == f'42["all",{number}]'
            one.send('427["enter","a"]')
            assert await one.text() == '437[]'
            for event in ('made', 'up', 'names'):
                one.send(f'421["{event}"]')
                assert await one.text() == '431["any"]'
            two.send('42/room-7,1["nothing"]')
            assert (await two.text()).startswith('43/room-7,1[{"error"')
            assert await poller.poll()
            found = await asyncio.to_thread(figures, gateway)
        return before, found

    before, found = asyncio.run(scenario())

    def more(name, **labels):
        return of(found, name, **labels) - of(before, name, **labels)

    assert of(found, 'connections', transport='websocket') == 2
    assert of(found, 'connections', transport='polling') == 1
    assert of(found, 'clients', namespace='/') == 3
    assert of(found, 'clients', namespace='/room-*') == 1
    assert of(found, 'rooms', namespace='/') == 1
    assert of(found, 'handshakes_total') == 3
    assert more('events_total', namespace='/', event='all') == 3
    assert more('acks_total', namespace='/', event='all') == 0
    assert more('events_total', namespace='/', event='*') == 3
    assert more('acks_total', namespace='/', event='*') == 3
    assert more('acks_total', namespace='/', event='enter') == 1
    assert more('events_unknown_total', namespace='/room-*') == 1
    assert more('deliveries_total') == 3 * 3 + 1 + 3 + 1
    assert more('fanout_duration_seconds_count') == 3
    assert more('delivery_bytes_total') == sum(
        2 + len(text) for text in [*['42["all",0]'] * 9, '437[]', *['431["any"]'] * 3]
    ) + 2 + len(
        '43/room-7,1[{"error":{"code":"unknown_event","message":"no route for this event"}}]'
    )
    assert more('received_bytes_total') > 100
    assert found['process_open_fds',] > 5
    assert not [key for key in found if 'made' in str(key) or 'room-7' in str(key)]


def test_the_loop_has_a_pulse(gateway):
    with Api(gateway) as api:
        while not of(figures(gateway), 'loop_lag_seconds_count'):
            assert api.get('/namespaces')[0] == 200


def test_refusals_and_disconnects_have_reasons(gateway):
    async def scenario():
        assert (await raw.ask(gateway.port, 'EIO=3&transport=polling')).status == 400
        async with raw.websocket(gateway.port) as peer:
            peer.write(raw.frame(raw.TEXT, b'nonsense'))
            await peer.closed()

    before = figures(gateway)
    asyncio.run(scenario())
    found = figures(gateway)
    refused = {key: value for key, value in found.items() if key[0] == 'gateway_refusals_total'}
    assert sum(refused.values()) == 1
    protocol = of(found, 'disconnects_total', reason='protocol error')
    assert protocol - of(before, 'disconnects_total', reason='protocol error') == 1


def test_whom_a_namespace_refuses_is_counted_by_names_that_are_few(gateway):
    async def scenario():
        async with raw.websocket(gateway.port, join=None) as peer:
            for namespace in ('/none', '/made up'):
                peer.send(f'40{namespace},')
                assert await peer.text() == f'44{namespace},{{"message":"Invalid namespace"}}'

    asyncio.run(scenario())
    found = figures(gateway)
    assert of(found, 'connects_refused_total', namespace='*') == 2
    assert of(found, 'connects_refused_total', namespace='/') == 0
    assert of(found, 'log_lines_unwritten_total', reason='limited') == 0


def test_openmetrics_is_spoken_too(gateway):
    accept = 'application/openmetrics-text;version=1.0.0;q=0.9,text/plain;q=0.1'
    status, text, kind = get(gateway, '/metrics', Accept=accept)
    assert (status, kind.partition(';')[0]) == (200, 'application/openmetrics-text')
    assert 'gateway_deliveries' in {family.name for family in open_families(text)}


def test_promtool_finds_nothing_wrong_with_it(gateway):
    _, text, _ = get(gateway, '/metrics')
    done = subprocess.run(
        ['promtool', 'check', 'metrics'], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')


def test_who_has_no_key_sees_the_health_only(gateway):
    nobody = {'Authorization': ''}
    assert get(gateway, '/metrics', **nobody)[0] == 401
    for path in ('/health/live', '/health/ready'):
        status, text, _ = get(gateway, path, **nobody, Host='load-balancer.example')
        assert (status, json.loads(text)['status']) == (200, path.rpartition('/')[2])


def test_who_drains_is_not_ready_and_says_why(tmp_path):
    file = write(tmp_path / 'gateway.yaml', ROUTES, admin=ADMIN, server={'drain_delay': '1s'})
    with running(file) as found:
        found.process.send_signal(signal.SIGTERM)
        found.says('stopping')
        status, text, _ = get(found, '/health/ready')
        reasons = [{'code': 'stopping', 'message': 'the gateway stops'}]
        assert (status, json.loads(text)) == (503, {'status': 'not_ready', 'reasons': reasons})
        assert of(figures(found), 'ready') == 0
        found.ended()


def test_who_has_lost_its_queue_is_not_ready(tmp_path):
    file = write(tmp_path / 'gateway.yaml', {'/': {}}, admin=ADMIN, cluster='redis://127.0.0.1:1/0')
    with running(file) as found:
        status, text, _ = get(found, '/health/ready')
        assert (status, json.loads(text)['reasons'][0]['code']) == (503, 'cluster')
        assert of(figures(found), 'cluster_connected') == 0


def test_a_reload_counts_on(tmp_path):
    file = write(tmp_path / 'gateway.yaml', ROUTES, admin=ADMIN)

    async def scenario(found):
        async with raw.websocket(found.port) as peer:
            peer.send('421["other"]')
            assert await peer.text() == '431["any"]'
            write(file, {'/': {'events': {'*': {'ack': 'new'}}}}, admin=ADMIN)
            found.process.send_signal(signal.SIGHUP)
            await asyncio.to_thread(found.says, 'gateway.reload: reloaded')
            peer.send('421["other"]')
            assert await peer.text() == '431["new"]'

    with running(file) as found:
        asyncio.run(scenario(found))
        counted = figures(found)
        assert of(counted, 'events_total', namespace='/', event='*') == 2
        assert of(counted, 'reloads_total', outcome='done') == 1
        assert ('gateway_events_total', ('event', 'all'), ('namespace', '/')) not in counted


@pytest.mark.parametrize(
    ('counters', 'table', 'elsewhere'),
    [
        (engine, meanings.ENGINE, set()),
        (handlers, meanings.HANDLERS, {'durations'}),
        (backends, meanings.BACKENDS, set()),
        (cluster, meanings.CLUSTER, set()),
        (admin, meanings.ADMIN, set()),
    ],
)
def test_every_counter_is_told(counters, table, elsewhere):
    fields = {field.name for field in dataclasses.fields(counters.Counters)}
    assert fields - elsewhere == table.keys()


SLOW = """
import time
from gateway import socketio

@socketio.on('slow')
def slow():
    time.sleep(0.2)
"""


def test_a_handler_that_was_not_started_took_no_time(tmp_path):
    """Nothing but what ran is in its histogram: a full gateway does not look fast."""
    (tmp_path / 'chat.py').write_text(SLOW)
    few = {'threads': 1, 'thread_queue': 1}
    file = write(
        tmp_path / 'gateway.yaml', {'/': {}}, handlers=['./chat.py'], admin=ADMIN, server=few
    )

    async def scenario(port):
        async with raw.websocket(port) as peer:
            for number in range(1, 7):
                peer.send(f'42{number}["slow"]')
            return [await peer.text() for _ in range(6)]

    with running(file) as gateway:
        answers = asyncio.run(scenario(gateway.port))
        found = figures(gateway)
    assert sum('"busy"' in answer for answer in answers) == of(found, 'handlers_busy_total') == 4
    assert of(found, 'handler_duration_seconds_count', handler='chat.slow') == 2
    assert of(found, 'handler_duration_seconds_bucket', handler='chat.slow', le='0.1') == 0


def test_what_backends_can_fail_with_is_known():
    assert set(meanings.CODES) == backend.MESSAGES.keys()
    assert set(meanings.HOOKS_LOST) == hooks.LOST.keys()


def test_the_first_loss_is_seen_by_an_alert(tmp_path):
    """`increase` of a series that begins with the loss is 0."""
    routes = {'/': {'events': {'ask': {'http': {'url': 'http://127.0.0.1:1/'}}}}}
    file = write(tmp_path / 'gateway.yaml', routes, admin=ADMIN, cluster='redis://127.0.0.1:1/0')

    async def scenario(found):
        async with raw.websocket(found.port) as peer:
            peer.send('421["ask"]')
            assert 'backend_failed' in await peer.text()

    with running(file) as gateway:
        lost = {key: n for key, n in figures(gateway).items() if 'cluster_lost_total' in key[0]}
        assert {labels[1] for _, labels in lost} == {'full', 'big', 'stopped', 'gap'}
        asyncio.run(scenario(gateway))
        found = figures(gateway)
    asked = {'backend': 'http://127.0.0.1:1'}
    assert of(found, 'backend_failures_total', **asked, code='backend_failed') == 1
    assert of(found, 'backend_failures_total', **asked, code='backend_down') == 0
    assert of(found, 'backend_hooks_lost_total', **asked, reason='full') == 0


def test_the_alerts_ask_for_figures_that_exist(gateway):
    """Which there are, docs/operations.md tells; a test of its own holds that it does."""
    groups = yaml.safe_load((CONF / 'alerts.yaml').read_text())['groups']
    asked = ' '.join(rule['expr'] for group in groups for rule in group['rules'])
    found = {
        name.removesuffix('_bucket') for name in re.findall(r'\b(?:gateway|process)_\w+', asked)
    }
    page = (ROOT / 'docs' / 'operations.md').read_text()
    there = {name for name, *_ in figures(gateway)}
    assert len(found) > 10
    assert found <= there | {*re.findall(r'^\| `(gateway_\w+)`', page, re.MULTILINE)}


@pytest.mark.parametrize(
    ('words', 'file'),
    [
        ('check rules', CONF / 'alerts.yaml'),
        ('check config', CONF / 'prometheus.yaml'),
        ('test rules', ROOT / 'tests' / 'integration' / 'alerts_test.yaml'),  # they fire
    ],
)
def test_promtool_finds_nothing_wrong_with_the_alerts(words, file):
    done = subprocess.run(
        ['promtool', *words.split(), file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
