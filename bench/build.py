"""Compiles the C programs on demand, into a cache outside the source tree.

A program's file is named after a hash of all that it was made from, so nothing stale is run.
Without a compiler that is a BuildError, and who can do without the program goes on without it.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
FLAGS = ('-O2', '-std=gnu11', '-Wall', '-Wextra')
COMPILERS = ('cc', 'gcc', 'clang')


class BuildError(RuntimeError):
    """Why a program can't be compiled here, in one line."""


def cache() -> Path:
    base = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(base) / 'socketio-gateway-bench'


def compiler() -> list[str]:
    """`CC` with its arguments, or the first that is there."""
    if chosen := shlex.split(os.environ.get('CC', '')):
        if shutil.which(chosen[0]):
            return chosen
        raise BuildError(f'CC names {chosen[0]}, which is not there')
    for name in COMPILERS:
        if shutil.which(name):
            return [name]
    raise BuildError(f'no C compiler ({", ".join(COMPILERS)}): install one or set CC')


def compiled(name: str, sources: Sequence[Path], headers: Sequence[Path] = ()) -> Path:
    """The program's path. BuildError where it can't be made."""
    command = [*compiler(), *FLAGS]
    text = b''.join(path.read_bytes() for path in sorted((*sources, *headers)))
    digest = hashlib.sha256(text + ' '.join(command).encode()).hexdigest()[:16]
    program = cache() / f'{name}-{digest}'
    if not program.exists():
        fresh = program.with_suffix(f'.{os.getpid()}')
        try:
            program.parent.mkdir(parents=True, exist_ok=True)
            run([*command, '-o', str(fresh), *map(str, sources)])
            fresh.rename(program)
        except OSError as error:
            raise BuildError(f'{error.filename or program}: {error.strerror}') from error
    return program


def run(command: Sequence[str]) -> None:
    env = {**os.environ, 'LC_ALL': 'C'}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        said = done.stderr.splitlines()
        error = next((line for line in said if 'error: ' in line), said[-1] if said else 'no word')
        raise BuildError(f'{command[0]} failed: {error.strip()}')


def receiver() -> Path:
    """The native load generator."""
    native = HERE / 'native'
    return compiled('receiver', sorted(native.glob('*.c')), sorted(native.glob('*.h')))


def send_loop() -> Path:
    """The limit against which servers are measured."""
    return compiled('send_loop', [HERE / 'peers' / 'send_loop.c'])
