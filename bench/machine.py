"""The machine and the versions that stand beside every figure."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.targets import ROOT

PACKAGES = ('tornado', 'python-socketio', 'python-engineio', 'uvloop', 'orjson')
ASK = f"""
import json, platform
from importlib.metadata import PackageNotFoundError, version
found = {{'python': platform.python_version()}}
for name in {PACKAGES!r}:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def output(argv: Sequence[str]) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError):
        return ''
    return done.stdout.strip()


def processor() -> str:
    for line in Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            return line.partition(':')[2].strip()
    return platform.machine()


def versions(python: str) -> str:
    found = json.loads(output([python, '-c', ASK]) or '{}')
    lock = json.loads((ROOT / 'bench/peers/package-lock.json').read_text())['packages']
    for name in ('socket.io', 'ws', 'bufferutil'):
        found[name] = lock[f'node_modules/{name}']['version']
    found['node'] = output(['node', '--version']).lstrip('v')
    found['cc'] = output([os.environ.get('CC', 'cc'), '-dumpfullversion'])
    return ', '.join(f'{name} {value}' for name, value in found.items() if value)


def about(python: str) -> dict[str, object]:
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
    commit = output(['git', 'rev-parse', '--short', 'HEAD'])
    changed = ' with changes' if output(['git', 'status', '--porcelain']) else ''
    return {
        'date': datetime.now(UTC).date().isoformat(),
        'commit': f'{commit or "none"}{changed}',
        'machine': f'{processor()}, {os.cpu_count()} cores, {memory / 2**30:.0f} GiB, loopback',
        'kernel': platform.release(),
        'versions': versions(python),
    }
