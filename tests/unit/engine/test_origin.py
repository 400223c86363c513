"""Which origins may connect."""

import pytest

from gateway.engine.origin import compile_check

OWN = 'http://gateway.example:8000'
LIST = ('https://app.example.com', 'https://*.example.org', 'http://localhost:3000')


@pytest.mark.parametrize(
    ('allowed', 'origin', 'expected'),
    [
        ('same-origin', OWN, True),
        ('same-origin', 'HTTP://GATEWAY.EXAMPLE:8000', True),
        ('same-origin', 'http://gateway.example', False),
        ('same-origin', 'https://gateway.example:8000', False),
        ('same-origin', 'http://gateway.example:8000.evil.example', False),
        ('same-origin', 'null', False),
        ('same-origin', '', False),
        ('*', 'http://anything.example', True),
        ('*', 'null', True),
        (LIST, 'https://app.example.com', True),
        (LIST, 'https://app.example.com:443', True),
        (LIST, 'https://app.example.com:8443', False),
        (LIST, 'http://app.example.com', False),
        (LIST, 'https://evil-app.example.com', False),
        (LIST, 'https://app.example.com.evil.example', False),
        (LIST, 'https://appXexample.com', False),
        (LIST, 'https://a.example.org', True),
        (LIST, 'https://a.b.example.org', True),
        (LIST, 'https://example.org', False),
        (LIST, 'https://.example.org', False),
        (LIST, 'https://evil.example/.example.org', False),
        (LIST, 'https://a.example.org\n', False),
        (LIST, 'http://localhost:3000', True),
        (LIST, OWN, False),
    ],
)
def test_origins(allowed, origin, expected):
    assert compile_check(allowed)(origin, OWN) is expected


def test_the_port_that_a_scheme_implies_may_be_left_out():
    allows = compile_check('same-origin')
    assert allows('http://a.example', 'http://a.example:80')
    assert allows('https://a.example:443', 'https://a.example')
    assert not allows('https://a.example:80', 'https://a.example')
