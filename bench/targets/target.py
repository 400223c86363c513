"""What a target is: a server that the harness starts, or one that runs somewhere.

Rules of this file:
- Every target of ours listens on the port it is told and speaks the same four events: `pub` goes to
  all as `msg`, `echo` is acknowledged with its arguments, `enter` joins a room, and what is said
  with `say` goes to that room as `msg`.
- Whatever is wrong with a target or with its surroundings is a TargetError, in one clear line.
"""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from bench.build import BuildError
from bench.deps import DependencyError
from bench.load.address import Address
from bench.load.wire import Dialect, Form
from bench.process import Process, Watched, free_port
from bench.targets import limits
from bench.targets.errors import TargetError

ROOT = Path(__file__).parent.parent.parent
PEERS = ROOT / 'bench' / 'peers'

Transport = Literal['websocket', 'polling']


@dataclass(frozen=True)
class Served:
    """A target that runs."""

    address: Address
    dialect: Dialect
    process: Watched | None  # None: on another host, or nobody said which


@dataclass(frozen=True, kw_only=True)
class Target(ABC):
    name: str
    about: str = ''  # one line
    settings: Literal['defaults', 'best', ''] = ''
    slow: bool = False  # takes part in one round only
    forms: tuple[Form, ...] = ('json', 'binary')  # that it speaks
    transports: tuple[Transport, ...] = ('websocket', 'polling')

    @abstractmethod
    def check(self, clients: int, share: int | None = None) -> None:
        """That so many clients can be served, `share` of them by one load process; TargetError."""

    @abstractmethod
    def serving(self, core: int | None) -> AbstractContextManager[Served]:
        """It, listening; a process of ours is fresh, and runs on that core. TargetError."""

    @abstractmethod
    def versions(self) -> dict[str, str]:
        """Of what runs it, by name. TargetError."""


@dataclass(frozen=True, kw_only=True)
class Local(Target):
    """A program that is started for each round."""

    command: Callable[[], tuple[str, ...]]  # installs what it needs; {port} and {config} are filled
    ask: Callable[[], dict[str, str]]  # the versions
    env: Mapping[str, str] = field(default_factory=dict)
    config: str = ''  # PORT is filled in

    def check(self, clients: int, share: int | None = None) -> None:
        limits.descriptors(clients)  # the server, which is ours, has all of them

    @contextmanager
    def serving(self, core: int | None) -> Iterator[Served]:
        with TemporaryDirectory(prefix='bench-') as folder:
            port, config, log = free_port(), Path(folder) / 'config.yaml', Path(folder) / 'log'
            config.write_text(self.config.replace('PORT', str(port)))
            filled = {'{port}': str(port), '{config}': str(config)}
            argv = [filled.get(word, word) for word in self._prepared()]
            with (
                log.open('w') as stream,
                Process(
                    argv, core=core, env=self.env, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT
                ) as process,
            ):
                try:
                    process.wait_port(port)
                except (RuntimeError, TimeoutError) as error:
                    raise self._failure(error, log.read_text(errors='replace')) from None
                try:
                    yield Served(Address('127.0.0.1', port), Dialect(), process)
                finally:
                    if code := process.child.poll():
                        ended = RuntimeError(f'it ended with {code}')
                        raise self._failure(ended, log.read_text(errors='replace')) from None

    def _failure(self, error: Exception, log: str) -> TargetError:
        """With the last line of its log that begins a thought; the whole of it is a note."""
        lines = [line for line in log.splitlines() if line[:1].strip()] or ['it said nothing']
        failure = TargetError(f'{self.name}: {error}: {lines[-1]}')
        failure.add_note(log)
        return failure

    def versions(self) -> dict[str, str]:
        self._prepared()
        return self.ask()

    def _prepared(self) -> tuple[str, ...]:
        try:
            return self.command()
        except (BuildError, DependencyError) as error:
            raise TargetError(f'{self.name}: {error}') from None
