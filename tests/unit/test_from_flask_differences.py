"""The differences that docs/from-flask-socketio.md tells of, each seen on both sides.

The same handlers run under both; Flask-SocketIO's own test client stands on one side, ours on the
other.
"""

import contextlib
import sys
from types import ModuleType

import pytest

import gateway
from gateway.errors import ConfigError
from gateway.testing import TestGateway

FLASK = """
from flask import Flask, request
from flask_socketio import Namespace, SocketIO, emit, join_room, rooms

app = Flask(__name__)
app.config['SECRET_KEY'] = 'secret'
socketio = SocketIO(app)
"""
OURS = 'from gateway import Namespace, emit, join_room, request, rooms, socketio\n'
HANDLERS = """
class Chat(Namespace):
    def on_hello(self):
        self.emit('hello')

socketio.on_namespace(Chat('/chat'))

@socketio.on('null')
def null():
    emit('null', None)

@socketio.on('elsewhere')
def elsewhere():
    emit('elsewhere', namespace='/chat')

@socketio.on('two')
def two(one, other):
    return one

@socketio.on('seven')
def seven():
    join_room(7)
    return rooms()[1:]

@socketio.on('what')
def what(*args):
    return str(request.event), str(request.args)

@socketio.on('quiet')
def quiet():
    return 1

@socketio.on('fails')
def fails():
    raise ValueError('inside')
"""
HANDLED = """
@socketio.on_error()
def failed(error):
    return 'sorry'
"""
CONNECT = """
@socketio.on('connect')
def connect(auth):
    join_room('lobby')
    emit('came', 'room', to='lobby')
    emit('came', 'all', broadcast=True)
"""


class Sides:
    """Makes clients of the same handlers on both sides: `(theirs, ours)`."""

    def __init__(self, folder, stack):
        self.folder, self.stack = folder, stack
        self.made = 0

    def __call__(self, more=''):
        self.made += 1
        theirs = ModuleType('theirs')
        exec(FLASK + HANDLERS + more, vars(theirs))
        self.theirs = lambda **options: theirs.socketio.test_client(theirs.app, **options)
        name = f'ours_{self.folder.name}_{self.made}'
        (self.folder / f'{name}.py').write_text(OURS + HANDLERS + more)
        (self.folder / 'gateway.yaml').write_text(f'handlers: [./{name}.py]')
        self.gateway = TestGateway(self.folder / 'gateway.yaml', timeout=30)
        self.stack.enter_context(self.gateway)
        return self.theirs(), self.gateway.client()


@pytest.fixture
def sides(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, 'path', sys.path[:])
    with contextlib.ExitStack() as stack:
        yield Sides(tmp_path, stack)


def heard(client, namespace=None):
    return [(event['name'], event['args']) for event in client.get_received(namespace)]


def code(answer):
    return answer['error']['code']


def test_none_is_null(sides):
    theirs, ours = sides()
    for client in (theirs, ours):
        client.emit('null')
    assert heard(theirs) == [('null', [])]
    assert heard(ours) == [('null', [None])]


def test_another_namespace_means_the_same_clients_socket_there(sides):
    found = []
    for client in sides():
        client.connect('/chat')
        client.emit('elsewhere')
        found.append(heard(client, '/chat'))
    assert found == [[], [('elsewhere', [])]]


def test_a_namespaces_emit_answers_the_client(sides):
    sides()
    found = []
    for make in (sides.theirs, sides.gateway.client):
        one, other = make(namespace='/chat'), make(namespace='/chat')
        one.emit('hello', namespace='/chat')
        found.append([heard(client, '/chat') for client in (one, other)])
    assert found == [[[('hello', [])], [('hello', [])]], [[('hello', [])], []]]


def test_the_wrong_number_of_arguments_is_the_clients_fault(sides, caplog):
    theirs, ours = sides()
    with pytest.raises(TypeError):
        theirs.emit('two', 1, callback=True)
    assert code(ours.emit('two', 1, callback=True)) == 'bad_value'
    assert code(ours.emit('two', 1, 2, 3, callback=True)) == 'bad_value'
    assert caplog.text == ''


def test_room_names_are_text(sides):
    theirs, ours = sides()
    assert theirs.emit('seven', callback=True) == [7]
    assert ours.emit('seven', callback=True) == ['7']


def test_the_request_tells_of_the_event(sides):
    theirs, ours = sides()
    told = theirs.emit('what', 5, callback=True)
    assert told == ["{'message': 'what', 'args': (5,)}", 'ImmutableMultiDict([])']
    assert ours.emit('what', 5, callback=True) == ['what', '[5]']


def test_an_event_that_nobody_handles_is_answered(sides):
    theirs, ours = sides()
    assert theirs.emit('nobody', callback=True) is None
    assert code(ours.emit('nobody', callback=True)) == 'unknown_event'


def test_a_failure_is_answered(sides):
    theirs, ours = sides()
    with pytest.raises(ValueError, match='inside'):
        theirs.emit('fails', callback=True)
    assert code(ours.emit('fails', callback=True)) == 'handler_failed'


def test_a_failure_is_logged_although_it_is_handled(sides, caplog):
    theirs, ours = sides(HANDLED)
    assert theirs.emit('fails', callback=True) == 'sorry'
    assert caplog.text == ''
    assert ours.emit('fails', callback=True) == 'sorry'
    assert caplog.text.count('ValueError: inside') == 1


def test_what_connect_broadcasts_reaches_the_others_only(sides):
    theirs, ours = sides(CONNECT)
    reached = {side: [args for _, args in heard(side)] for side in (theirs, ours)}
    assert reached == {theirs: [['room'], ['all']], ours: []}
    for make, before in ((sides.theirs, theirs), (sides.gateway.client, ours)):
        make()
        assert heard(before) == [('came', ['room']), ('came', ['all'])]


def test_an_event_has_one_handler(sides):
    again = "\n@socketio.on('quiet')\ndef again():\n    return 2\n"
    with pytest.raises(ConfigError, match=r'handles the event quiet of /, and so does'):
        sides(again)
    assert sides.theirs().emit('quiet', callback=True) == 2


def test_without_a_client_there_is_nobody_to_answer():
    with pytest.raises(RuntimeError, match=r'^nobody to answer: '):
        gateway.emit('x')


@pytest.mark.parametrize('call', ['disconnect(silent=True)', "emit('x', ignore_queue=True)"])
def test_options_that_are_gone_are_errors(call):
    with pytest.raises(TypeError, match='unexpected keyword argument'):
        eval(f'gateway.{call}', {'gateway': gateway})
