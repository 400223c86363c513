"""The Python handlers of a configuration: what is found, and whose it is."""

import os
import sys

import pytest

from gateway.errors import ConfigError
from gateway.routing.registry import ERROR


def test_the_handlers_of_a_module_are_found_by_namespace_and_event(project):
    project.module(
        'chat_of_test.py',
        """
        @socketio.on('connect')
        def connect(auth): pass

        @socketio.on('say', namespace='/chat', sequential=True)
        async def say(*args): pass

        @socketio.on_error('/chat')
        def failed(error): pass

        @socketio.on_error_default
        def default(error): pass
        """,
    )
    found = project.load(['./chat_of_test.py'])
    assert {name: set(space) for name, space in found.spaces.items()} == {
        '/': {'connect'},
        '/chat': {'say', ERROR},
    }
    say = found.spaces['/chat']['say']
    assert (say.name, say.place) == ('chat_of_test.say', 'chat_of_test.py:5')
    assert (say.is_async, say.sequential, say.minimum, say.maximum) == (True, True, 0, None)
    assert found.spaces['/']['connect'].sequential is False
    assert found.default_error.name == 'chat_of_test.default'
    assert (found.functions, found.classes, found.tasks, found.warnings) == ({}, {}, (), ())


def test_nothing_can_be_changed_afterwards(project):
    project.module('chat_of_test.py', "socketio.on('x')(lambda: None)")
    found = project.load(['./chat_of_test.py'])
    for mapping in (found.functions, found.spaces, found.spaces['/'], found.classes):
        with pytest.raises(TypeError, match='does not support item assignment'):
            mapping['x'] = None


@pytest.mark.parametrize(
    ('file', 'entry', 'name'),
    [
        ('chat_of_test.py', './chat_of_test.py', 'chat_of_test'),
        ('sub_of_test/chat.py', './sub_of_test/chat.py', 'sub_of_test.chat'),
        ('pack_of_test/__init__.py', './pack_of_test/__init__.py', 'pack_of_test'),
        ('pack_of_test/__init__.py', 'pack_of_test', 'pack_of_test'),
        ('named_of_test/chat.py', 'named_of_test.chat', 'named_of_test.chat'),
    ],
)
def test_a_file_is_a_module_below_the_folder_of_the_configuration(project, file, entry, name):
    project.module(file, "@socketio.on('x')\ndef on_x(): pass")
    assert project.load([entry]).spaces['/']['x'].name == f'{name}.on_x'
    assert name in sys.modules


def test_the_folder_is_first_on_the_import_path_once(project):
    project.module('chat_of_test.py', "import near_of_test\nsocketio.on('x')(near_of_test.work)")
    project.module('near_of_test.py', 'def work(): pass')
    for _ in range(2):
        assert project.load(['./chat_of_test.py']).spaces['/']['x'].name == 'near_of_test.work'
        assert sys.path[0] == str(project.folder)
        assert sys.path.count(str(project.folder)) == 1


def test_a_module_is_imported_once_and_counts_each_time(project):
    project.module('chat_of_test.py', "import sys\nsys.runs = 1\nsocketio.on('x')(lambda: None)")
    first = project.load(['./chat_of_test.py'])
    del sys.runs
    second = project.load(['./chat_of_test.py'])
    assert second == first
    assert not hasattr(sys, 'runs')


def test_a_module_that_is_imported_anew_replaces_what_it_was(project):
    for event in ('old', 'new'):
        project.module(f'{event}/chat_of_test.py', f'socketio.on({event!r})(lambda: None)')
    sys.path.insert(0, str(project.folder / 'old'))
    assert set(project.load(['chat_of_test']).spaces['/']) == {'old'}
    del sys.modules['chat_of_test']
    sys.path.remove(str(project.folder / 'old'))
    sys.path.insert(0, str(project.folder / 'new'))
    assert set(project.load(['chat_of_test']).spaces['/']) == {'new'}


def test_a_module_that_was_written_just_now_is_found(project):
    with pytest.raises(ConfigError):
        project.load(['chat_of_test'])
    before = project.folder.stat()
    project.module('chat_of_test.py', "socketio.on('x')(print)")
    os.utime(project.folder, ns=(before.st_atime_ns, before.st_mtime_ns))  # as if in one tick
    assert set(project.load(['chat_of_test']).spaces['/']) == {'x'}


