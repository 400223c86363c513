"""Modules and functions that cannot be used, word by word."""

import sys

import pytest

CHAT = ['./chat_of_test.py']
AT = 'gateway.yaml:2:3: handlers[0]: '


def called(function, kind='events'):
    """Routes that call a function."""
    call = {'call': function}
    return {'/': {'events': {'x': call}} if kind == 'events' else {kind: call}}


# Modules


def test_a_file_that_is_not_there(project):
    project.module('chat_of_test.py')
    project.module('sub_of_test/near.py')
    entries = ['./caht_of_test.py', './sub_of_test/naer.py', './nowhere/x.py']
    assert project.problems(entries) == [
        f'{AT}no such file: did you mean ./chat_of_test.py?',
        'gateway.yaml:3:3: handlers[1]: no such file: did you mean ./sub_of_test/near.py?',
        'gateway.yaml:4:3: handlers[2]: no such file: known here: ./chat_of_test.py',
    ]


def test_a_module_that_is_not_there(project):
    project.module('pack_of_test/near.py')
    project.module('chat_of_test.py')
    assert project.problems(['pack_of_test.naer', 'caht_of_test', 'chat_of_test.x']) == [
        f'{AT}no module pack_of_test.naer: did you mean pack_of_test.near?',
        'gateway.yaml:3:3: handlers[1]: no module caht_of_test: did you mean chat_of_test?',
        (
            'gateway.yaml:4:3: handlers[2]: no module chat_of_test.x: '
            'chat_of_test is a module, not a package'
        ),
    ]


@pytest.mark.parametrize(
    ('source', 'problem'),
    [
        ('1 / 0', 'ZeroDivisionError at chat_of_test.py:2: division by zero'),
        ('def f():\n  raise KeyError\nf()', 'KeyError at chat_of_test.py:3'),
        ('def f(:', 'SyntaxError at chat_of_test.py:2: invalid syntax'),
        ('import sys; sys.exit("no\\nway")', 'SystemExit at chat_of_test.py:2: no'),
        ('import json; json.loads("")', 'JSONDecodeError at chat_of_test.py:2: Expecting value'),
        ('import missing_of_test', "ModuleNotFoundError at chat_of_test.py:2: No module named 'mi"),
        ('import other_of_test', 'NameError at other_of_test.py:2: name '),
        ('socketio.on(7)', 'TypeError at chat_of_test.py:2: the name of an event is text'),
        ('raise ValueError("x" * 1000)', f'ValueError at chat_of_test.py:2: {"x" * 200}'),
    ],
)
def test_a_module_that_raises_is_told_in_one_line(project, source, problem):
    project.module('other_of_test.py', 'nothing')
    project.module('chat_of_test.py', source)
    [found] = project.problems(CHAT)
    assert found.startswith(f'{AT}importing chat_of_test raises {problem}')
    assert '\n' not in found
    assert len(found) < 400
    assert 'chat_of_test' not in sys.modules
    assert project.registry.registrations == []


def test_the_place_is_the_last_line_of_its_own_code(project):
    project.module('lib/site-packages/installed_of_test.py', 'def fail(): raise OSError("no disk")')
    sys.path.append(str(project.folder / 'lib/site-packages'))
    project.module('chat_of_test.py', 'import installed_of_test\ninstalled_of_test.fail()')
    assert project.problems(CHAT) == [
        f'{AT}importing chat_of_test raises OSError at chat_of_test.py:3: no disk'
    ]


def test_a_module_that_raises_is_told_once(project):
    project.module('chat_of_test.py', 'nothing')
    [found] = project.problems(CHAT, called('chat_of_test:work'))
    expected = "importing chat_of_test raises NameError at chat_of_test.py:2: name 'nothing' is "
    assert found == f'{AT}{expected}not defined'


def test_a_file_whose_name_is_of_the_standard_library(project):
    project.module('queue.py')
    assert project.problems(['./queue.py']) == [
        f'{AT}queue is a module of the standard library: rename the file'
    ]


def test_a_file_whose_name_leads_to_another(project):
    project.module('elsewhere/chat_of_test.py')
    project.module('chat_of_test.py')
    sys.path.insert(0, str(project.folder / 'elsewhere'))
    __import__('chat_of_test')
    assert project.problems(CHAT) == [
        f'{AT}the name chat_of_test leads to elsewhere/chat_of_test.py: rename the file'
    ]


def test_a_file_whose_name_is_taken_by_what_has_no_file(project):
    project.module('chat_of_test.py')
    sys.modules['chat_of_test'] = type(sys)('chat_of_test')
    try:
        found = project.problems(CHAT)
    finally:
        del sys.modules['chat_of_test']
    assert found == [f'{AT}the name chat_of_test leads elsewhere: rename the file']


# Functions of `call`


@pytest.mark.parametrize(
    ('function', 'kind', 'problem'),
    [
        ('wrok', 'events', 'no wrok in chat_of_test: did you mean work?'),
        ('Group.metod', 'events', 'no metod in chat_of_test.Group: did you mean method?'),
        ('other', 'events', 'no other in chat_of_test: known here: Group, values, work'),
        ('number', 'events', 'a number, where a function is needed'),
        ('nothing', 'events', 'None, where a function is needed'),
        ('Group', 'events', 'Group is a class, where a function is needed'),
        (
            'Group.method',
            'events',
            (
                'method is a method of chat_of_test.Group without an instance: '
                'make it a @staticmethod, or name one of an instance'
            ),
        ),
        (
            'values',
            'events',
            (
                'chat_of_test.values (chat_of_test.py:7) is a generator: '
                'emit the values instead of yielding them'
            ),
        ),
        (
            'work',
            'connect',
            (
                'chat_of_test.work (chat_of_test.py:2) takes 2 arguments, '
                'but is given one (auth) or none: write (auth)'
            ),
        ),
        (
            'work',
            'disconnect',
            (
                'chat_of_test.work (chat_of_test.py:2) takes 2 arguments, '
                'but is given one (the reason) or none: write (reason)'
            ),
        ),
        (
            'work',
            'error',
            (
                'chat_of_test.work (chat_of_test.py:2) takes 2 arguments, '
                'but is given one (the exception): write (error)'
            ),
        ),
    ],
)
def test_a_function_that_cannot_be_called(project, function, kind, problem):
    project.module(
        'chat_of_test.py',
        """
        def work(a, b): pass
        number, nothing = 7, None
        class Group:
            def method(self): pass

        def values():
            yield
        """,
    )
    [found] = project.problems([], called(f'chat_of_test:{function}', kind))
    where = 'events.x' if kind == 'events' else kind
    place = '5:15' if kind == 'events' else '4:13'
    assert found == f'gateway.yaml:{place}: namespaces."/".{where}.call: {problem}'
