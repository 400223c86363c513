"""One load process, driven line by line, as a fleet drives it."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import build
from bench.histogram import Histogram
from bench.load.address import Address
from bench.load.wire import Dialect, Form, Wire, command

SHARED = 64 + 4 * 65536
HISTOGRAMS = ('delivery', 'first', 'median', 'last', 'echo')
FAULTS = ('reordered', 'duplicated', 'negative', 'stale', 'garbled', 'refused', 'closed')


class LoadProcess:
    """`told` are the ticks since the last command."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self.child = child
        self.told: list[dict[str, Any]] = []
        self.wire: Wire | None = None

    def send(self, name: str, **options: int | bytes) -> None:
        assert self.child.stdin
        self.told.clear()
        self.child.stdin.write(command(name, options))
        self.child.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self.child.stdout
        for line in self.child.stdout:
            said: dict[str, Any] = json.loads(line)
            if said['kind'] != 'tick':
                return said
            self.told.append(said)
        raise EOFError(f'the load process ended with {self.child.wait(10)}')

    def ask(self, name: str, **options: int | bytes) -> dict[str, Any]:
        self.send(name, **options)
        return self.answer()

    def setup(
        self,
        port: int,
        *,
        form: Form = 'json',
        enter: bool = False,
        dialect: Dialect | None = None,
    ) -> None:
        self.wire = Wire(dialect or Dialect(), Address('127.0.0.1', port), form, 'room-########')
        options = self.wire.setup('127.0.0.1', polling=False, headers=600, enter=enter)
        assert self.ask('setup', **options) == {'kind': 'setup'}

    def connect(self, port: int, count: int, *, form: Form = 'json', **options: int) -> None:
        self.setup(port, form=form)
        answer = self.ask('connect', count=count, **options)
        assert answer['ready'] == count, answer['reason']

    def broadcast(self, *, payload: int = 64, rooms: int = 0, **options: int) -> dict[str, Any]:
        """`lost`, as it is where this process has all recipients, comes to the answer."""
        self.form(payload, rooms=rooms > 0)
        answer = self.ask('broadcast', payload=payload, rooms=max(1, rooms), **options)
        recipients = options.get('recipients', answer['recipients'])
        return answer | {'lost': answer['sent'] * recipients - answer['received']}

    def leave(self) -> None:
        """The end of its input is its own end."""
        assert self.child.stdin
        self.child.stdin.close()
        assert self.child.wait(10) == 0

    def form(self, payload: int = 64, *, rooms: bool = False, **options: int | bytes) -> None:
        assert self.wire
        made = self.wire.message(payload, rooms=rooms) | options
        assert self.ask('form', **made) == {'kind': 'form'}

    def echo(self, *, payload: int = 64, **options: int) -> dict[str, Any]:
        assert self.wire
        return self.ask('echo', payload=payload, **self.wire.echo(), **options)


@contextmanager
def native(*arguments: str) -> Iterator[LoadProcess]:
    yield from _running([str(build.receiver()), *arguments])


def _running(argv: Sequence[str]) -> Iterator[LoadProcess]:
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with child:
        try:
            process = LoadProcess(child)
            process.ask('spin', on=0)
            yield process
            if child.poll() is None:
                process.send('quit')
                process.leave()
        finally:
            child.kill()


def shared_memory(folder: Path) -> Path:
    path = folder / 'shared'
    path.write_bytes(bytes(SHARED))
    return path


def faults(answer: dict[str, Any]) -> dict[str, int]:
    """What makes a run void, and how often."""
    return {name: answer[name] for name in ('lost', *FAULTS) if answer.get(name)}


def histogram(answer: dict[str, Any], name: str) -> Histogram:
    return Histogram.of(answer[name])
