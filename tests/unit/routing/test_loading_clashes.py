"""Handlers that cannot be called, and two for one event, word by word."""

import pytest

CHAT = ['./chat_of_test.py']
AT = 'gateway.yaml:2:3: handlers[0]: '


# Registrations


@pytest.mark.parametrize(
    ('source', 'problem'),
    [
        (
            "@socketio.on('connect')\ndef connect(a, b): pass",
            (
                'chat_of_test.connect (chat_of_test.py:2) takes 2 arguments, '
                'but is given one (auth) or none: write (auth)'
            ),
        ),
        (
            '@socketio.on_error_default\ndef failed(): pass',
            (
                'chat_of_test.failed (chat_of_test.py:2) takes no arguments, '
                'but is given one (the exception): write (error)'
            ),
        ),
        (
            "@socketio.on('*')\ndef rest(): pass",
            (
                'chat_of_test.rest (chat_of_test.py:2) takes no arguments, but is given '
                'one or more (the event, and what the client sent): write (event, *args)'
            ),
        ),
        (
            "@socketio.on('x')\ndef a(): pass\n@socketio.on('x')\ndef b(): pass",
            (
                'chat_of_test.b (chat_of_test.py:4) handles the event x of /, '
                'and so does chat_of_test.a (chat_of_test.py:2): remove one'
            ),
        ),
        (
            '@socketio.event\ndef connect(): pass\n@socketio.on("connect")\ndef b(): pass',
            (
                'chat_of_test.b (chat_of_test.py:4) handles the event connect of /, '
                'and so does chat_of_test.connect (chat_of_test.py:2): remove one'
            ),
        ),
        (
            '@socketio.on_error()\ndef a(e): pass\n@socketio.on_error("/")\ndef b(e): pass',
            (
                'chat_of_test.b (chat_of_test.py:4) handles the errors of /, '
                'and so does chat_of_test.a (chat_of_test.py:2): remove one'
            ),
        ),
        (
            '@socketio.on_error_default\ndef a(e): pass\nsocketio.on_error_default(lambda e: 1)',
            (
                'chat_of_test.<lambda> (chat_of_test.py:4) handles what no other error '
                'handler takes, and so does chat_of_test.a (chat_of_test.py:2): remove one'
            ),
        ),
    ],
)
def test_a_registration_that_cannot_be_meant(project, source, problem):
    project.module('chat_of_test.py', source)
    assert project.problems(CHAT) == [f'{AT}{problem}']


@pytest.mark.parametrize(
    ('routes', 'event', 'place'),
    [
        ({'events': {'x': {'ack': []}}}, 'x', '6:7: namespaces."/".events.x'),
        ({'events': {'*': {'ack': []}}}, '*', '6:7: namespaces."/".events."*"'),
        ({'connect': {'join': 'a'}}, 'connect', '5:5: namespaces."/".connect'),
        ({'disconnect': [{'send': {'to': 'all'}}]}, 'disconnect', '5:5: namespaces."/".disconnect'),
    ],
)
def test_an_event_that_yaml_handles_too(project, routes, event, place):
    project.module('chat_of_test.py', f'@socketio.on({event!r})\ndef both(what): pass')
    assert project.problems(CHAT, {'/': routes}) == [
        (
            f'gateway.yaml:{place}: chat_of_test.both (chat_of_test.py:2) handles this event too: '
            'remove one'
        )
    ]


def test_python_and_yaml_share_a_namespace(project):
    project.module('chat_of_test.py', "socketio.on('x')(print)\nsocketio.on_error()(print)")
    routes = {'events': {'y': {'ack': []}, '*': {'ack': []}}, 'error': {'join': 'failed'}}
    assert set(project.load(CHAT, {'/': routes}).spaces['/']) == {'x', 'connect_error'}


def test_a_pattern_of_python_that_competes_with_one_of_yaml(project):
    project.module('chat_of_test.py', "@socketio.on('x', '/*-a')\ndef on_x(): pass")
    assert project.problems(CHAT, {'/b-*': {}}) == [
        (
            'gateway.yaml:2:1: handlers: chat_of_test.on_x (chat_of_test.py:2) handles /*-a, '
            'and a name can match /b-* too: write more of the names in one'
        )
    ]


