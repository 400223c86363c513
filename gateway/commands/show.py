"""Problems on standard error: one line that editors understand, then the line of the file.

Colour only where a terminal is, and NO_COLOR is not set (https://no-color.org).
"""

import os
from collections.abc import Iterable, Mapping
from typing import TextIO

from gateway.config.quote import BREAK, quote
from gateway.errors import Problem

BOLD, PLAIN = '\x1b[1m', '\x1b[0m'
COLOURS = {'': '\x1b[31m', 'warning': '\x1b[33m'}  # red, yellow


def shown(problems: Iterable[Problem], text: str, mark: str = '', *, colour: bool = False) -> str:
    """All of them, an empty line between two.

    `text` is the file's; `mark` says what they are: mistakes where it is ''.
    """
    lines = BREAK.split(text)
    found = []
    for problem in problems:
        where = ': '.join(filter(None, (mark, problem.where)))
        quoted = quote(Problem(*problem[:3], where, problem.what, problem.mend), lines)
        found.append(coloured(quoted, problem, mark) if colour else quoted)
    return '\n\n'.join(found)


def coloured(text: str, problem: Problem, mark: str) -> str:
    """The place bold, the caret in a colour."""
    place = f'{problem.file}:{problem.line}:{problem.column}:'
    head, line, caret = text.removeprefix(place).rpartition('\n')
    if line:
        caret = caret.replace('^', f'{COLOURS[mark]}^{PLAIN}')
    return f'{BOLD}{place}{PLAIN}{head}{line}{caret}'


def wants_colour(stream: TextIO, env: Mapping[str, str] = os.environ) -> bool:
    return stream.isatty() and not env.get('NO_COLOR')
