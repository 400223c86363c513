"""The units of conf/systemd, for tests that run under a systemd booted for them (booted.py): how
they are installed, commanded and asked.
"""

import asyncio
import contextlib
import http.client
import shutil
import subprocess
import time
from pathlib import Path

from tests.support import raw
from tests.support.gateway import ROOT

CONF = ROOT / 'conf' / 'systemd'
UNITS = Path('/etc/systemd/system')
ETC = Path('/etc/gateway')
KEY = 'a-key-that-nobody-guesses'
PORT, ADMIN = 8000, 8001
PATIENCE = 20  # seconds


def install():
    """The units as they stand, with the configurations that are delivered."""
    ETC.mkdir(exist_ok=True)
    for file in CONF.glob('gateway*.*'):
        shutil.copy(file, ETC if file.suffix == '.yaml' else UNITS)
    (ETC / 'api_key').write_text(KEY)
    (ETC / 'api_key').chmod(0o600)
    ctl('daemon-reload')


def ctl(*words, check=True):
    done = subprocess.run(
        ['systemctl', '--no-pager', *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 or not check, done.stdout + done.stderr + journal()
    return done


def journal():
    done = subprocess.run(
        ['journalctl', '--no-pager', '-n', '60', '-u', 'gateway*'],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout


def shown(name, unit='gateway.service'):
    return ctl('show', '--property', name, '--value', unit).stdout.strip()


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, journal()
        time.sleep(0.05)


@contextlib.contextmanager
def drop_in(text, unit='gateway.service'):
    """Other lines for a unit, for a while."""
    folder = UNITS / f'{unit}.d'
    folder.mkdir()
    (folder / 'test.conf').write_text(text)
    ctl('daemon-reload')
    try:
        yield
    finally:
        shutil.rmtree(folder)
        ctl('daemon-reload')


def echo(port=PORT):
    async def scenario():
        async with raw.websocket(port) as peer:
            peer.send('421["echo",1]')
            return await peer.text()

    return asyncio.run(scenario())


def get(path, port=ADMIN):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=PATIENCE)
    connection.request('GET', path, headers={'Authorization': f'Bearer {KEY}'})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body
