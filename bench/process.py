"""A child process on one core: its CPU time, its memory, its end.

CPU time is the sum over its threads of what the scheduler has counted (`schedstat`, nanoseconds);
where the kernel lacks that, user + system of `stat` in ticks of 10 ms.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import IO, Any

PAGE = os.sysconf('SC_PAGE_SIZE')
TICK = 1_000_000_000 // os.sysconf('SC_CLK_TCK')


def inherited() -> dict[str, str]:
    """This process's environment, but Python may keep its bytecode as it does in service."""
    return {name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'}


class Process:
    def __init__(
        self,
        argv: Sequence[str],
        *,
        core: int,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: int | None = subprocess.DEVNULL,
        stdout: int | IO[Any] | None = subprocess.DEVNULL,
        stderr: int | IO[Any] | None = None,
    ) -> None:
        self.child = subprocess.Popen(
            ['taskset', '-c', str(core), *argv],  # which becomes argv, in the same process
            env={**inherited(), **(env or {})},
            cwd=cwd,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self.child.pid

    def cpu_ns(self) -> int:
        try:
            tasks = Path(f'/proc/{self.pid}/task').iterdir()
            return sum(int((task / 'schedstat').read_text().split()[0]) for task in tasks)
        except FileNotFoundError:
            fields = Path(f'/proc/{self.pid}/stat').read_text().rpartition(')')[2].split()
            return (int(fields[11]) + int(fields[12])) * TICK

    def rss(self) -> int:
        """Resident bytes."""
        return int(Path(f'/proc/{self.pid}/statm').read_text().split()[1]) * PAGE

    def wait_port(self, port: int, seconds: float = 30.0) -> None:
        """Return once the process accepts connections."""
        until = monotonic() + seconds
        while monotonic() < until:
            if self.child.poll() is not None:
                raise RuntimeError(f'{self.child.args!r} ended with {self.child.returncode}')
            try:
                socket.create_connection(('127.0.0.1', port), 1).close()
                return
            except OSError:
                sleep(0.002)
        raise TimeoutError(f'{self.child.args!r} does not listen on port {port}')

    def stop(self, seconds: float = 10.0) -> None:
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        for stream in (self.child.stdin, self.child.stdout):
            if stream:
                stream.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
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
