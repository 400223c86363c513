"""How a handler is called in logs and messages, and where it stands."""

from functools import partial, wraps

import pytest

from gateway.routing.signatures import called


def passing_on(function):
    """A decorator as people write them."""

    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class Work:
    def __call__(self):
        pass

    def method(self):
        pass


def module_function(name, file):
    """A function as if it had been read from `file` as the module `name`."""
    space = {'__name__': name}
    exec(compile('\n\ndef handler(): pass', file, 'exec'), space)
    return space['handler']


@pytest.mark.parametrize(
    ('module', 'file', 'expected'),
    [
        ('chat', '/srv/app/chat.py', ('chat.py:3', 'chat.handler')),
        ('sub.chat', '/srv/app/sub/chat.py', ('sub/chat.py:3', 'sub.chat.handler')),
        ('sub', '/srv/app/sub/__init__.py', ('sub/__init__.py:3', 'sub.handler')),
        ('__main__', '/srv/app/run.py', ('run.py:3', '__main__.handler')),
    ],
)
def test_places_begin_where_the_name_of_the_module_begins(module, file, expected):
    assert called(module_function(module, file)) == expected


def test_the_place_is_that_of_the_function_inside_of_decorators():
    function = module_function('chat', '/srv/chat.py')
    twice = partial(passing_on(partial(function)), 1)
    for wrapped in (passing_on(function), partial(function), twice):
        assert called(wrapped) == ('chat.py:3', 'chat.handler')


def test_methods_and_callable_objects_are_named_by_their_class():
    assert called(Work().method)[1] == f'{__name__}.Work.method'
    assert called(Work())[1] == f'{__name__}.Work.__call__'


def test_what_is_written_in_c_has_a_name_and_no_place():
    assert called(print) == ('', 'builtins.print')
    assert called([].append) == ('', 'list.append')
