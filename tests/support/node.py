"""The official JavaScript client: a script of tests/js in Node, with a report in JSON."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from typing import Any

from tests.support.gateway import ROOT

PATIENCE = 30  # seconds for a script


class Script:
    """A running script. Each line that it prints is a JSON value; the last is its report."""

    def __init__(self, name: str, *args: Any) -> None:
        self.process = subprocess.Popen(
            ['node', ROOT / 'tests' / 'js' / name, *map(str, args)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> Any:
        """The next line. Read as many as the script prints before its report, and no more."""
        return json.loads(self.process.stdout.readline())

    def report(self) -> Any:
        """Wait for the end; what the script found, once it has exited with 0."""
        out, complaints = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, f'{out}\n{complaints}'
        return json.loads(out.splitlines()[-1])


@contextlib.contextmanager
def running(name: str, *args: Any) -> Iterator[Script]:
    script = Script(name, *args)
    try:
        yield script
    finally:
        script.process.kill()
        script.process.communicate()
