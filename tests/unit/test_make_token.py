"""conf/examples/private-rooms/make_token.py: a token, or one line that says what is missing."""

import os
import subprocess
import sys

import pytest

from tests.support import tokens
from tests.support.pages import ROOT

PROGRAM = ROOT / 'conf' / 'examples' / 'private-rooms' / 'make_token.py'


def made(*arguments, options=(), **variables):
    env = {name: value for name, value in os.environ.items() if name != 'JWT_KEY'} | variables
    return subprocess.run(
        [sys.executable, *options, PROGRAM, *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_it_prints_a_token():
    ended = made('Ann', 'garden', JWT_KEY=tokens.SECRET)
    assert (ended.returncode, ended.stderr) == (0, '')
    assert ended.stdout.count('.') == 2


USAGE = 'usage: make_token.py NAME ROOM [ROOM ...]\n'
NO_KEY = 'JWT_KEY is not set in this shell: export JWT_KEY=$(openssl rand -base64 32)\n'
NO_PACKAGE = 'joserfc is not installed for this Python: use .venv/bin/python\n'


@pytest.mark.parametrize(
    ('arguments', 'options', 'variables', 'line'),
    [
        ((), (), {'JWT_KEY': tokens.SECRET}, USAGE),
        (('Ann',), (), {'JWT_KEY': tokens.SECRET}, USAGE),
        (('Ann', 'garden'), (), {}, NO_KEY),
        (('Ann', 'garden'), (), {'JWT_KEY': ''}, NO_KEY),
        (('Ann', 'garden'), ('-S',), {'JWT_KEY': tokens.SECRET}, NO_PACKAGE),
    ],
)
def test_what_is_missing_is_told_in_one_line(arguments, options, variables, line):
    ended = made(*arguments, options=options, **variables)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, '', line)
