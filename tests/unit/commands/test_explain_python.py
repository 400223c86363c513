"""`explain` where Python has a part: it is named, never run."""

import sys

import pytest

PYTHON = """
import socketio as shipped
from gateway import socketio
calls = []
def build(a, b=1):
    calls.append(a)
async def verify(auth):
    calls.append(auth)
@socketio.on('hi')
def hi(text):
    calls.append(text)
class Shipped(shipped.AsyncNamespace):
    async def on_go(self, sid):
        calls.append(sid)
"""
WITH_PYTHON = """
handlers: [./explain_a.py]
namespaces:
  /:
    connect: {call: "explain_a:verify"}
    events:
      report:
        {do: [{call: "explain_a:build"}, {emit: {event: done}}], sequential: true, timeout: 30s}
    error: {emit: {event: oops}}
  /class: {class: "explain_a:Shipped"}
"""


@pytest.fixture
def python(told):
    """The lines for one event of WITH_PYTHON; none of its functions has run."""

    def tell(namespace, event, args=(), **visitor):
        lines = told(WITH_PYTHON, namespace, event, args, modules={'explain_a': PYTHON}, **visitor)
        assert sys.modules['explain_a'].calls == []
        return lines

    return tell


def test_a_call_is_named_and_its_result_is_the_acknowledgement(python):
    assert python('/', 'report', ('x',)) == [
        'namespaces."/".events.report (8:9), sequential, at most 30 s',
        '  1. call',
        '     would call explain_a.build (explain_a.py:5) with "x"',
        '  2. emit',
        '     sends "done" with "x" to the sender',
        '     acknowledges with what explain_a.build returns',
    ]


def test_a_registered_function_is_named(python):
    assert python('/', 'hi', 'you') == [
        'handled in Python',
        '     would call explain_a.hi (explain_a.py:9) with "you"',
        '     acknowledges with what explain_a.hi returns',
    ]


def test_a_function_in_connect_may_refuse(python):
    assert python('/', 'connect', {'key': 1}) == [
        'namespaces."/".connect (5:14)',
        '  1. call',
        '     would call explain_a.verify (explain_a.py:7) with {"key": 1}',
        'the client is accepted, unless a function refuses it',
    ]


def test_a_wrong_number_of_arguments_fails(python):
    assert python('/', 'report')[1:] == [
        '  1. call',
        '     fails: bad_value: the wrong number of arguments',
        (
            '     acknowledges with '
            '{"error": {"code": "bad_value", "message": "the wrong number of arguments"}}'
        ),
        'namespaces."/".error (9:12)',
        '  1. emit',
        '     sends "oops" with nothing to the sender',
    ]


def test_a_class_of_python_socketio_is_asked_first(python):
    assert python('/class', 'go', 1) == [
        '/class has the class explain_a:Shipped',
        '  would call its on_go',
    ]
    assert python('/class', 'other', 1)[0] == 'no route for the event other'


KEY = 'a secret of at least thirty-two bytes'


def test_claims_stand_for_a_good_token(told):
    text = (
        f'auth: {{jwt: {{key: {KEY}, algorithms: [HS256]}}}}\n'
        'namespaces: {/: {connect: {join: "user:${claims.sub}"}}, /open: {auth: none}}'
    )
    assert told(text, '/', 'connect', claims={'sub': 'ann'}) == [
        'with a good token whose claims are {"sub": "ann"}',
        'namespaces."/".connect (2:27)',
        '  1. join',
        '     ${claims.sub} = "ann"',
        '     joins the room "user:ann"',
        'the client is accepted',
    ]
    assert told(text, '/open', 'connect') == ['the client is accepted']
