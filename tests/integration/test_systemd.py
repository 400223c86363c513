"""systemd: its own tools read the units, a systemd that is booted for it runs them."""

import asyncio
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from contextlib import contextmanager

import pytest

from tests.support import raw
from tests.support.booted import boot
from tests.support.gateway import ROOT, write
from tests.support.queues import free_port

CONF = ROOT / 'conf' / 'systemd'
SERVICES = ('gateway.service', 'gateway@.service')
OWN = {  # what the template has in place of the unit's
    '/etc/gateway/gateway.yaml': '/etc/gateway/gateway@.yaml',
    'RuntimeDirectory=gateway': 'RuntimeDirectory=gateway-%i',
    'online.target gateway.socket': 'online.target',
    'Description=Socket.IO gateway': 'Description=Socket.IO gateway %i',
    'DynamicUser=yes': 'Environment=INSTANCE=%i\nDynamicUser=yes',
}
MOST = 15  # tenths: the exposure that is allowed
ECHO = {'/': {'events': {'echo': {'ack': '${args}'}}}}


def passed(out, tests):
    """So many, and nothing else."""
    said = ''.join(
        file.read_text() for name in ('boot', 'output') if (file := out / f'{name}.txt').exists()
    )
    assert (out / 'result.xml').exists(), said
    [suite] = ET.parse(out / 'result.xml').getroot()
    found = {name: int(suite.get(name)) for name in ('tests', 'failures', 'errors', 'skipped')}
    assert found == {'tests': tests, 'failures': 0, 'errors': 0, 'skipped': 0}, said


@pytest.mark.timeout(180)
def test_the_units_hold_under_a_systemd_that_is_booted_for_them(tmp_path):
    passed(boot(tmp_path, 'tests/booted/units'), 10)


@pytest.mark.timeout(240)
def test_a_walk_through_the_operations_page_ends_with_a_broadcast_in_a_browser(tmp_path):
    out = boot(tmp_path, 'tests/booted/walk', network=True)
    passed(out, 1)
    assert (out / 'page.png').read_bytes().startswith(b'\x89PNG')


@pytest.mark.parametrize('unit', SERVICES)
def test_a_unit_is_little_exposed(unit):
    done = subprocess.run(
        ['systemd-analyze', 'security', '--offline=true', f'--threshold={MOST}', CONF / unit],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert float(re.search(r'exposure level.*: ([\d.]+)', done.stdout)[1]) <= MOST / 10


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    program = shutil.which('true')
    for file in CONF.glob('*.[s]*'):
        text = file.read_text().replace('/opt/gateway/bin/socketio-gateway', program)
        (tmp_path / file.name).write_text(text)
    (tmp_path / 'gateway@1.service').symlink_to('gateway@.service')
    names = ('gateway.service', 'gateway.socket', 'gateway@1.service')
    done = subprocess.run(
        ['systemd-analyze', 'verify', '--man=no', *(tmp_path / name for name in names)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if 'gateway' in line]


def test_the_template_differs_only_where_it_says_so():
    one, many = ((CONF / unit).read_text() for unit in SERVICES)
    for here, there in OWN.items():
        one = one.replace(here, there)
    assert directives(one) == directives(many)


def directives(text):
    return [line for line in text.splitlines() if line and not line.startswith('#')]


@contextmanager
def activated(config, *addresses):
    """The gateway as systemd-socket-activate starts it, at the first connection."""
    words = [word for address in addresses for word in ('-l', address)]
    program = ['--', sys.executable, ROOT / 'run_gateway.py', '--config', config]
    process = subprocess.Popen(
        ['systemd-socket-activate', *words, *program],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        for _ in addresses:
            assert process.stdout.readline().startswith('Listening on ')
        yield process
        process.terminate()
        said = process.communicate(timeout=20)[0]
        assert process.returncode == 0, said
        assert 'Traceback' not in said
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_inherited_sockets_are_served(tmp_path):
    path, port = tmp_path / 'gateway.sock', free_port()

    async def scenario():
        async with raw.websocket(port) as peer:
            peer.send('421["echo",1]')
            assert await peer.text() == '431[1]'
        reader, writer = await asyncio.open_unix_connection(path)
        query = f'GET /socket.io/?{raw.POLLING} HTTP/1.0\r\nHost: a\r\n\r\n'
        writer.write(query.encode())
        assert (await reader.read()).startswith(b'HTTP/1.1 200 OK')
        writer.close()

    config = write(tmp_path / 'gateway.yaml', ECHO, server={'listen': 'systemd'})
    with activated(config, f'127.0.0.1:{port}', str(path)):
        asyncio.run(scenario())
    assert path.exists()  # it is systemd's


@pytest.mark.parametrize(
    ('listen', 'said'),
    [
        ('systemd', 'systemd has handed over no socket: is there a .socket unit?'),
        ('systemd:admin', 'systemd has handed over no socket: is there a .socket unit?'),
    ],
)
def test_nobody_has_handed_over_a_socket(tmp_path, listen, said):
    config = write(tmp_path / 'gateway.yaml', ECHO, server={'listen': listen})
    done = subprocess.run(
        [sys.executable, ROOT / 'run_gateway.py', '--config', config],
        capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        1, f'{config}: cannot listen on {listen}: {said}\n',
    )  # fmt: skip
