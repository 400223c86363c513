"""Who reads only the beginning of what a command prints spoils nothing."""

from pathlib import Path

import pytest

from bench.result import Result
from tests.support.bench_command import bench

SMALL = [
    '--clients',
    '20',
    '--duration',
    '300ms',
    '--warmup',
    '0s',
    '--rounds',
    '1',
    '--rate',
    '20',
]


def unread(*words: str) -> tuple[int, str]:
    """The exit code, and what stands on standard error, where nobody reads standard output."""
    with bench(*words) as process:
        process.stdout.close()
        said = process.stderr.read()
        return process.wait(50), said


def test_a_run_is_written_and_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))  # a lock of its own
    words = ['fanout', '--target', 'send-loop', '--quiet', '--out', str(tmp_path)]
    code, said = unread(*words, *SMALL)
    result = Result.load(tmp_path / 'result.json')
    assert result.runs[0].received == 20 * result.runs[0].sent > 0
    assert said == ''
    assert code == bool(result.runs[0].void)
    assert (tmp_path / 'report.html').exists()


@pytest.mark.parametrize('command', ['scenarios', 'targets', '--help'])
def test_a_list_is_no_failure(command: str):
    assert unread(command) == (0, '')
