"""What is said of Python handlers that are written as in another library, or with a slip."""

import pytest

from gateway.routing import facade
from gateway.routing.namespace import Namespace

LISTED = ['./chat_of_test.py']
CLASS = {'/': {'class': 'chat_of_test:Chat'}}
REGISTERED = '\nsocketio.on_namespace(Chat())'
AT_LIST = 'gateway.yaml:2:3: handlers[0]: '
AT_CLASS = 'gateway.yaml:3:12: namespaces."/".class: '


@pytest.fixture
def chat(project):
    """Write the module; gives the project."""

    def write(source):
        project.module('chat_of_test.py', source)
        return project

    return write


@pytest.mark.parametrize('parameters', ['', '*, data=None', '**options'])
def test_a_method_without_self_is_a_mistake(chat, parameters):
    source = f'class Chat(Namespace):\n    def on_x({parameters}): pass'
    said = 'chat_of_test.Chat.on_x (chat_of_test.py:3) is a method without self: write (self, …)'
    assert chat(source).problems([], CLASS) == [AT_CLASS + said]


def test_so_is_one_of_a_registered_instance(chat):
    source = f'class Chat(Namespace):\n    def on_connect(): pass{REGISTERED}'
    said = 'chat_of_test.Chat.on_connect (chat_of_test.py:3) is a method without self'
    assert chat(source).problems(LISTED) == [f'{AT_LIST}{said}: write (self, …)']


def test_so_is_one_of_python_socketio_s_own_class(chat):
    source = (
        'from socketio import AsyncNamespace\n'
        'class Chat(AsyncNamespace):\n    async def on_x(): pass'
    )
    said = 'chat_of_test.Chat.on_x is a method without self: write (self, …)'
    assert chat(source).problems([], CLASS) == [AT_CLASS + said]


@pytest.mark.parametrize(
    'method',
    ['def on_x(self): pass', 'def on_x(*args): pass', '@staticmethod\n    def on_x(): pass'],
)
def test_methods_that_can_be_called_are_none(chat, method):
    assert chat(f'class Chat(Namespace):\n    {method}').load([], CLASS).warnings == ()


@pytest.mark.parametrize('name', ['connect', 'disconnect'])
@pytest.mark.parametrize('base', ['Namespace', 'AsyncNamespace'])
def test_a_method_that_lacks_on_before_its_name_is_odd(chat, name, base):
    source = (
        'from socketio import AsyncNamespace\n'
        f'class Chat({base}):\n    def {name}(self): pass\n    def on_x(self): pass'
    )
    said = f'chat_of_test.Chat.{name} (chat_of_test.py:4) handles nothing by that name'
    assert chat(source).warnings([], CLASS) == [f'{AT_CLASS}{said}: name it on_{name}']


def test_so_it_is_in_a_registered_instance(chat):
    methods = '    def connect(self): pass\n    def on_x(self): pass'
    said = 'chat_of_test.Chat.connect (chat_of_test.py:3) handles nothing by that name'
    found = chat(f'class Chat(Namespace):\n{methods}{REGISTERED}').warnings(LISTED)
    assert found == [f'{AT_LIST}{said}: name it on_connect']


@pytest.mark.parametrize('base', ['Namespace', 'AsyncNamespace'])
def test_one_that_has_both_is_none(chat, base):
    methods = '    def connect(self): pass\n    def on_connect(self): pass'
    source = f'from socketio import AsyncNamespace\nclass Chat({base}):\n{methods}'
    assert chat(source).warnings([], CLASS) == []


@pytest.mark.parametrize(
    ('source', 'held'),
    [
        ("def emit(): pass\nemit.__module__ = 'flask_socketio'", 'emit'),
        ("class Request: pass\nRequest.__module__ = 'werkzeug.local'\nr = Request()", 'Request, r'),
        ("from types import ModuleType\nflask = ModuleType('flask')", 'flask'),
    ],
)
def test_a_handlers_module_that_holds_what_is_flask_s_is_odd(chat, source, held):
    handler = "@socketio.on('y')\ndef on_y(): pass"
    said = f'chat_of_test holds {held} of Flask, which knows no client here'
    project = chat(f'{source}\n{handler}')
    assert project.warnings(LISTED) == [f'{AT_LIST}{said}: import them from gateway']


def test_a_proxy_is_not_asked_who_it_is(chat):
    source = """
        class Proxy:
            def __getattribute__(self, name):
                raise RuntimeError('outside of a request')
        request = Proxy()
        @socketio.on('y')
        def on_y(): pass
    """
    assert chat(source).warnings(LISTED) == []


def test_self_socketio_is_the_one_that_modules_import():
    assert Namespace('/chat').socketio is facade.socketio
