"""The peers' own dependencies, pinned, installed on demand into bench/.deps."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE / 'peers'
DEPS = HERE / '.deps'


def _is_current(stamp: Path, pinned: Path) -> str | None:
    """None where what is installed comes from this very file, else the stamp to write."""
    digest = hashlib.sha256(pinned.read_bytes()).hexdigest()
    return None if stamp.exists() and stamp.read_text() == digest else digest


def node_modules() -> Path:
    folder = DEPS / 'node'
    stamp = folder / 'stamp'
    if digest := _is_current(stamp, PEERS / 'package-lock.json'):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ('package.json', 'package-lock.json'):
            shutil.copy(PEERS / name, folder)
        subprocess.run(
            ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
            cwd=folder,
            check=True,
            stdout=sys.stderr,
        )
        stamp.write_text(digest)
    return folder / 'node_modules'


def python() -> Path:
    folder = DEPS / 'python'
    stamp = folder / 'stamp'
    program = folder / 'bin' / 'python'
    if digest := _is_current(stamp, PEERS / 'requirements.txt'):
        subprocess.run([sys.executable, '-m', 'venv', '--clear', str(folder)], check=True)
        pip = [str(program), '-m', 'pip', '-qq', '--disable-pip-version-check', 'install']
        pinned = ['-r', str(PEERS / 'requirements.txt')]
        subprocess.run([*pip, *pinned], check=True, stdout=sys.stderr)
        stamp.write_text(digest)
    return program
