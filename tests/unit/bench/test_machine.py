"""The environment, a process's figures, and what is sampled each second."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bench import deps, machine
from bench.process import Process, Watched
from bench.sampler import Sampler

# Works in a thread that ends, says so, and waits for its input to end.
WORK = """
import sys, threading
worker = threading.Thread(target=lambda: sum(range(3_000_000)))
worker.start()
worker.join()
files = [open('/dev/null') for _ in range(10)]
print(flush=True)
sys.stdin.read()
"""


def working() -> Process:
    pipe = subprocess.PIPE
    process = Process([sys.executable, '-c', WORK], core=None, stdin=pipe, stdout=pipe)
    assert process.child.stdout
    process.child.stdout.readline()
    return process


def test_the_environment_names_the_machine():
    found = machine.environment(0, (1,), 'native')
    assert found.cores == os.cpu_count()
    assert found.python == sys.version.split()[0]
    assert found.versions['glibc']
    assert found.sysctls['net.core.somaxconn'].isdigit()
    assert (found.server_core, found.load_cores, found.load_generator) == (0, (1,), 'native')
    assert found.open_files > 0
    assert found.date.tzinfo


def test_the_commit_says_whether_something_has_changed(tmp_path: Path):
    assert machine.commit(tmp_path) == 'none'
    git = ['git', '-C', str(tmp_path), '-c', 'user.name=x', '-c', 'user.email=x@example.com']
    subprocess.run([*git, 'init', '-q'], check=True)
    subprocess.run([*git, 'commit', '-q', '--allow-empty', '-m', 'x'], check=True)
    clean = machine.commit(tmp_path)
    assert len(clean) >= 7
    assert ' ' not in clean
    (tmp_path / 'new').touch()
    assert machine.commit(tmp_path) == f'{clean} with changes'


def test_the_figures_of_a_process_count_threads_that_have_ended():
    with working() as process:
        watched = Watched(process.pid)
        user, system = watched.user_system()
        assert watched.cpu_ns() > 20_000_000
        assert abs(user + system - watched.cpu_ns() / 1e9) < 0.05
        assert watched.rss() > 1_000_000
        assert watched.descriptors() >= 13
        while watched.threads() > 1:  # the kernel buries them a little later
            threading.Event().wait(0.005)
        assert watched.threads() == 1
    with pytest.raises(OSError, match='Invalid argument'):
        watched.cpu_ns()


def test_each_interval_is_sampled_until_the_process_ends():
    with working() as process:
        sampler = Sampler(process, interval=0.02)
        sampler.start()
        while not sampler.latest or sampler.latest.second < 2:
            threading.Event().wait(0.005)
        process.stop()
        while sampler._thread and sampler._thread.is_alive():
            threading.Event().wait(0.005)
        seconds = sampler.stop()
    assert [one.second for one in seconds] == list(range(len(seconds)))
    assert len(seconds) >= 3
    assert seconds[0].rss > 1_000_000
    assert seconds[0].descriptors >= 13


def test_what_cannot_be_watched_has_no_seconds():
    sampler = Sampler(None)
    sampler.start()
    assert sampler.stop() == ()


def test_an_installation_that_fails_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(deps, 'DEPS', tmp_path)
    monkeypatch.setattr(deps, 'NPM', ['no-such-npm'])
    with pytest.raises(deps.DependencyError, match=r'^no-such-npm is not installed, and a peer'):
        deps.node_modules()
    monkeypatch.setattr(deps, 'NPM', ['sh', '-c', 'echo first; echo why >&2; echo not >&2; exit 3'])
    with pytest.raises(deps.DependencyError, match=r'^sh could not install: '):
        deps.node_modules()
    said = capsys.readouterr().err.splitlines()
    assert (
        said
        == ['installing what peers need into bench/.deps/node (bench/peers/package-lock.json)'] * 2
    )


def test_what_is_installed_is_installed_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(deps, 'DEPS', tmp_path)
    monkeypatch.setattr(deps, 'NPM', ['sh', '-c', 'echo once >> ../times'])
    deps.node_modules()
    deps.node_modules()
    assert (tmp_path / 'times').read_text() == 'once\n'
