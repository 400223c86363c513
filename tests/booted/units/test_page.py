"""docs/systemd.md, command by command: what installs the units, and what brings them back."""

import re
import shutil
import subprocess

from tests.support import units
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
    shutil.rmtree(units.ETC, ignore_errors=True)
    try:
        said = typed(commands('Install the units'))
        assert 'Status: "serving on http://127.0.0.1:8000"' in said
        assert units.echo() == '431[1]'
        assert units.shown('UnitFileState') == 'enabled'
        key = (units.ETC / 'api_key').read_text().strip()
        assert len(key) == 32
        assert (units.ETC / 'api_key').stat().st_mode & 0o777 == 0o600
        typed('sudo systemctl reload gateway\nsudo systemctl kill -s HUP gateway\n')
        typed(commands('What systemd is told'))
        assert units.echo() == '431[1]'
    finally:
        units.ctl('disable', '--now', 'gateway.socket', 'gateway.service', check=False)


def test_the_second_listing_of_sockets_gives_the_admin_listener_its_own():
    blocks = re.findall(r'^```(?:ini|yaml)\n(.*?)^```', PAGE, re.DOTALL | re.MULTILINE)
    [config] = [block for block in blocks if 'systemd:admin' in block]
    [sockets] = [block for block in blocks if 'FileDescriptorName' in block]
    units.ETC.mkdir(exist_ok=True)
    (units.ETC / 'gateway.yaml').write_text(config)
    (units.ETC / 'api_key').write_text(units.KEY)
    for name in ('gateway.service', 'gateway.socket'):
        shutil.copy(units.CONF / name, units.UNITS)
    (units.UNITS / 'gateway-admin.socket').write_text(sockets)
    units.ctl('daemon-reload')
    units.ctl('start', 'gateway-admin.socket', 'gateway.service')
    try:
        at = '--admin unix:/run/gateway-admin.sock'
        command = (
            f'/opt/gateway/bin/socketio-gateway reload --config /etc/gateway/gateway.yaml {at}'
        )
        assert 'nothing has changed in the file' in typed(command)
    finally:
        units.ctl('stop', 'gateway.service', 'gateway.socket', 'gateway-admin.socket')
        (units.UNITS / 'gateway-admin.socket').unlink()
        units.ctl('daemon-reload')
