"""Sockets that systemd hands over: which of them, and what is wrong with them."""

import fcntl
import os
import socket

import pytest

from gateway.service import inherited
from gateway.service.inherited import Inherited

FIRST = 900  # no file of the tests around has such a number


@pytest.fixture
def handed(monkeypatch):
    """Make sockets the inherited ones, under these names."""
    found = []

    def hand(*names, kind=socket.SOCK_STREAM, listens=True):
        for _ in names:
            sock = socket.socket(socket.AF_INET, kind)
            sock.bind(('127.0.0.1', 0))
            if listens:
                sock.listen()
            found.append(sock)
        numbers = [fcntl.fcntl(sock, fcntl.F_DUPFD, FIRST + at) for at, sock in enumerate(found)]
        assert numbers == [*range(FIRST, FIRST + len(names))]  # as systemd's: without a gap
        monkeypatch.setattr(inherited, 'FIRST', FIRST)
        return {
            'LISTEN_FDS': str(len(names)),
            'LISTEN_PID': str(os.getpid()),
            'LISTEN_FDNAMES': ':'.join(names),
        }

    yield hand
    for sock in found:
        sock.close()


def close(sockets):
    for sock in sockets:
        sock.close()


def test_all_that_nobody_asks_for_by_name(handed):
    environment = handed('public', 'admin', 'public')
    found = Inherited(environment)
    found.reserve(['', 'admin'])
    sockets = found.take('')
    assert len(sockets) == 2
    admin = found.take('admin')
    assert len(admin) == 1
    assert environment == {}
    close([*sockets, *admin])


def test_a_name_that_there_is_not(handed):
    found = Inherited(handed('public'))
    with pytest.raises(
        ValueError, match=r'no socket admin: there are public \(FileDescriptorName=\)'
    ):
        found.take('admin')
    close(found.take('public'))


@pytest.mark.parametrize(
    'environment', [{}, {'LISTEN_FDS': '1', 'LISTEN_PID': '1'}, {'LISTEN_FDS': 'x'}]
)
def test_none_are_ours(environment):
    with pytest.raises(ValueError, match='systemd has handed over no socket: '):
        Inherited(environment).take('')


def test_one_that_does_not_listen(handed):
    found = Inherited(handed('public', listens=False))
    with pytest.raises(ValueError, match='the socket public of systemd does not listen'):
        found.take('')
