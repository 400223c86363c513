"""What is said of an address that can't be had."""

import socket

import pytest

from gateway.config.listen import Listen
from gateway.errors import StartError
from gateway.service import sockets


@pytest.mark.parametrize('number', sorted(n for n in sockets.MENDS if n))
def test_every_mend_is_told(monkeypatch, number):
    def refuse(*_args, **_options):
        raise OSError(number, 'no')

    monkeypatch.setattr(sockets, 'bind_sockets', refuse)
    with pytest.raises(StartError) as caught:
        sockets.bind([Listen('tcp', '127.0.0.1', 80)])
    assert str(caught.value) == f'cannot listen on 127.0.0.1:80: no{sockets.MENDS[number]}'


def test_a_unix_socket_has_no_port(monkeypatch, tmp_path):
    path = tmp_path / 's'
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with pytest.raises(StartError) as caught:
            sockets.bind([Listen('unix', path=str(path))])
    assert str(caught.value).endswith(': Address already in use')
