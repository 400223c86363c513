"""The fuzzing itself: seeds hold, a short run finds nothing, and a fault is reported."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.__main__ import TARGETS
from tests.support.gateway import ROOT

SECONDS = 20  # for all targets together

BROKEN = """
SEEDS = [b'fine', b'wrong']

def check(data):
    assert data != b'wrong', 'found it'
"""


def fuzz(*arguments, path=''):
    return subprocess.run(
        [sys.executable, '-m', 'tests.fuzz', *arguments],
        cwd=ROOT,
        env={'PYTHONPATH': str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize('target', TARGETS)
def test_what_clients_really_send_holds(target):
    module = importlib.import_module(f'tests.fuzz.{target}')
    for seed in module.SEEDS:
        module.check(seed)


@pytest.mark.timeout(180)
def test_a_short_run_finds_nothing(tmp_path):
    pytest.importorskip('atheris')
    run = fuzz('--seconds', str(SECONDS), '--folder', str(tmp_path))
    assert run.returncode == 0, run.stdout + run.stderr
    lines = run.stdout.splitlines()
    assert [line.partition(':')[0] for line in lines] == list(TARGETS)
    for line in lines:
        found = re.fullmatch(
            r'\w+: \d+ s, (\d+) executions, \d+/s, coverage (\d+), corpus (\d+), crashes 0', line
        )
        assert found, line
        assert min(map(int, found.groups())) > 0, line


def test_a_fault_is_written_down_with_its_place(tmp_path):
    pytest.importorskip('atheris')
    module = tmp_path / 'more' / 'tests' / 'fuzz' / 'broken.py'
    module.parent.mkdir(parents=True)
    module.write_text(BROKEN)
    run = fuzz('broken', '--seconds', '5', '--folder', str(tmp_path), path=tmp_path / 'more')
    assert run.returncode == 1
    assert run.stdout.endswith(', crashes 1\n')
    assert 'broken.py", line 5, in check' in run.stderr
    assert 'AssertionError: found it' in run.stderr
    [crash] = Path(tmp_path, 'broken').glob('crash-*')
    assert crash.read_bytes() == b'wrong'
    again = fuzz('broken', '--input', str(crash), path=tmp_path / 'more')
    assert again.returncode == 1
    assert 'AssertionError: found it' in again.stderr
