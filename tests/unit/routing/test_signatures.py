"""What is known of a handler before it is called."""

import functools
from functools import partial

import pytest

from gateway.routing.signatures import Function, mistake, noun, takes, usable


def passing_on(function):
    """A decorator as people write them."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def giving(function):
    """One that adds an argument."""

    @functools.wraps(function)
    def wrapper(*args):
        return function('database', *args)

    return wrapper


class Callable:
    async def __call__(self, data):
        pass

    def method(self, data):
        pass

    @classmethod
    def of_class(cls, data):
        pass

    @staticmethod
    def static(data):
        pass


def made_in_a_function():
    def function(self):
        pass

    return function


class Generating:
    def __call__(self):
        yield


def generator():
    yield


async def async_generator():
    yield


async def coroutine():
    pass


def made(function):
    """A function, or one that is written as text (which names the test)."""
    return eval(function) if isinstance(function, str) else function


FROM_C = dict.pop  # says nothing about its arguments


@pytest.mark.parametrize(
    ('function', 'expected'),
    [
        ('lambda: None', (0, 0)),
        ('lambda a: None', (1, 1)),
        ('lambda a, b=1: None', (1, 2)),
        ('lambda a, /, b: None', (2, 2)),
        ('lambda *args: None', (0, None)),
        ('lambda a, *args: None', (1, None)),
        ('lambda a, *, b=1, **more: None', (1, 1)),
        (Callable(), (1, 1)),
        (Callable().method, (1, 1)),
        (Callable.of_class, (1, 1)),
        (Callable.static, (1, 1)),
        ('partial(lambda a, b: None, 1)', (1, 1)),
        ('passing_on(lambda a: None)', (0, None)),
        (FROM_C, (0, None)),
    ],
)
def test_the_number_of_arguments_that_a_function_takes(function, expected):
    assert takes(made(function)) == expected


@pytest.mark.parametrize(
    ('function', 'kind', 'expected'),
    [
        ('passing_on(lambda: None)', 'connect', (0, 0)),
        ('passing_on(lambda auth: None)', 'connect', (1, 1)),
        ('passing_on(passing_on(lambda: None))', 'disconnect', (0, 0)),
        ('passing_on(lambda error: None)', 'error', (1, 1)),
        ('passing_on(lambda: None)', 'event', (0, None)),
        ('giving(lambda database, auth: None)', 'connect', (0, None)),  # 2 would not fit
    ],
)
def test_a_decorator_that_passes_arguments_on_takes_those_of_its_function(function, kind, expected):
    assert takes(made(function), kind) == expected


@pytest.mark.parametrize(
    ('function', 'expected'),
    [
        ('lambda: None', False),
        (coroutine, True),
        (Callable(), True),
        (partial(coroutine), True),
        (passing_on(coroutine), False),  # gives a coroutine, from a thread
    ],
)
def test_a_coroutine_function_is_known(function, expected):
    assert Function.of(made(function)).is_async is expected


def test_a_function_has_all_that_its_caller_asks_for():
    found = Function.of(coroutine, sequential=True)
    line = coroutine.__code__.co_firstlineno
    place = f'tests/unit/routing/test_signatures.py:{line}'.split('/')
    depth = __name__.count('.') + 1
    assert found == Function(
        function=coroutine,
        name=f'{__name__}.coroutine',
        place='/'.join(place[-depth:]),
        is_async=True,
        sequential=True,
        minimum=0,
        maximum=0,
    )


EMIT = 'emit the values instead of yielding them'
GIVE = 'give it a default'
AUTH = 'but is given one (auth) or none'
REASON = 'but is given one (the reason) or none'
ERROR = 'but is given one (the exception)'
EVENT = 'but is given one or more (the event, and what the client sent)'


@pytest.mark.parametrize(
    ('kind', 'function', 'expected'),
    [
        ('connect', 'lambda a, b: None', (f'takes 2 arguments, {AUTH}', 'write (auth)')),
        (
            'connect',
            'lambda a, b, *c: None',
            (f'takes at least 2 arguments, {AUTH}', 'write (auth)'),
        ),
        ('connect', 'lambda a, b, c=1: None', (f'takes 2 to 3 arguments, {AUTH}', 'write (auth)')),
        ('disconnect', 'lambda a, b: None', (f'takes 2 arguments, {REASON}', 'write (reason)')),
        ('error', 'lambda: None', (f'takes no arguments, {ERROR}', 'write (error)')),
        ('error', 'lambda a, b: None', (f'takes 2 arguments, {ERROR}', 'write (error)')),
        ('*', 'lambda: None', (f'takes no arguments, {EVENT}', 'write (event, *args)')),
        ('event', generator, ('is a generator', EMIT)),
        ('event', async_generator, ('is a generator', EMIT)),
        ('event', Generating(), ('is a generator', EMIT)),
        (
            'event',
            'lambda *, a, b: None',
            ('needs a and b as keywords, which nobody gives', 'give each a default'),
        ),
        ('connect', 'lambda *, a: None', ('needs a as a keyword, which nobody gives', GIVE)),
    ],
)
def test_a_handler_that_can_never_be_called_is_a_mistake(kind, function, expected):
    assert mistake(Function.of(made(function), kind), kind) == expected


@pytest.mark.parametrize(
    ('kind', 'function'),
    [
        ('connect', 'lambda: None'),
        ('connect', 'lambda auth: None'),
        ('connect', 'lambda auth=None, more=1: None'),
        ('connect', 'lambda *args, **kwargs: None'),
        ('connect', 'passing_on(lambda: None)'),
        ('connect', 'giving(lambda database, auth: None)'),
        ('disconnect', 'lambda reason: None'),
        ('error', 'lambda error: None'),
        ('error', 'lambda error, more=1: None'),
        ('error', FROM_C),
        ('*', 'lambda event: None'),
        ('*', 'lambda event, *args: None'),
        ('event', 'lambda a, b, c: None'),
        ('event', 'lambda a, *, b=1: None'),
        ('event', coroutine),
    ],
)
def test_a_handler_that_can_be_called_is_none(kind, function):
    assert mistake(Function.of(made(function), kind), kind) is None


NEEDED = 'where a function is needed'
ON_NAMESPACE = 'socketio.on_namespace(INSTANCE)'
NAMED = 'name it on_EVENT in a gateway.Namespace, without a decorator'


@pytest.mark.parametrize(
    ('value', 'message'),
    [
        (None, f'None, {NEEDED}'),
        (7, f'a number, {NEEDED}'),
        ('on_x', f'text, {NEEDED}'),
        (object(), f'an object, {NEEDED}'),
        (
            staticmethod(print),
            'wrong order: write @staticmethod above @socketio.event, not below it',
        ),
        (
            Generating,
            f'Generating is a class, {NEEDED}: register its instance with {ON_NAMESPACE}',
        ),
        (
            Callable.method,
            f'Callable.method is a method without an instance: {NAMED}',
        ),
    ],
)
def test_what_is_no_function_is_refused_where_it_is_written(value, message):
    with pytest.raises(TypeError) as caught:
        usable(value, '@socketio.event')
    assert str(caught.value) == message


def test_a_coroutine_is_refused_where_it_is_written():
    made = coroutine()
    with pytest.raises(TypeError) as caught:
        usable(made, '@socketio.event')
    made.close()
    assert str(caught.value) == f'coroutine() is a coroutine, {NEEDED}: leave out the ()'


@pytest.mark.parametrize(
    'function',
    [
        print,
        lambda self: None,
        made_in_a_function(),
        Callable(),
        Callable().method,
        Callable.of_class,
        Callable.static,
    ],
)
def test_what_can_be_called_is_accepted(function):
    usable(function, '@socketio.event')


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        (None, 'None'),
        (True, 'true or false'),
        ([], 'a list'),
        (print, 'a builtin_function_or_method'),
        (Callable(), 'a Callable'),
        (ValueError(), 'a ValueError'),
        (OSError(), 'an OSError'),
    ],
)
def test_values_are_named_in_words(value, expected):
    assert noun(value) == expected
