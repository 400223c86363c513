"""One event is one line, whatever stands in it."""

import logging
import sys

import pytest

from gateway.service.logging import Formatter


def formatted(message, *args, error=None):
    record = logging.LogRecord('gateway.x', logging.ERROR, 'x.py', 1, message, args, error)
    return Formatter().format(record)


@pytest.mark.parametrize(
    ('text', 'line'),
    [
        ('quiet', 'ERROR gateway.x: said quiet'),
        ('a\nERROR gateway: forged', 'ERROR gateway.x: said a\n    ERROR gateway: forged'),
        ('a\r\x1b[31m\x00', 'ERROR gateway.x: said a\\r\\x1b[31m\\x00'),
        ('a\u2028b\x85', 'ERROR gateway.x: said a\\u2028b\\x85'),
        ('tab\tée', 'ERROR gateway.x: said tab\tée'),
    ],
)
def test_a_text_forges_no_line(text, line):
    assert formatted('said %s', text) == line


def test_neither_does_an_exception():
    try:
        raise ValueError('bad\nERROR gateway: forged\x1b[2J')
    except ValueError:
        lines = formatted('failed', error=sys.exc_info()).splitlines()
    assert lines[0] == 'ERROR gateway.x: failed'
    assert all(line.startswith('    ') for line in lines[1:])
    assert lines[-2:] == ['    ValueError: bad', '    ERROR gateway: forged\\x1b[2J']
