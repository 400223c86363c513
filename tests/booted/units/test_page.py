"""docs/systemd.md, command by command: what installs the units, and what brings them back."""

import re
import shutil
import subprocess

from tests.booted.units import test_unit as unit
from tests.support.gateway import ROOT

PAGE = (ROOT / 'docs' / 'systemd.md').read_text()
SUDO = 'set -e -o pipefail; sudo() { "$@"; }; umask 022\n'


def commands(title):
    """The block of commands below a heading that installs or mends."""
    section = PAGE.split(f'\n## {title}\n')[1].split('\n## ')[0]
    [block] = re.findall(r'^```sh\n(.*?)^```', section, re.DOTALL | re.MULTILINE)
    return block


def typed(text):
    done = subprocess.run(
        ['bash', '-c', SUDO + text], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_the_page_says_installs_it_and_brings_it_back():
    shutil.rmtree(unit.ETC, ignore_errors=True)
    try:
        said = typed(commands('Install the units'))
        assert 'Status: "serving on http://127.0.0.1:8000"' in said
        assert unit.echo() == '431[1]'
        assert unit.shown('UnitFileState') == 'enabled'
        key = (unit.ETC / 'api_key').read_text().strip()
        assert len(key) == 32
        assert (unit.ETC / 'api_key').stat().st_mode & 0o777 == 0o600
        typed('sudo systemctl reload gateway\nsudo systemctl kill -s HUP gateway\n')
        typed(commands('What systemd is told'))
        assert unit.echo() == '431[1]'
    finally:
        unit.ctl('disable', '--now', 'gateway.socket', 'gateway.service', check=False)


def test_the_second_listing_of_sockets_gives_the_admin_listener_its_own():
    blocks = re.findall(r'^```(?:ini|yaml)\n(.*?)^```', PAGE, re.DOTALL | re.MULTILINE)
    [config] = [block for block in blocks if 'systemd:admin' in block]
    [sockets] = [block for block in blocks if 'FileDescriptorName' in block]
    unit.ETC.mkdir(exist_ok=True)
    (unit.ETC / 'gateway.yaml').write_text(config)
    (unit.ETC / 'api_key').write_text(unit.KEY)
    for name in ('gateway.service', 'gateway.socket'):
        shutil.copy(unit.CONF / name, unit.UNITS)
    (unit.UNITS / 'gateway-admin.socket').write_text(sockets)
    unit.ctl('daemon-reload')
    unit.ctl('start', 'gateway-admin.socket', 'gateway.service')
    try:
        at = '--admin unix:/run/gateway-admin.sock'
        command = (
            f'/opt/gateway/bin/socketio-gateway reload --config /etc/gateway/gateway.yaml {at}'
        )
        assert 'nothing has changed in the file' in typed(command)
    finally:
        unit.ctl('stop', 'gateway.service', 'gateway.socket', 'gateway-admin.socket')
        (unit.UNITS / 'gateway-admin.socket').unlink()
        unit.ctl('daemon-reload')
