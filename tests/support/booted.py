"""A systemd of its own: namespaces, a root that is thrown away, and the unit's programs in /opt.

Rules of this file:
- All that is written lands in memory: the machine's files are only the lower layer of an overlay.
- Units that touch the kernel of the machine are masked. There is no network but a loopback.
- Its control group is one of its own, and the only ones that it sees are below it.
- What runs in it is pytest, on tests of tests/booted; its result comes out through a folder.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.support.gateway import ROOT

PATIENCE = 120  # seconds for all of it
MASKED = (
    'systemd-sysctl.service',
    'systemd-modules-load.service',
    'systemd-binfmt.service',
    'systemd-udevd.service',
    'systemd-udev-trigger.service',
    'systemd-journald-audit.socket',
    'systemd-random-seed.service',
    'systemd-tmpfiles-clean.timer',
    'dbus.service',
    'proc-sys-fs-binfmt_misc.automount',
    'dev-hugepages.mount',
    'epmd.socket',
)
INSIDE = """\
[Unit]
DefaultDependencies=no
After=basic.target
[Service]
Type=oneshot
WorkingDirectory=/opt/source
Environment=THROW_AWAY=1 PYTHONDONTWRITEBYTECODE=1 HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin
ExecStart=-/opt/gateway/bin/python -m pytest -q -p no:cacheprovider --junitxml /out/result.xml \
    -c pyproject.toml TESTS
ExecStart=-/bin/sh -c 'journalctl --no-pager -u "gateway*" > /out/journal.txt'
ExecStart=/bin/systemctl exit 0
StandardOutput=file:/out/output.txt
StandardError=file:/out/output.txt
"""
TARGET = '[Unit]\nRequires=sysinit.target basic.target\nWants=inside.service\n'
CONSOLE = """\
#!/opt/gateway/bin/python
import sys
from gateway.cli import main
sys.exit(main())
"""
# Before the namespaces: what it is in then is the root of what it sees. The machine's own groups,
# with who runs in them, are none of its business.
ENTER = """\
set -e
groups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
group=${groups:?is not mounted}/booted-$$
mkdir $group
code=0
( echo 0 > $group/cgroup.procs; exec setpriv --pdeathsig KILL "$@" ) || code=$?
find $group -depth -type d -exec rmdir {} +
exit $code
"""
BOOT = """\
set -e
mount --make-rprivate /
base=$1
mount -t tmpfs tmpfs $base
mkdir $base/upper $base/work $base/root
mount -t overlay overlay -o lowerdir=/,upperdir=$base/upper,workdir=$base/work $base/root
cd $base/root
mkdir -p opt/python opt/packages opt/source opt/gateway out
mount --bind "$2" opt/python
mount --bind "$3" opt/packages
mount --bind "$4" opt/source
mount --bind "$5" out
cp -r out/etc/. etc/systemd/system/
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
chroot . /opt/python/bin/python3 -m venv --without-pip /opt/gateway
site=$(echo opt/gateway/lib/python3.*/site-packages)
printf '/opt/packages\\n/opt/source\\n' > $site/gateway.pth
cp out/socketio-gateway opt/gateway/bin/
echo /opt/python/lib > etc/ld.so.conf.d/python.conf  # units see no /root, where it may have been
chroot . /sbin/ldconfig
mkdir .before
pivot_root . .before  # who is in a chroot may make no user namespaces
cd /
umount -l .before
mount --make-rshared /  # as systemd has it everywhere but in containers
exec env -i container=other /lib/systemd/systemd --system --unit=inside.target \
    --log-target=journal --show-status=no
"""


def boot(folder: Path, tests: str, *, network: bool = False) -> Path:
    """Run `tests` under a systemd of its own; the folder with result.xml and output.txt.

    `network`: that of the machine, for what installs packages.
    """
    base, out = folder / 'base', folder / 'out'
    units = out / 'etc'
    base.mkdir()
    units.mkdir(parents=True)
    for name in MASKED:
        (units / name).symlink_to('/dev/null')
    (units / 'inside.service').write_text(INSIDE.replace('TESTS', tests) + variables())
    (units / 'inside.target').write_text(TARGET)
    script = out / 'socketio-gateway'
    script.write_text(CONSOLE)
    script.chmod(0o755)
    packages = sysconfig.get_path('purelib')
    sudo = [] if os.geteuid() == 0 else ['sudo', '-n']
    done = subprocess.run(
        [
            *(*sudo, 'sh', '-c', ENTER, 'enter'),
            *('unshare', '--mount', '--pid', '--fork', '--uts', '--ipc', '--cgroup'),
            *([] if network else ['--net']),
            *('--kill-child', 'bash', '-c', BOOT, 'boot', base, sys.base_prefix, packages, ROOT),
            out,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    (out / 'boot.txt').write_text(done.stdout + done.stderr)
    return out


def variables() -> str:
    """Where pip finds packages on this machine."""
    found = {name: value for name, value in os.environ.items() if name.startswith('PIP_')}
    return ''.join(f'Environment="{name}={value}"\n' for name, value in found.items())
