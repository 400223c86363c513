"""One load process: commands go in, answers and ticks come out, a line each.

Rules of this file:
- Nothing here waits: `take` returns what has come. The fleet waits, for all its processes at once.
- Whatever goes wrong is a LoadError of one clear line.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeAlias

from bench import build
from bench.load.address import Address
from bench.load.wire import command
from bench.process import Process

ROOT = Path(__file__).parents[2]
PYTHON = (sys.executable, '-m', 'bench.load.python')
Answer: TypeAlias = dict[str, Any]


class LoadError(RuntimeError):
    """The load could not be made."""


def native() -> tuple[str, ...]:
    """The command of the native generator; BuildError where it can't be compiled."""
    return (str(build.receiver()),)


def resolved(address: Address) -> str:
    try:
        return address.resolved().host
    except OSError as error:
        raise LoadError(f'{address.host}: {error.strerror}') from None


@cache
def limit(core: int) -> int:
    """Messages a CPU second that the Python generator takes where they arrive together."""
    with Process([*PYTHON, 'selftest'], core=core, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            output, _ = process.child.communicate(timeout=60)
            found = int(json.loads(output)['received'] / json.loads(output)['cpu_seconds'])
        except (subprocess.TimeoutExpired, ValueError):
            raise LoadError('the load generator can not measure itself') from None
    return round(found, 1 - len(str(found)))  # two digits would be a claim


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Processes that are started meanwhile ignore Ctrl-C: it is for us to end them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Generator:
    """A process on `core`; `connected` counts the connections that it was told to open."""

    def __init__(self, argv: Sequence[str], core: int, shared: Path | None = None) -> None:
        self.connected = 0
        self._rest = b''
        self._complaints = TemporaryFile()  # noqa: SIM115  # closed by stop
        arguments = ('--shared', str(shared)) if shared else ()
        with uninterrupted():
            self.process = Process(
                [*argv, *arguments],
                core=core,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
            )
        stdin, stdout = self.process.child.stdin, self.process.child.stdout
        assert stdin
        assert stdout
        self._stdin, self._stdout = stdin.fileno(), stdout.fileno()
        os.set_blocking(self._stdout, False)

    def fileno(self) -> int:
        """Readable when there is something to take."""
        return self._stdout

    def send(self, name: str, options: Mapping[str, int | bytes] | None = None) -> None:
        data = command(name, options or {}).encode()
        try:
            while data:
                data = data[os.write(self._stdin, data) :]
        except OSError:
            raise self._ended() from None

    def take(self) -> Iterator[Answer]:
        """The lines that have come."""
        try:
            data = os.read(self._stdout, 1 << 20)
        except BlockingIOError:
            return
        if not data:
            raise self._ended()
        *lines, self._rest = (self._rest + data).split(b'\n')
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                raise LoadError(f'the load generator said {line[:200]!r}') from None

    def stop(self) -> None:
        self.process.stop(2)
        self._complaints.close()

    def _ended(self) -> LoadError:
        self.process.child.wait(5)
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors='replace').split('\n')
        last = next((line for line in reversed(said) if line.strip()), '')
        code = self.process.child.returncode
        return LoadError(f'the load generator ended with {code}{": " * bool(last)}{last}')
