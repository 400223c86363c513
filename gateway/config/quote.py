"""Problems as people read them: each with its line as it stands in the file, and a caret below.

Only the file's own text is quoted, never what a variable holds. What a terminal would not print as
one character is replaced, so that the caret stands right and nothing in the file can do more; so is
the password of a URL, for these lines end up in logs.
"""

import re
import unicodedata
from collections.abc import Iterable

from gateway.errors import Problem

BREAK = re.compile(r'\r\n|[\n\r\x85\u2028\u2029]')  # where PyYAML counts a line
PASSWORD = re.compile(r'(://[^\s/:@\'"]*:)([^\s@\'"$][^\s@\'"]*)(?=@)')  # of a URL
TAB = '    '
WIDTH = 100  # of the line as it is shown
BEFORE = 60  # of it before the caret, where it is cut


def quoted(problems: Iterable[Problem], text: str) -> str:
    """All problems of the file whose text this is, with an empty line between them."""
    lines = BREAK.split(text)
    return '\n\n'.join(quote(problem, lines) for problem in problems)


def quote(problem: Problem, lines: list[str]) -> str:
    if not 0 < problem.line <= len(lines) or not lines[problem.line - 1].strip():
        return str(problem)
    shown, at = excerpt(lines[problem.line - 1], problem.column - 1)
    number = str(problem.line)
    return f'{problem}\n  {number} | {shown}\n  {" " * len(number)} | {" " * at}^'


def excerpt(line: str, column: int) -> tuple[str, int]:
    """What is shown of a line, and how many cells there are before the character at `column`."""
    line = PASSWORD.sub(lambda found: found[1] + '*' * len(found[2]), line)
    cells = [cell(sign) for sign in line]
    start, end = 0, len(cells)
    if sum(map(width, cells)) > WIDTH:
        start, room = min(column, end), BEFORE
        while start > 0 and (room := room - width(cells[start - 1])) >= 0:
            start -= 1
        end, room = start, WIDTH
        while end < len(cells) and (room := room - width(cells[end])) >= 0:
            end += 1
    before = '…' if start > 0 else ''
    shown = before + ''.join(cells[start:end]) + ('…' if end < len(cells) else '')
    return shown.rstrip(), len(before) + sum(map(width, cells[start:column]))


def cell(sign: str) -> str:
    """A character as it is shown."""
    if sign == '\t':
        return TAB
    return (
        sign if sign.isprintable() or unicodedata.combining(sign) else '\N{REPLACEMENT CHARACTER}'
    )


def width(shown: str) -> int:
    """How many cells of a terminal that takes."""
    if shown.isascii():
        return len(shown)
    if unicodedata.category(shown) in {'Mn', 'Me'}:
        return 0
    return 2 if unicodedata.east_asian_width(shown) in {'W', 'F'} else 1
