"""The log of a running gateway: its forms, its fields, its levels, and nobody who reads it."""

import asyncio
import json
import signal
import subprocess
import sys

import pytest

from tests.support import raw
from tests.support.api import ADMIN, Api
from tests.support.gateway import ROOT, running, write

HANDLERS = """
import warnings
from gateway import socketio

@socketio.on('fail')
def fail():
    raise ValueError('bad\\nERROR gateway: forged')

@socketio.on('warn')
def warn():
    warnings.warn('old\\nERROR gateway: forged')
"""
ROUTES = {'/': {'events': {'echo': {'ack': '${args}'}}}}


@pytest.fixture
def start(tmp_path):
    def begin(after=(), **sections):
        (tmp_path / 'chat.py').write_text(HANDLERS)
        file = tmp_path / 'gateway.yaml'
        return running(write(file, ROUTES, handlers=['./chat.py'], **sections), after=after)

    return begin


async def fail(port, times=1):
    async with raw.websocket(port) as peer:
        for _ in range(times):
            peer.send('421["fail"]')
            assert await peer.text() == (
                '431[{"error":{"code":"handler_failed","message":"the handler failed"}}]'
            )
        return peer.sid


def objects(gateway):
    return [json.loads(line) for line in gateway.lines]


def test_json_has_fields_and_the_traceback_in_one_line(start):
    with start(log={'format': 'json'}) as gateway:
        sid = asyncio.run(fail(gateway.port))
        gateway.says('ValueError')
        [found] = [one for one in objects(gateway) if one['level'] == 'error']
        gateway.process.terminate()
        assert gateway.process.wait(20) == 0
        gateway.kill()
        assert objects(gateway)[-2]['message'] == 'stopping'
    assert (found['sid'], found['namespace'], found['event']) == (sid, '/', 'fail')
    assert found['handler'] == 'chat.fail'
    assert found['exception'].endswith('ValueError: bad\nERROR gateway: forged')


def test_a_slow_consumer_has_its_address(start):
    async def scenario(port):
        async with raw.websocket(port) as peer:
            for _ in range(60):
                peer.send(f'421["echo","{"x" * 500_000}"]')
            await asyncio.to_thread(gateway.says, 'slow consumer')

    with start(log={'format': 'json'}, socketio={'max_send_buffer': '1KB'}) as gateway:
        asyncio.run(scenario(gateway.port))
        [found] = [one for one in objects(gateway) if one['level'] == 'warning']
    assert (found['reason'], found['ip']) == ('slow consumer', '127.0.0.1')


def test_a_warning_of_python_is_a_line_like_others(start):
    async def scenario(port):
        async with raw.websocket(port) as peer:
            peer.send('421["warn"]')
            assert await peer.text() == '431[]'

    with start(log={'format': 'json'}) as gateway:
        asyncio.run(scenario(gateway.port))
        gateway.says('UserWarning')
        gateway.kill()
    [found] = [one for one in objects(gateway) if one['logger'] == 'py.warnings']
    assert 'UserWarning: old\nERROR gateway: forged' in found['message']


def test_a_client_fills_no_disk(start):
    with start(log={'format': 'logfmt'}) as gateway:
        asyncio.run(fail(gateway.port, times=50))
        gateway.kill()  # and all that it has said is there
    lines = [line for line in gateway.lines if 'level=error' in line]
    assert len(lines) == 20
    assert all('event=fail' in line and 'sid=' in line for line in lines)


