"""conf/systemd under a systemd that is booted for it (tests/support/booted.py).

What stands in the units is what is tried: they are installed as they are.
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support import raw
from tests.support.units import (
    CONF,
    ETC,
    KEY,
    PATIENCE,
    PORT,
    ctl,
    drop_in,
    echo,
    get,
    install,
    journal,
    shown,
    until,
)

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope='module', autouse=True)
def _installed():
    install()


@pytest.fixture
def service():
    """Started by its socket unit, and stopped at the end."""
    shutil.copy(CONF / 'gateway.yaml', ETC)
    ctl('start', 'gateway.socket')
    ctl('start', 'gateway.service')
    yield
    ctl('stop', 'gateway.service', 'gateway.socket')
    assert shown('Result') == 'success', journal()
    ctl('reset-failed', check=False)


def files(pid):
    """Soft and hard limit of open files."""
    [line] = [
        line
        for line in Path('/proc', pid, 'limits').read_text().splitlines()
        if line.startswith('Max open files')
    ]
    return line.split()[3:5]


@pytest.mark.usefixtures('service')
def test_it_runs_under_every_directive_and_says_so():
    assert shown('ActiveState') == 'active'
    assert shown('StatusText') == 'serving on http://127.0.0.1:8000'
    assert echo() == '431[1]'
    assert json.loads(get('/health/ready')[1])['status'] == 'ready'
    assert b'gateway_connections{transport="websocket"} 0.0' in get('/metrics')[1]
    pid = shown('MainPID')
    status = dict(
        line.split(':\t', 1) for line in Path('/proc', pid, 'status').read_text().splitlines()
    )
    assert status['NoNewPrivs'] == '1'
    assert status['Seccomp'] == '2'
    assert int(status['CapBnd'], 16) == 0
    assert '0' not in status['Uid'].split()
    assert files(pid) == [min('200000', files('1')[1], key=int)] * 2
    environment = Path('/proc', pid, 'environ').read_bytes()
    assert KEY.encode() not in environment


@pytest.mark.usefixtures('service')
def test_reload_waits_for_the_outcome_and_tells_the_reasons():
    pid, file = shown('MainPID'), ETC / 'gateway.yaml'
    text = file.read_text()
    file.write_text(text.replace('echo: {ack: "${args}"}', 'echo: {ack: [changed]}'))
    ctl('reload', 'gateway.service')
    assert echo() == '431["changed"]'
    file.write_text(text.replace('events:', 'evnts:'))
    assert ctl('reload', 'gateway.service', check=False).returncode != 0
    assert 'did you mean events?' in journal()
    assert echo() == '431["changed"]'
    assert (shown('MainPID'), shown('ActiveState')) == (pid, 'active')
    file.write_text(text)
    os.kill(int(pid), 1)  # SIGHUP
    until(lambda: echo() == '431[1]')
    assert shown('StatusText') == 'serving on http://127.0.0.1:8000'


def test_a_wrong_configuration_is_not_tried_for_ever():
    (ETC / 'gateway.yaml').write_text('server: {listen: systemd}\nnamespaces: {/: {evnts: {}}}\n')
    ctl('start', 'gateway.socket')
    assert ctl('start', 'gateway.service', check=False).returncode != 0
    until(lambda: shown('ActiveState') == 'failed')
    assert (shown('ExecMainStatus'), shown('NRestarts')) == ('3', '0')
    ctl('stop', 'gateway.socket')
    ctl('reset-failed')


@pytest.mark.usefixtures('service')
def test_a_loop_that_hangs_is_restarted():
    (ETC / 'hang.py').write_text(
        'import time\nfrom gateway import socketio\n'
        '@socketio.on("hang")\nasync def hang():\n    time.sleep(60)\n'
    )
    text = (ETC / 'gateway.yaml').read_text()
    (ETC / 'gateway.yaml').write_text(f'{text}\nhandlers: [./hang.py]\n')
    with drop_in('[Service]\nWatchdogSec=1s\n'):
        ctl('restart', 'gateway.service')
        pid = shown('MainPID')
        time.sleep(1.5)  # longer than the watchdog: a loop that lives is let live
        assert shown('MainPID') == pid
        peer = socket.create_connection(('127.0.0.1', PORT))
        peer.sendall(raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=PORT, headers='').encode())
        peer.sendall(raw.frame(raw.TEXT, b'40') + raw.frame(raw.TEXT, b'42["hang"]'))
        until(lambda: shown('NRestarts') == '1' and shown('ActiveState') == 'active')
        peer.close()
        assert shown('MainPID') not in (pid, '0')
        assert echo() == '431[1]'
    ctl('restart', 'gateway.service')


@pytest.mark.usefixtures('service')
def test_ten_restarts_refuse_no_connection():
    request = b'GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'

    async def connect(over, counts):
        while not over.is_set():
            try:
                reader, writer = await asyncio.open_connection('127.0.0.1', PORT)
            except OSError as error:
                counts[type(error).__name__] += 1
                continue
            try:
                writer.write(request)
                answer = await asyncio.wait_for(reader.read(), PATIENCE)
                counts['answered' if answer else 'closed'] += 1
            except OSError as error:
                counts[f'later {type(error).__name__}'] += 1
            finally:
                writer.close()

    async def scenario():
        over, counts = asyncio.Event(), Counter()
        tasks = [asyncio.create_task(connect(over, counts)) for _ in range(8)]
        pids = {shown('MainPID')}
        for _ in range(10):
            await asyncio.to_thread(ctl, 'restart', 'gateway.service')
            pids.add(shown('MainPID'))
        over.set()
        await asyncio.gather(*tasks)
        return pids, counts

    with drop_in('[Unit]\nStartLimitBurst=50\n[Service]\nExecStartPre=\n'):
        pids, counts = asyncio.run(scenario())
    assert len(pids) == 11
    assert counts.keys() == {'answered'}, counts
    assert counts['answered'] > 50


def pings():
    done = subprocess.run(['redis-cli', 'ping'], capture_output=True, check=False)
    return done.stdout == b'PONG\n'


def test_the_template_makes_several_that_are_one():
    redis = subprocess.Popen(['redis-server', '--save', '', '--port', '6379'], stdout=-3)
    try:
        until(pings)
        ctl('start', 'gateway@1', 'gateway@2')
        for port in (9001, 9002):
            until(lambda port=port: get('/health/ready', port)[0] == 200)

        async def scenario():
            async with raw.websocket(8001) as one, raw.websocket(8002) as two:
                one.send('42["say","hello"]')
                assert await two.text() == '42["said","hello"]'

        asyncio.run(scenario())
        ctl('stop', 'gateway@1', 'gateway@2')
        assert shown('Result', 'gateway@1.service') == 'success'
    finally:
        redis.terminate()
        redis.wait()
