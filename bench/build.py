"""Compiles the C programs on demand, into a cache outside the source tree."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
FLAGS = ('-O2', '-std=gnu11', '-Wall', '-Wextra', '-Werror')


def cache() -> Path:
    base = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(base) / 'socketio-gateway-bench'


def compiled(name: str, sources: list[Path], headers: list[Path] | None = None) -> Path:
    """The program's path; its name holds a hash of all that it was made from."""
    cc = os.environ.get('CC', 'cc')
    text = b''.join(path.read_bytes() for path in sorted(sources + (headers or [])))
    digest = hashlib.sha256(text + ' '.join((cc, *FLAGS)).encode()).hexdigest()[:16]
    program = cache() / f'{name}-{digest}'
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        fresh = program.with_suffix(f'.{os.getpid()}')
        subprocess.run([cc, *FLAGS, '-o', str(fresh), *map(str, sources)], check=True)
        fresh.rename(program)
    return program


def receiver() -> Path:
    native = HERE / 'native'
    return compiled('receiver', sorted(native.glob('*.c')), sorted(native.glob('*.h')))


def send_loop() -> Path:
    return compiled('send_loop', [HERE / 'peers' / 'send_loop.c'])