def test_only_modules_that_are_listed_count(project):
    project.module('one_of_test.py', "socketio.on('one')(lambda: None)")
    project.module('two_of_test.py', "socketio.on('two')(lambda: None)")
    both = ['./one_of_test.py', './two_of_test.py']
    assert set(project.load(both).spaces['/']) == {'one', 'two'}
    assert set(project.load(both[:1]).spaces['/']) == {'one'}
    assert set(project.load(both[1:]).spaces['/']) == {'two'}
    assert project.load().spaces == {}


def test_what_a_listed_module_imports_counts_and_may_be_listed_too(project):
    project.module('app_of_test.py', "import part_of_test\nsocketio.on('app')(lambda: None)")
    project.module('part_of_test.py', "socketio.on('part')(lambda: None)")
    app, part = './app_of_test.py', './part_of_test.py'
    assert set(project.load([app]).spaces['/']) == {'app', 'part'}
    assert set(project.load([app, part]).spaces['/']) == {'app', 'part'}
    assert set(project.load([part]).spaces['/']) == {'part'}


def test_what_the_program_around_registers_always_counts(project):
    project.registry.on('x')(print)
    assert set(project.load().spaces['/']) == {'x'}


def test_background_tasks_of_listed_modules_are_started(project):
    project.module('ticker_of_test.py', 'socketio.start_background_task(print, 1, end="")')
    [task] = project.load(['./ticker_of_test.py']).tasks
    assert (task.function, task.args, task.kwargs) == (print, (1,), {'end': ''})
    assert project.load().tasks == ()


def test_the_functions_of_call_are_found(project):
    project.module(
        'chat_of_test.py',
        """
        def work(a, b=1): pass

        class Group:
            @staticmethod
            async def method(error): pass

        group = Group()
        """,
    )
    project.module('sub_of_test/deep.py', 'def enter(): pass')
    routes = {
        'connect': {'call': 'sub_of_test.deep:enter'},
        'events': {
            'x': [{'call': 'chat_of_test:work'}],
            'y': {'do': {'call': 'chat_of_test:work'}},
        },
        'error': {'call': 'chat_of_test:group.method'},
    }
    found = project.load(namespaces={'/': routes}).functions
    told = {name: (f.name, f.minimum, f.maximum, f.is_async) for name, f in found.items()}
    assert told == {
        'sub_of_test.deep:enter': ('sub_of_test.deep.enter', 0, 0, False),
        'chat_of_test:work': ('chat_of_test.work', 1, 2, False),
        'chat_of_test:group.method': ('chat_of_test.Group.method', 1, 1, True),
    }


def test_a_namespace_class_is_made_for_its_namespace(project):
    project.module(
        'chat_of_test.py',
        """
        class Chat(Namespace):
            def on_say(self, text): return self.namespace

        class Stubborn(Chat):
            def __init__(self, namespace): super().__init__('/other')
        """,
    )
    names = ('/chat', '/org-*')
    found = project.load(namespaces={name: {'class': 'chat_of_test:Chat'} for name in names})
    assert {name: found.spaces[name]['say'].function('') for name in names} == {
        '/chat': '/chat',
        '/org-*': '/org-*',
    }
    assert found.spaces['/chat']['say'].name == 'chat_of_test.Chat.on_say'
    found = project.load(namespaces={'/chat': {'class': 'chat_of_test:Stubborn'}})
    assert found.spaces['/chat']['say'].function('') == '/chat'


def test_a_socketio_async_namespace_is_made_and_kept(project):
    project.module(
        'chat_of_test.py',
        """
        import socketio as python_socketio
        class Chat(python_socketio.AsyncNamespace):
            def on_say(self, sid, text): pass
        socketio.on_namespace(Chat('/registered'))
        socketio.on_namespace(Chat('*'))
        """,
    )
    routes = {'/chat': {'class': 'chat_of_test:Chat', 'events': {'x': {'ack': []}}}}
    found = project.load(['./chat_of_test.py'], routes)
    assert {name: handler.namespace for name, handler in found.classes.items()} == {
        '/chat': '/chat',
        '/registered': '/registered',
        '*': '*',
    }
    assert found.spaces == {}
