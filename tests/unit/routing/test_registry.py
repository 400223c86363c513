"""What modules register, and what is refused where it is written."""

import sys
import types

import pytest
import socketio as python_socketio

from gateway.routing.namespace import Namespace
from gateway.routing.registry import ERROR, Instance, Registration, Registry, Task


@pytest.fixture
def registry():
    return Registry()


def handler(*args):
    """Registered by the tests."""


async def coroutine(*args):
    """The same."""


def noted(registry):
    """What a test looks at."""
    return [
        (entry.namespace, entry.event, entry.function, entry.sequential)
        for entry in registry.registrations
    ]


# Each way to register


def test_on_registers_a_function_and_gives_it_back(registry):
    assert registry.on('my event')(handler) is handler
    assert registry.on('my event', namespace='/chat')(coroutine) is coroutine
    assert registry.on('slow', '/chat', sequential=True)(handler) is handler
    assert noted(registry) == [
        ('/', 'my event', handler, False),
        ('/chat', 'my event', coroutine, False),
        ('/chat', 'slow', handler, True),
    ]


def test_a_registration_says_who_made_it_and_where(registry):
    registry.on('connect')(handler)
    line = handler.__code__.co_firstlineno
    [entry] = registry.registrations
    assert entry == Registration(
        namespace='/',
        event='connect',
        function=handler,
        sequential=False,
        source='',
        module=__name__,
        place=entry.place,
        name=f'{__name__}.handler',
    )
    assert entry.place.endswith(f'test_registry.py:{line}')


@pytest.mark.parametrize('event', ['connect', 'disconnect', '*', 'message', 'ж 1'])
@pytest.mark.parametrize('namespace', ['/', '/chat', '*', '/org-*'])
def test_names_are_kept_as_they_are(registry, event, namespace):
    registry.on(event, namespace)(handler)
    assert noted(registry) == [(namespace, event, handler, False)]


@pytest.mark.parametrize('namespace', [None, ''])
def test_without_a_namespace_it_is_the_root(registry, namespace):
    registry.on('x', namespace=namespace)(handler)
    assert noted(registry) == [('/', 'x', handler, False)]


def test_event_takes_the_name_of_the_function(registry):
    assert registry.event(handler) is handler
    assert registry.event()(coroutine) is coroutine
    assert registry.event('/chat')(handler) is handler
    assert registry.event(namespace='/chat', sequential=True)(coroutine) is coroutine
    assert noted(registry) == [
        ('/', 'handler', handler, False),
        ('/', 'coroutine', coroutine, False),
        ('/chat', 'handler', handler, False),
        ('/chat', 'coroutine', coroutine, True),
    ]


def test_on_event_is_a_call(registry):
    assert registry.on_event('x', handler) is None
    registry.on_event('x', handler, namespace='/chat', sequential=True)
    assert noted(registry) == [('/', 'x', handler, False), ('/chat', 'x', handler, True)]


def test_error_handlers_are_those_of_an_event_that_no_client_can_send(registry):
    assert registry.on_error()(handler) is handler
    assert registry.on_error('/chat')(handler) is handler
    assert registry.on_error_default(handler) is handler
    assert noted(registry) == [
        ('/', ERROR, handler, False),
        ('/chat', ERROR, handler, False),
        (None, ERROR, handler, False),
    ]
    assert ERROR == 'connect_error'  # reserved by the protocol


class Chat(Namespace):
    on_attribute = 'no method'

    def on_connect(self, auth):
        pass

    async def on_my_event(self, data):
        pass

    def error(self, error):
        pass

    def other(self):
        pass


def test_a_namespace_registers_its_methods(registry):
    chat = Chat('/chat')
    registry.on_namespace(chat)
    assert noted(registry) == [
        ('/chat', ERROR, chat.error, False),
        ('/chat', 'connect', chat.on_connect, False),
        ('/chat', 'my_event', chat.on_my_event, False),
    ]
    names = {entry.name for entry in registry.registrations}
    assert names == {f'{__name__}.Chat.{name}' for name in ('error', 'on_connect', 'on_my_event')}


def test_a_namespace_has_the_methods_that_it_inherits(registry):
    class More(Chat):
        def on_more(self):
            pass

    registry.on_namespace(More())
    events = {(entry.namespace, entry.event) for entry in registry.registrations}
    assert events == {('/', event) for event in (ERROR, 'connect', 'my_event', 'more')}


def test_a_socketio_async_namespace_is_kept_as_it_is(registry):
    instance = python_socketio.AsyncNamespace('/chat')
    registry.on_namespace(instance)
    assert registry.classes == [Instance(instance, '/chat', '', __name__)]
    assert registry.registrations == []


def test_background_tasks_are_kept_until_a_gateway_runs(registry):
    registry.start_background_task(handler, 1, name='x')
    assert registry.tasks == [Task(handler, (1,), {'name': 'x'}, '', __name__)]


# What is refused


ON_EVENT = 'name it on_EVENT in a gateway.Namespace, without a decorator'
INSTANCE = 'register its instance with socketio.on_namespace(INSTANCE)'
NAME = 'the name of an event is text, not'
WRITE = 'write @socketio.on(NAME) or @socketio.event'
NEEDED = 'a gateway.Namespace or a socketio.AsyncNamespace is needed'


