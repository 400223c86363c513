"""docs/from-flask-socketio.md: its application is the same three times."""

import sys
from types import ModuleType

import pytest

from gateway.testing import TestGateway
from tests.support.pages import ROOT, snippets

PAGE = ROOT / 'docs' / 'from-flask-socketio.md'
FLASK, PYTHON, LISTED, YAML = [block.body for block in snippets(PAGE)]


def flask_client(folder):
    module = ModuleType('flask_chat')
    exec(FLASK, vars(module))
    return lambda **options: module.socketio.test_client(module.app, **options)


@pytest.fixture(params=['Flask-SocketIO', 'Python', 'YAML'])
def client(request, tmp_path, monkeypatch):
    """Makes clients of the application."""
    monkeypatch.setattr(sys, 'path', sys.path[:])
    monkeypatch.delitem(sys.modules, 'chat', raising=False)
    (tmp_path / 'page').mkdir()
    (tmp_path / 'chat.py').write_text(PYTHON)
    (tmp_path / 'gateway.yaml').write_text(YAML if request.param == 'YAML' else LISTED)
    if request.param == 'Flask-SocketIO':
        yield flask_client(tmp_path)
    else:
        with TestGateway(tmp_path / 'gateway.yaml', timeout=30) as gateway:
            yield gateway.client
    sys.modules.pop('chat', None)


def heard(client):
    return [(event['name'], event['args']) for event in client.get_received()]


def test_the_same_test_holds_of_all_three(client):
    assert not client().is_connected()
    assert not client(auth={'name': ''}).is_connected()
    ann, bob = client(auth={'name': 'ann'}), client(auth={'name': 'bob'})
    assert isinstance(ann.emit('enter', {'room': 'x'}, callback=True), str)
    bob.emit('enter', {'room': 'x'})
    answer = ann.emit('say', {'room': 'x', 'text': 'hello'}, callback=True)
    assert list(answer) == ['delivered', 5]
    assert heard(ann) == [('entered', ['ann']), ('entered', ['bob'])]
    assert heard(bob) == [('entered', ['bob']), ('said', [{'from': 'ann', 'text': 'hello'}])]
    bob.disconnect()
    assert heard(ann) == [('left', ['bob'])]
