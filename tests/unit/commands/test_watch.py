"""The parts of `serve --watch`; tests/integration/test_watch.py has the whole."""

import os
import signal
import socket
import sys

import pytest

from gateway.commands import watch
from gateway.commands.watch import Lifeline, Parent, own_files, stamp, watching

STUBBORN = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(int(sys.argv[-1].partition('=')[2]), b'[]\\n')
signal.pause()
"""


@pytest.fixture
def said():
    return []


@pytest.fixture
def parent(tmp_path, said, monkeypatch):
    """A parent of this Python program; its signals stay with pytest."""
    monkeypatch.setattr(watch.signal, 'signal', lambda *args: None)
    made = []

    def make(program):
        config = tmp_path / 'g.yaml'
        config.touch()
        made.append(Parent(config, [sys.executable, '-c', program], said.append))
        return made[-1]

    yield make
    for one in made:
        if one.child is not None:
            one.child.kill()
        one.end(None)


def test_python_yaml_and_pem_files_count(tmp_path):
    changes = watching(tmp_path)
    assert next(changes) == set()
    below = tmp_path / 'sub'
    below.mkdir()
    for name in ('a.txt', 'b.pyc', 'c.log', '.d.py.swp'):
        tmp_path.joinpath(name).touch()
    for skipped in ('__pycache__', 'node_modules', '.git', 'site-packages'):
        tmp_path.joinpath(skipped).mkdir()
        tmp_path.joinpath(skipped, 'x.py').touch()
    wanted = {tmp_path / name for name in ('a.py', 'b.yaml', 'c.yml', 'd.pem')}
    for file in wanted:
        file.touch()
    found = set()
    while not wanted <= found:
        found |= next(changes)
    assert found == wanted


def test_a_gateway_that_does_not_end_is_killed(parent, said, monkeypatch):
    monkeypatch.setattr(watch, 'PATIENCE', 0.1)
    running = parent(STUBBORN)
    running.start()
    running.lifeline.setblocking(True)
    assert running.lifeline.recv(3) == b'[]\n'
    child = running.child
    running.stopping = 1  # no other start
    running.restart({running.config})
    assert child.returncode == -signal.SIGKILL
    assert said == [
        'the gateway took more than 0 s to end: killed',
        'g.yaml changed: starting again',
    ]


def test_a_second_signal_kills(parent):
    running = parent(STUBBORN)
    running.start()
    running.lifeline.setblocking(True)
    running.lifeline.recv(3)
    running.stop(signal.SIGINT, None)
    assert running.child.poll() is None
    running.stop(signal.SIGINT, None)
    assert running.child.wait(20) == -signal.SIGKILL


@pytest.mark.parametrize(
    ('code', 'ended', 'lines'), [(0, True, []), (3, False, ['waiting for a change'])]
)
def test_only_a_good_end_is_the_end(parent, said, code, ended, lines):
    running = parent(f'import sys; sys.exit({code})')
    running.start()
    running.child.wait(20)
    assert running.ended() is ended
    assert said == lines


def test_files_elsewhere_are_those_that_the_child_names(parent, tmp_path_factory):
    file = tmp_path_factory.mktemp('elsewhere') / 'a.py'
    file.write_text('a')
    os.utime(file, (1, 1))
    program = f'import os, sys; os.write(int(sys.argv[-1].partition("=")[2]), b\'["{file}"]\\n\')'
    running = parent(program)
    running.start()
    running.child.wait(20)
    running.listen()
    assert list(running.elsewhere()) == []
    file.write_text('ab')
    assert list(running.elsewhere()) == [file]
    assert list(running.elsewhere()) == []
    file.unlink()
    assert list(running.elsewhere()) == [file]


def test_a_file_elsewhere_that_changed_since_the_start_has_changed(parent, tmp_path_factory):
    file = tmp_path_factory.mktemp('elsewhere') / 'a.py'
    running = parent('')
    running.start()
    file.touch()
    os.utime(file, (running.began + 1, running.began + 1))
    running.note([file])
    assert list(running.elsewhere()) == [file]
    running.note([file])
    assert list(running.elsewhere()) == []


def test_what_the_watch_sees_is_not_looked_at_twice(parent, tmp_path):
    running = parent('')
    running.note([tmp_path / 'chat.py', tmp_path / 'g.yaml', tmp_path / 'gateway.conf'])
    assert list(running.stamps) == [tmp_path / 'gateway.conf']


def test_the_target_of_a_link_is_looked_at(parent, tmp_path, tmp_path_factory):
    target = tmp_path_factory.mktemp('elsewhere') / 'g.yaml'
    link = tmp_path / 'g.yaml'
    running = parent('')
    link.unlink()
    link.symlink_to(target)
    running.note([link, link.resolve()])
    target.touch()
    assert set(running.elsewhere()) == {link, target}


def test_a_stamp_is_another_after_a_change(tmp_path):
    file = tmp_path / 'a'
    assert stamp(file) == (0, 0.0)
    file.touch()
    before = stamp(file)
    assert before[0] != 0
    os.utime(file, (1, 1))
    assert stamp(file)[0] != before[0]


def test_own_files_are_neither_installed_nor_the_gateways():
    files = set(own_files())
    assert __file__ in files
    assert not [file for file in files if 'site-packages' in file]
    assert watch.__file__ not in files
    assert os.__file__ not in files


def test_the_child_tells_each_file_once():
    one, other = socket.socketpair()
    with other:
        other.settimeout(20)
        lifeline = Lifeline(one.detach())
        lifeline.tell()
        told = b''
        while not told.endswith(b'\n'):
            told += other.recv(65_536)
        assert __file__ in told.decode()
        lifeline.tell()
        lifeline.socket.close()
        assert other.recv(65_536) == b''
