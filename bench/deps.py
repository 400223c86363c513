"""The peers' own dependencies, pinned by hash, installed on demand into bench/.deps.

Rules of this file:
- What is installed comes from the very lock file that stands in bench/peers, or is installed again.
- Installing says so in one line on stderr, and fails with one (DependencyError).
- Two runs at once install once: the second waits.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE / 'peers'
DEPS = HERE / '.deps'

PIP = '-m pip -qq --disable-pip-version-check --no-input install'.split()
PINNED = '--require-hashes --no-deps --only-binary :all: --requirement'.split()
NPM = 'npm ci --ignore-scripts --no-audit --no-fund --loglevel=error'.split()


class DependencyError(RuntimeError):
    """A peer's dependencies can't be installed; one line says why."""


def node_modules() -> Path:
    return _installed('node', PEERS / 'package-lock.json', _node) / 'node_modules'


def python(name: str) -> Path:
    """The interpreter that has what bench/peers/requirements-NAME.txt pins."""
    return _installed(name, PEERS / f'requirements-{name}.txt', _python) / 'bin' / 'python'


def _node(folder: Path, lock: Path) -> None:
    for path in (lock.with_name('package.json'), lock):
        shutil.copy(path, folder)
    _run(NPM, folder)


def _python(folder: Path, lock: Path) -> None:
    _run([sys.executable, '-m', 'venv', '--clear', str(folder)], folder)
    _run([str(folder / 'bin' / 'python'), *PIP, *PINNED, str(lock)], folder)


def _installed(name: str, lock: Path, install: Callable[[Path, Path], None]) -> Path:
    folder = DEPS / name
    stamp = folder / 'stamp'
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if not _has(stamp, digest):
        with _alone(name):
            if not _has(stamp, digest):
                where = f'bench/.deps/{name} (bench/peers/{lock.name})'
                print(f'installing what peers need into {where}', file=sys.stderr, flush=True)
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                install(folder, lock)
                stamp.write_text(digest)
    return folder


def _has(stamp: Path, digest: str) -> bool:
    return stamp.exists() and stamp.read_text() == digest


@contextmanager
def _alone(name: str) -> Iterator[None]:
    DEPS.mkdir(parents=True, exist_ok=True)
    with (DEPS / f'{name}.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(argv: Sequence[str], cwd: Path) -> None:
    try:
        subprocess.run(argv, cwd=cwd, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise DependencyError(f'{argv[0]} is not installed, and a peer needs it') from None
    except subprocess.CalledProcessError as error:
        lines = (error.stderr + error.stdout).strip().splitlines() or ['no word of why']
        raise DependencyError(f'{Path(argv[0]).name} could not install: {lines[-1]}') from None