# Classes

CLASSES = """
import socketio as python_socketio

class Chat(Namespace):
    def on_x(self): pass

class Other(python_socketio.AsyncNamespace):
    def on_x(self, sid): pass

class Failing(Namespace):
    def __init__(self, namespace):
        raise OSError('no disk')

class Strict(Namespace):
    def __init__(self): pass

class Plain: pass
class Sync(python_socketio.Namespace): pass
"""
NEEDED = 'a gateway.Namespace or a socketio.AsyncNamespace'


@pytest.mark.parametrize(
    ('namespace', 'path', 'problem'),
    [
        ('/a', 'Caht', 'no Caht in chat_of_test: did you mean Chat?'),
        ('/a', 'Plain', f'chat_of_test:Plain is not derived from {NEEDED}'),
        ('/a', 'Sync', f'chat_of_test:Sync is not derived from {NEEDED}'),
        ('/a', 'Chat.on_x', 'on_x is a method of chat_of_test.Chat without an instance: '),
        ('/a', '__doc__', 'chat_of_test:__doc__ is None, where a class is needed'),
        (
            '/a',
            'Failing',
            "making chat_of_test:Failing('/a') raises OSError at chat_of_test.py:12: no disk",
        ),
        (
            '/a',
            'Strict',
            "making chat_of_test:Strict('/a') raises TypeError: Strict.__init__() takes 1 posit",
        ),
        (
            '/a-*',
            'Other',
            (
                'chat_of_test.Other is a socketio.AsyncNamespace, which takes no pattern: '
                'write a gateway.Namespace'
            ),
        ),
    ],
)
def test_a_class_that_cannot_be_used(project, namespace, path, problem):
    project.module('chat_of_test.py', CLASSES)
    [found] = project.problems([], {namespace: {'class': f'chat_of_test:{path}'}})
    assert found.startswith(f'gateway.yaml:3:12: namespaces."{namespace}".class: {problem}')


@pytest.mark.parametrize(
    ('registered', 'named', 'problem'),
    [
        (
            'Chat("/a")',
            'Other',
            (
                'chat_of_test.Other handles the event x of /a, and so does '
                'chat_of_test.Chat.on_x (chat_of_test.py:5): remove one'
            ),
        ),
        (
            'Other("/a")',
            'Chat',
            (
                'chat_of_test.Other handles the event x of /a, and so does '
                'chat_of_test.Chat.on_x (chat_of_test.py:5): remove one'
            ),
        ),
        (
            'Other("/a")',
            'Other',
            'chat_of_test.Other handles /a, and so does chat_of_test.Other: remove one',
        ),
        (
            'Chat("/a")',
            'Chat',
            (
                'chat_of_test.Chat.on_x (chat_of_test.py:5) handles the event x of /a, and so does '
                'chat_of_test.Chat.on_x (chat_of_test.py:5): remove one'
            ),
        ),
    ],
)
def test_two_classes_for_one_event(project, registered, named, problem):
    project.module('chat_of_test.py', f'{CLASSES}\nsocketio.on_namespace({registered})')
    [found] = project.problems(CHAT, {'/a': {'class': f'chat_of_test:{named}'}})
    assert found.partition(': ')[2].partition(': ')[2] == problem


def test_a_class_whose_event_yaml_handles_too(project):
    project.module('chat_of_test.py', CLASSES)
    for name, place in (('Chat', '.on_x (chat_of_test.py:5)'), ('Other', '')):
        routes = {'/a': {'class': f'chat_of_test:{name}', 'events': {'x': {'ack': []}}}}
        assert project.problems([], routes) == [
            (
                f'gateway.yaml:5:7: namespaces."/a".events.x: chat_of_test.{name}{place} handles '
                'this event too: remove one'
            )
        ]


def test_all_problems_come_in_one_run_sorted_by_place(project):
    project.module('chat_of_test.py', "socketio.on('x')(lambda *, a: 1)\ndef work(a, b): pass")
    found = project.problems(
        [*CHAT, './missing.py'], {'/': {'connect': {'call': 'chat_of_test:work'}}}
    )
    assert [line.split(': ')[1] for line in found] == [
        'handlers[0]',
        'handlers[1]',
        'namespaces."/".connect.call',
    ]
