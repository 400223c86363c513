"""What Python answers in place of CEL is what CEL answers."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config import cel
from gateway.config.expressions import Compiler, Environment
from gateway.errors import ActionError

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, 1.0, 1.5, -2.0])
    | st.sampled_from(['', 'a', 'b', '1', 'true'])
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.sampled_from('ab'), SCALARS)

FAILED = object()


def outcome(call):
    try:
        return call()
    except ActionError:
        return FAILED


@pytest.mark.parametrize(
    'source',
    [
        "'a' in B",
        "A == 'a'",
        "'a' != A",
        'size(A)',
        'B.size()',
        'has(A.a)',
        "A.matches('^[a-z]$')",
        "A.matches('a') && !(B.matches(r'\\d'))",
        "!('a' in A) && size(B) > 0 || A == 'b'",
    ],
)
@given(a=VALUES, b=VALUES)
@settings(max_examples=150, deadline=None)
def test_as_cel(source, a, b):
    compare(source, a, b)


@given(a=SCALARS, b=VALUES)
@settings(max_examples=300, deadline=None)
def test_a_scalar_in_anything_is_as_in_cel(a, b):
    compare('A in B', a, b)


@pytest.mark.parametrize('text', ['a' * 256, 'a' * 257, 'a' * 257 + 'é'])
def test_long_texts_are_matched_though_their_answers_are_not_kept(text):
    for _ in range(2):
        compare("A.matches('^a+$')", text, None)


def compare(source, a, b):
    ours = source.replace('A', 'data.x').replace('B', 'data.y')
    value = Compiler(Environment({}), 'event').value(f'${{{ours}}}')
    scope = SimpleNamespace(args=[{'x': a, 'y': b}])
    program = cel.Program(source.replace('A', 'a').replace('B', 'b'))
    found = outcome(lambda: value.get(scope))
    expected = outcome(lambda: program.run({'a': a, 'b': b}))
    assert found == expected
    assert type(found) is type(expected)
