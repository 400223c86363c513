"""`python -m bench`, started as a shell starts it, and what it says of wrong input."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

from bench import cli
from tests.support.gateway import ROOT


@contextmanager
def bench(*words: str, **more):
    """The command in a session of its own, as a shell starts it."""
    process = subprocess.Popen(
        [sys.executable, '-m', 'bench', *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **more,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)


def complaint(capsys, *words: str) -> str:
    """The one line that is said of it."""
    assert cli.main(list(words)) == 2
    said = capsys.readouterr()
    assert said.out == ''
    assert said.err.startswith('bench: ')
    assert said.err.count('\n') == 1, said.err
    return said.err.removeprefix('bench: ').rstrip('\n')
