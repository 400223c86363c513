"""Warnings: what is registered, and nobody will ever call."""

import re

CHAT = ['./chat_of_test.py']
CALL = {'/': {'events': {'x': {'call': 'chat_of_test:work'}}}}
ERRORS = """
@socketio.on_error('/chat')
def failed(error): pass

def work(): pass
"""


def test_a_listed_module_that_registers_nothing(project):
    project.module('chat_of_test.py', 'def work(): pass')
    [warning] = project.warnings(CHAT)
    assert warning == (
        'gateway.yaml:2:3: handlers[0]: chat_of_test registers nothing, and no route calls it: '
        'remove it, or register with @socketio.on(NAME)'
    )


def test_one_whose_functions_are_called_is_none(project):
    project.module('chat_of_test.py', 'def work(): pass')
    assert project.warnings(CHAT, CALL) == []


def test_one_that_starts_background_tasks_is_none(project):
    project.module('chat_of_test.py', 'socketio.start_background_task(print)')
    assert project.warnings(CHAT) == []


def test_handlers_of_a_module_that_is_called_and_not_listed(project):
    project.module('chat_of_test.py', "@socketio.on('y')\ndef work(): pass")
    [warning] = project.warnings([], CALL)
    assert warning == (
        'gateway.yaml:5:15: namespaces."/".events.x.call: chat_of_test registers handlers, '
        'which do not count: add chat_of_test to handlers'
    )


def test_handlers_of_a_module_whose_class_is_named_and_that_is_not_listed(project):
    source = "@socketio.on('y')\ndef on_y(): pass\nclass Chat(Namespace): pass"
    project.module('chat_of_test.py', source)
    [warning] = project.warnings([], {'/': {'class': 'chat_of_test:Chat'}})
    assert warning == (
        'gateway.yaml:3:12: namespaces."/".class: chat_of_test registers handlers, '
        'which do not count: add chat_of_test to handlers'
    )


def test_an_error_handler_of_a_namespace_without_handlers(project):
    project.module('chat_of_test.py', ERRORS)
    [warning] = project.warnings(CHAT)
    assert warning == (
        'gateway.yaml:2:1: handlers: chat_of_test.failed (chat_of_test.py:2) handles the errors '
        'of /chat, which has no Python handlers: remove it'
    )


def test_an_error_handler_of_a_namespace_whose_routes_call_is_none(project):
    project.module('chat_of_test.py', ERRORS)
    assert project.warnings(CHAT, {'/chat': CALL['/']}) == []


def test_an_error_handler_of_a_namespace_with_handlers_is_none(project):
    project.module('chat_of_test.py', f"{ERRORS}\nsocketio.on('x', '/chat')(work)")
    assert project.warnings(CHAT) == []


def test_an_error_handler_of_all_namespaces_is_none(project):
    project.module('chat_of_test.py', "socketio.on_error('*')(lambda error: None)")
    assert project.warnings(CHAT) == []


def test_a_handler_of_all_namespaces_where_each_has_its_own(project):
    project.module(
        'chat_of_test.py',
        """
        @socketio.on('x', '*')
        def on_x(): pass
        @socketio.on('y', '*')
        def on_y(): pass
        @socketio.on('disconnect', '*')
        def disconnect(): pass
        """,
    )
    rest = {'events': {'*': {'ack': []}}}
    left = {**rest, 'disconnect': {'close_room': 'all'}}
    assert project.warnings(CHAT, {'/': rest}) == []
    assert told(project, {'/': rest, '/*': {'events': {'x': {'ack': []}}}}) == ['on_x x']
    assert told(project, {'/': rest, '/*': rest}) == ['on_x x', 'on_y y']
    assert told(project, {'/': left, '/*': left}) == ['disconnect disconnect', 'on_x x', 'on_y y']


def told(project, namespaces):
    """The functions and events of the warnings that are expected."""
    found = []
    for warning in project.warnings(CHAT, namespaces):
        form = (
            r'gateway.yaml:2:1: handlers: chat_of_test.(\w+) \(chat_of_test.py:\d\) is never called'
            r': every namespace handles the event (\w+): remove it'
        )
        found.append(' '.join(re.fullmatch(form, warning).groups()))
    return found