@pytest.mark.parametrize(
    ('written', 'message'),
    [
        ('on(handler)', f'{NAME} a function: {WRITE}'),
        ('on(404)', f'{NAME} a number: {WRITE}'),
        ('on("x", 7)', 'the name of a namespace is text, not a number'),
        ('on("x")(Chat)', f'Chat is a class, where a function is needed: {INSTANCE}'),
        (
            'on("x")(staticmethod(handler))',
            "wrong order: write @staticmethod above @socketio.on('x'), not below it",
        ),
        (
            'event(classmethod(handler))',
            'wrong order: write @classmethod above @socketio.event, not below it',
        ),
        ('event(Chat.on_connect)', f'Chat.on_connect is a method without an instance: {ON_EVENT}'),
        (
            'event(__import__("functools").partial(handler))',
            'a function without a name: use socketio.on_event(NAME, FUNCTION)',
        ),
        ('on_event("x", None)', 'None, where a function is needed'),
        ('on_error(handler)', 'write @socketio.on_error(), or @socketio.on_error_default'),
        ('on_error_default("/chat")', 'text, where a function is needed'),
        ('on_namespace(Chat)', 'Chat is a class: write socketio.on_namespace(Chat(NAMESPACE))'),
        ('on_namespace(python_socketio.Namespace())', f'a Namespace, where {NEEDED}'),
        ('start_background_task(None)', 'None, where a function is needed: leave out the ()'),
    ],
)
def test_what_cannot_be_meant_is_a_type_error(registry, written, message):
    with pytest.raises(TypeError) as caught:
        eval(f'registry.{written}')
    assert str(caught.value) == message
    assert registry.modules() == set()


@pytest.mark.parametrize(
    ('event', 'namespace', 'message'),
    [
        ('', '/', 'an event without a name'),
        ('connect_error', '/', 'connect_error is a reserved name, not an event: rename it'),
        ('newListener', '/', 'newListener is a reserved name, not an event: rename it'),
        ('x', 'chat', 'a namespace begins with /: write /chat'),
    ],
)
def test_a_name_that_nobody_can_send_is_a_value_error(registry, event, namespace, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is asserted whole
        registry.on(event, namespace)
    assert str(caught.value) == message


def test_a_function_in_a_class_needs_no_instance_below_staticmethod(registry):
    class Group:
        @staticmethod
        @registry.on('x')
        def on_x(data):
            pass

    assert noted(registry) == [('/', 'x', Group.on_x, False)]


# Whose registrations they are


@pytest.fixture
def module():
    """Run source as a module, which stays loaded until the test ends: `module(name, source)`."""
    made = []

    def make(name, source, **names):
        found = types.ModuleType(name)
        vars(found).update(names)
        sys.modules[name] = found
        made.append(name)
        exec(source, vars(found))

    yield make
    for name in made:
        sys.modules.pop(name, None)


REGISTER = 'registry.on("x")(lambda: None)'
EVERYTHING = f'{REGISTER}; registry.start_background_task(print); registry.on_namespace(instance)'


def test_a_registration_belongs_to_the_module_that_is_being_imported(registry, module):
    with registry.importing('app_of_test'):
        assert registry.is_importing
        module('chat_of_test', REGISTER, registry=registry)
    assert not registry.is_importing
    module('other_of_test', REGISTER, registry=registry)
    owners = [(entry.source, entry.module) for entry in registry.registrations]
    assert owners == [('app_of_test', 'chat_of_test'), ('', 'other_of_test')]
    assert registry.modules() == {'', 'app_of_test', 'chat_of_test', 'other_of_test'}


def test_what_a_module_registered_is_kept_while_it_is_loaded(registry, module):
    instance = python_socketio.AsyncNamespace()
    with registry.importing('chat_of_test'):
        module('chat_of_test', EVERYTHING, registry=registry, instance=instance)
    with registry.importing('chat_of_test'):
        pass  # it is loaded already, so nothing runs again
    for entries in (registry.registrations, registry.classes, registry.tasks):
        assert [entry.module for entry in entries] == ['chat_of_test']


def test_what_a_module_registered_is_forgotten_when_it_is_imported_again(registry, module):
    instance = python_socketio.AsyncNamespace()
    with registry.importing('chat_of_test'):
        module('chat_of_test', EVERYTHING, registry=registry, instance=instance)
    del sys.modules['chat_of_test']
    with registry.importing('chat_of_test'):
        assert registry.modules() == set()


def test_what_others_registered_is_never_forgotten(registry):
    exec(REGISTER, {'__name__': 'unloaded_of_test', 'registry': registry})
    with registry.importing('chat_of_test'):
        pass
    assert registry.modules() == {'', 'unloaded_of_test'}


def test_what_a_module_registered_before_it_failed_is_forgotten(registry):
    def failing():
        with registry.importing('failing_of_test'):
            exec(f'{REGISTER}; 1 / 0', {'__name__': 'failing_of_test', 'registry': registry})

    with pytest.raises(ZeroDivisionError):
        failing()
    assert registry.registrations == []