def test_the_access_log_has_connections_clients_and_requests(start):
    async def scenario(port):
        async with raw.websocket(port) as peer:
            await raw.ask(port, 'EIO=3&transport=polling&secret=hidden')
            return peer.sid

    with start(log={'format': 'json', 'access': True}, admin=ADMIN) as gateway:
        sid = asyncio.run(scenario(gateway.port))
        with Api(gateway) as api:
            assert api.get('/namespaces')[0] == 200
        gateway.says('admin GET')
        gateway.stop()
        found = [one for one in objects(gateway) if one['logger'] == 'gateway.access']
    messages = [one['message'] for one in found]
    assert any(message.startswith('GET /socket.io/ 400 ') for message in messages)
    assert 'admin GET /api/v1/namespaces 200 from 127.0.0.1' in messages
    assert {one['ip'] for one in found if 'status' in one} == {'127.0.0.1'}
    [joined] = [one for one in found if 'connected to' in one['message']]
    assert (joined['sid'], joined['namespace'], joined['ip']) == (sid, '/', '127.0.0.1')
    [closed] = [one for one in found if one['message'].endswith(' closed: transport close')]
    assert joined['session'] == closed['sid'] != sid
    assert [one['reason'] for one in found if one['message'].startswith(f'{sid}: left')] == [
        'transport close'
    ]
    assert 'hidden' not in gateway.output


def test_levels_are_changed_by_a_reload(start, tmp_path):
    with start(log={'level': 'warning'}) as gateway:
        file = tmp_path / 'gateway.yaml'
        write(file, ROUTES, handlers=['./chat.py'], log={'levels': {'gateway.engine': 'debug'}})
        gateway.process.send_signal(signal.SIGHUP)
        gateway.says('INFO gateway.reload: reloaded')
        asyncio.run(fail(gateway.port))
        gateway.says('DEBUG gateway.engine.session: session')
        gateway.kill()


def test_the_level_of_the_command_line_counts_more_and_stays_so(start):
    with start(after=['--log-level', 'debug'], log={'level': 'error'}) as gateway:
        asyncio.run(fail(gateway.port))
        gateway.says('DEBUG gateway.engine.session: session')
        gateway.process.send_signal(signal.SIGHUP)
        gateway.says('INFO gateway.reload: reloaded')
        del gateway.lines[:]
        asyncio.run(fail(gateway.port))
        gateway.says('DEBUG gateway.engine.session: session')
        gateway.kill()


def test_a_log_that_nobody_reads_stops_nothing(start, tmp_path):
    (tmp_path / 'chat.py').write_text(HANDLERS)
    file = write(
        tmp_path / 'gateway.yaml',
        ROUTES,
        handlers=['./chat.py'],
        log={'levels': {'gateway': 'debug'}},
    )
    process = subprocess.Popen(
        [sys.executable, ROOT / 'run_gateway.py', '--config', file],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        for line in process.stdout:
            if 'listening on' in line:
                port = int(line.rpartition(':')[2])
                break

        async def scenario():
            for _ in range(1_200):  # lines enough for any pipe
                async with raw.websocket(port) as peer:
                    peer.send('421["echo"]')
                    assert await peer.text() == '431[]'

        asyncio.run(asyncio.wait_for(scenario(), 30))
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_stop_says_its_reason_once(start):
    async def scenario(gateway):
        async with raw.websocket(gateway.port):
            await asyncio.to_thread(gateway.stop)

    with start(log={'access': True}) as gateway:
        asyncio.run(scenario(gateway))
    assert gateway.output.count(' closed: server shutting down\n') == 1


def test_who_is_refused_is_told_with_the_reason(start, tmp_path):
    async def scenario(port):
        async with raw.websocket(port, join=None) as peer:
            for namespace, why in (('/none', 'Invalid namespace'), ('/shut', 'closed')):
                peer.send(f'40{namespace},')
                assert await peer.text() == f'44{namespace},{{"message":"{why}"}}'

    rejecting = {'/shut': {'connect': {'reject': 'closed'}}}
    file = write(tmp_path / 'gateway.yaml', rejecting, log={'access': True})
    with running(file) as gateway:
        asyncio.run(scenario(gateway.port))
        gateway.says(": refused by '/none': Invalid namespace")
        gateway.says(": refused by '/shut': closed")
