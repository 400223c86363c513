"""A helper program in a process of its own: a JSON command in, a JSON answer out, a line each."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

from tests.support.gateway import ROOT


class Program:
    """`hello` is the program's first line; `ask` sends a command and waits for its answer."""

    def __init__(self, module: str, cpu: int | None = None, **options: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, '-m', module, json.dumps(options)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if cpu is not None:
            os.sched_setaffinity(self.process.pid, {cpu})
        self.hello = self._answer()

    def _read(self) -> None:
        with self.process.stderr as lines:
            self.log.extend(line.rstrip('\n') for line in lines)

    def start(self, command: str, **options: Any) -> None:
        self.process.stdin.write(json.dumps([command, options]) + '\n')
        self.process.stdin.flush()

    def ask(self, command: str, **options: Any) -> Any:
        self.start(command, **options)
        return self.finish()

    def finish(self) -> Any:
        """The answer to what was started."""
        return self._answer()

    def _answer(self) -> Any:
        line = self.process.stdout.readline()
        if not line:
            self._reader.join()
            raise RuntimeError('the program has ended:\n' + '\n'.join(self.log))
        answer = json.loads(line)
        if isinstance(answer, dict) and 'failed' in answer:
            raise AssertionError(answer['failed'])
        return answer

    def end(self) -> None:
        """Close its input, which ends it; complain of what it complained."""
        self.process.stdin.close()
        code = self.process.wait(20)
        self._reader.join()
        complaints = '\n'.join(self.log[:40])
        assert code == 0, complaints
        assert not any('Traceback' in line for line in self.log), complaints


@contextlib.contextmanager
def running(module: str, **options: Any) -> Iterator[Program]:
    program = Program(module, **options)
    try:
        yield program
        if program.process.returncode is None:
            program.end()
    finally:
        program.process.kill()
        program.process.wait()
        with contextlib.suppress(OSError):
            program.process.stdin.close()
        program.process.stdout.close()
