"""Syntax errors of YAML in plain words, with the hint that the usual mistake deserves."""

import re

import yaml

from gateway.errors import Problem

QUOTE = 'put the whole value in quotes'
IPV6 = re.compile(r'(?<!["\'])\[[0-9a-fA-F]*:[0-9a-fA-F:.]*\]:\d')
GUARD = re.compile(r'\bif:\s+!')
INSIDE = re.compile(r'(["\'])(?:(?!\1).)*\$\{(?:(?!\1)[^}])*\1\Z')  # "${data["
CUT = re.compile(r'\$\{[^}]*:\s')


def hint(file: str, text: str, error: yaml.YAMLError) -> Problem:
    """The problem that a syntax error of PyYAML stands for."""
    mark = getattr(error, 'problem_mark', None) or getattr(error, 'context_mark', None)
    if mark is None:  # a character that YAML doesn't allow: its position is all there is
        position = getattr(error, 'position', 0)
        before = text[:position]
        line, column = before.count('\n') + 1, position - before.rfind('\n')
        return Problem(file, line, column, '', 'a character that YAML does not allow', 'remove it')
    if (start := opened(text, mark, error)) is not None:
        what, mend = 'a quote is not closed', 'close it'
        return Problem(file, start.line + 1, start.column + 1, '', what, mend)
    what, mend = explain(text, mark, getattr(error, 'problem', None) or 'not YAML')
    return Problem(file, mark.line + 1, mark.column + 1, '', what, mend)


def opened(text: str, mark: yaml.Mark, error: yaml.YAMLError) -> yaml.Mark | None:
    """Where a quote was opened that is not closed, or only by a quote in a later line."""
    if 'quoted scalar' in str(getattr(error, 'context', '')):
        ends = 'escape' not in str(getattr(error, 'problem', ''))
        return getattr(error, 'context_mark', None) if ends else None
    try:
        for token in yaml.scan(text, yaml.SafeLoader):
            start: yaml.Mark = token.start_mark
            if token.end_mark.index == mark.index and start.line < mark.line:
                return start if getattr(token, 'style', None) in {'"', "'"} else None
    except (yaml.YAMLError, ValueError, OverflowError):
        pass
    return None


def explain(text: str, mark: yaml.Mark, problem: str) -> tuple[str, str]:
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ''
    # Where a plain scalar ended too early, PyYAML stops at what follows it.
    here = text[mark.index : mark.index + 1]
    if text[mark.index - 1 : mark.index + 1] == '${' or (here == '{' and '${' in line):
        return 'an unquoted ${…} inside { } or [ ]', 'put it in quotes: "${…}"'
    if (listens := IPV6.search(line)) or text.startswith('::', mark.index):
        example = '[::1]:8000' if listens else '::1'
        return 'an unquoted IPv6 address', f'put it in quotes: "{example}"'
    if (found := cut_off(line[: mark.column])) is not None:
        return found
    if problem.startswith('mapping values are not allowed'):
        if CUT.search(line):
            return 'a ": " cuts an unquoted ${…}', QUOTE
        return 'a ": " where no key can stand', f'check the indentation, or {QUOTE}'
    if 'alphabetic or numeric character' in problem:
        return 'an unquoted *', 'put it in quotes: "*"'
    if problem.startswith('found character'):
        if here == '\t' or '\t' in line[: mark.column + 1]:
            return 'a tab', 'indent with spaces'
        return f'a value cannot begin with {here}', QUOTE
    if problem.startswith("expected ',' or"):
        end = problem.split("'")[3]
        return f'a missing comma or {end}', f'add the comma, or the {end}, or quotes'
    if problem.startswith('could not find expected'):
        return 'a key without its ":"', 'write key: value'
    return plain(problem), 'check the indentation, the brackets and the quotes'


def cut_off(before: str) -> tuple[str, str] | None:
    """An expression that YAML has read as something else."""
    if inside := INSIDE.search(before):
        other = '"' if inside[1] == "'" else "'"
        return f'a {inside[1]} inside ${{…}} ends the value', f'use {other} inside'
    return ('a guard is one expression', 'write it as "${…}"') if GUARD.search(before) else None


def plain(problem: str) -> str:
    """PyYAML's words without its inner names."""
    names = {
        '<block end>': 'the end of the block',
        '<block mapping start>': 'a mapping',
        '<block sequence start>': 'a list',
        '<scalar>': 'a value',
        '<stream end>': 'the end of the file',
        '<document start>': 'a new document',
        '?': 'a key',
        ':': 'a ":"',
    }
    for inner, words in names.items():
        problem = problem.replace(f"'{inner}'", words)
        problem = problem.replace(inner, words) if len(inner) > 1 else problem
    return problem
