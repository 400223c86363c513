"""Which origins may connect."""

from time import perf_counter

import pytest

from gateway.engine.origin import compile_check

OWN = 'http://gateway.example:8000'
LIST = ('https://app.example.com', 'https://*.example.org', 'http://localhost:3000')
NULL = ('null', 'https://app.example.com')
BOTH = ('same-origin', 'https://app.example.com')
IDN = ('https://xn--mnchen-3ya.example', 'https://*.xn--mnchen-3ya.example')


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
        ('same-origin', OWN + '.', False),
        ('same-origin', f'{OWN}, {OWN}', False),
        ('same-origin', f'{OWN} {OWN}', False),
        ('same-origin', 'http://user@gateway.example:8000', False),
        ('same-origin', 'http://user:8000@gateway.example:8000', False),
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
        (LIST, 'null', False),
        (LIST, 'NULL', False),
        (LIST, 'HTTPS://APP.EXAMPLE.COM', True),
        (LIST, 'https://app.example.com.', False),
        (LIST, 'https://app.example.com/', False),
        (LIST, 'https://app.example.com:443:443', False),
        (LIST, 'https://app.example.com@evil.example', False),
        (LIST, 'https://user@app.example.com', False),
        (LIST, 'https://user:pw@app.example.com', False),
        (LIST, 'https://app.example.com https://evil.example', False),
        (LIST, 'https://evil.example, https://app.example.com', False),
        (LIST, 'https://app.example.com\0', False),
        (LIST, ' https://app.example.com', False),
        (LIST, 'https://evilexample.org', False),
        (LIST, 'https://evil.example.org.evil.example', False),
        (LIST, 'https://evil.example#.example.org', False),
        (LIST, 'https://evil.example?.example.org', False),
        (LIST, 'https://evil.example\\.example.org', False),
        (LIST, 'https://evil.example:443.example.org', False),
        (LIST, 'https://evil@a.example.org', False),
        (LIST, 'https://a..example.org', False),
        (LIST, 'https://A.B.EXAMPLE.ORG', True),
        (LIST, 'https://a_b.example.org', True),
        (LIST, 'https://xn--a.example.org', True),
        (LIST, 'https://m\xfcnchen.example.org', False),
        (NULL, 'null', True),
        (NULL, 'nullx', False),
        (NULL, 'https://app.example.com', True),
        (BOTH, OWN, True),
        (BOTH, 'HTTP://GATEWAY.EXAMPLE:8000', True),
        (BOTH, 'https://app.example.com:443', True),
        (BOTH, 'https://gateway.example:8000', False),
        (BOTH, 'same-origin', False),
        (BOTH, 'null', False),
        (BOTH, '', False),
        (IDN, 'https://xn--mnchen-3ya.example', True),
        (IDN, 'https://a.xn--mnchen-3ya.example', True),
        (IDN, 'https://m\xfcnchen.example', False),
    ],
)
def test_origins(allowed, origin, expected):
    assert compile_check(allowed)(origin, OWN) is expected


def test_the_port_that_a_scheme_implies_may_be_left_out():
    allows = compile_check('same-origin')
    assert allows('http://a.example', 'http://a.example:80')
    assert allows('https://a.example:443', 'https://a.example')
    assert not allows('https://a.example:80', 'https://a.example')


@pytest.mark.parametrize('allowed', ['same-origin', BOTH])
def test_who_names_no_host_has_no_origin(allowed):
    assert not compile_check(allowed)('', '')
    assert not compile_check(allowed)('http://', '')


def test_a_hostile_origin_costs_no_time():
    allows = compile_check(LIST)
    for origin in ('https://' + 'a.' * 30_000, 'https://' + 'a' * 60_000 + '!'):
        begin = perf_counter()
        assert not allows(origin, OWN)
        assert perf_counter() - begin < 0.05
