"""Processes under observation: their CPU time, their memory, their descriptors; a child, its end.

Rules of this file:
- CPU time is what the scheduler has counted, in nanoseconds, threads that have ended included. The
  same in user mode and in the kernel is known in ticks of 10 ms.
- A child runs on one core where it is given one, with as many descriptors as this process may have.
- A process that is gone raises OSError (ProcessLookupError, FileNotFoundError and its like).
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

PAGE = os.sysconf('SC_PAGE_SIZE')
TICK = 1_000_000_000 // os.sysconf('SC_CLK_TCK')


def inherited() -> dict[str, str]:
    """This process's environment, but Python may keep its bytecode as it does in service."""
    return {name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'}


def open_files() -> int:
    """How many descriptors a process may have: the limit is raised as far as it goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Watched:
    """A process on this host, whoever started it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._clock = ~pid << 3 | 2  # the kernel's name for the CPU clock of a process

    def cpu_ns(self) -> int:
        return time.clock_gettime_ns(self._clock)

    def user_system(self) -> tuple[float, float]:
        """Seconds of CPU time in user mode, and in the kernel."""
        user, system = self._stat()[11:13]
        return int(user) * TICK / 1e9, int(system) * TICK / 1e9

    def threads(self) -> int:
        return int(self._stat()[17])

    def rss(self) -> int:
        """Resident bytes."""
        return int(Path(f'/proc/{self.pid}/statm').read_text().split()[1]) * PAGE

    def descriptors(self) -> int:
        """How many it has open; 0 where this user may not know."""
        folder = f'/proc/{self.pid}/fd'
        try:  # since Linux 6.2 the folder's size tells, which is far cheaper than its list
            return Path(folder).stat().st_size or len(os.listdir(folder))  # noqa: PTH208
        except PermissionError:
            return 0

    def _stat(self) -> list[str]:
        """The fields of `stat` from the state on."""
        return Path(f'/proc/{self.pid}/stat').read_text().rpartition(')')[2].split()


@contextmanager
def deferred() -> Iterator[None]:
    """Ctrl-C and SIGTERM come after what is done meanwhile; a mask would be the child's, too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    come: list[int] = []
    kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(kind, lambda number, _: come.append(number)) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)
        for number in come:
            signal.raise_signal(number)


class Process(Watched):
    """A child."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        core: int | None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: int | None = subprocess.DEVNULL,
        stdout: int | IO[Any] | None = subprocess.DEVNULL,
        stderr: int | IO[Any] | None = None,
    ) -> None:
        open_files()
        # taskset becomes argv, in the same process
        pinned = [] if core is None else ['taskset', '-c', str(core)]
        try:
            with deferred():
                self.child = subprocess.Popen(
                    [*pinned, *argv],
                    env={**inherited(), **(env or {})},
                    cwd=cwd,
                    stdin=stdin,
                    stdout=stdout,
                    stderr=stderr,
                    text=True,
                    process_group=0,  # Ctrl-C is for this process, which ends its children itself
                )
        except KeyboardInterrupt:
            if child := vars(self).get('child'):
                child.kill()
            raise
        super().__init__(self.child.pid)

    def wait_port(self, port: int, seconds: float = 30.0) -> None:
        """Return once the process accepts connections."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.child.poll() is not None:
                raise RuntimeError(f'it ended with {self.child.returncode}')
            try:
                socket.create_connection(('127.0.0.1', port), 1).close()
                return
            except OSError:
                time.sleep(0.002)
        raise TimeoutError(f'it does not listen on port {port} after {seconds:g} s')

    def stop(self, seconds: float = 10.0) -> None:
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                with suppress(subprocess.TimeoutExpired):
                    self.child.wait(seconds)
            finally:  # Ctrl-C neither waits for it nor leaves it behind
                self.child.kill()
                self.child.wait()
        for stream in (self.child.stdin, self.child.stdout):
            if stream:
                stream.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return int(probe.getsockname()[1])


def machine_ns() -> tuple[int, int]:
    """What all cores together have worked so far, and what the hypervisor has taken from them."""
    fields = Path('/proc/stat').read_text().split(maxsplit=9)[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, stolen = map(int, fields)
    return (user + nice + system + irq + softirq) * TICK, stolen * TICK


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """This process on one core, as its children are."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
