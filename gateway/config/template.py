"""Text with `${…}` in it: literal parts and the source of each expression.

Braces nest, quotes are respected, `$${` is a literal `${`. The tokens are those of CEL
(language definition, section "Syntax").
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from gateway.config.mistakes import wrong

MAX_EXPRESSION = 2_000  # characters; far longer ones overflow the native compiler's stack

TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<string>
        [bB]?[rR](?:'''.*?'''|\"\"\".*?\"\"\"|'[^'\n]*'|"[^"\n]*")
        | [bB]?(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"
            |'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
      )
    | (?P<number>0[xX][0-9a-fA-F]+[uU]?|(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?[uU]?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>&&|\|\||[<>=!]=|//|[^'"])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression; kind is string, number, name or sign."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """One expression: its source and its tokens, without white space."""

    source: str
    tokens: tuple[Token, ...]


Part: TypeAlias = str | Code


def parse(text: str) -> list[Part]:
    """The parts of `text` in order, neighbouring literals joined; `[]` for empty text."""
    parts: list[Part] = []
    literal = ''
    at = 0
    while (start := text.find('${', at)) >= 0:
        if start > at and text[start - 1] == '$':
            literal += text[at : start - 1] + '${'
            at = start + 2
            continue
        literal += text[at:start]
        if literal:
            parts.append(literal)
            literal = ''
        code, at = scan(text, start + 2)
        parts.append(code)
    literal += text[at:]
    if literal:
        parts.append(literal)
    return parts


def scan(text: str, at: int) -> tuple[Code, int]:
    """The expression that begins at `at`, and where the text behind its } begins."""
    start = at
    depth = 0
    tokens: list[Token] = []
    while match := TOKEN.match(text, at):
        if match.lastgroup == 'sign':
            if match.group() == '//':
                raise wrong('a comment inside ${…}', 'remove the //')
            depth += {'{': 1, '}': -1}.get(match.group(), 0)
            if depth < 0:
                break
        if match.lastgroup != 'space':
            tokens.append(Token(str(match.lastgroup), match.group()))
        at = match.end()
    else:
        if at < len(text):
            raise wrong('a quote inside ${…} is not closed', 'close it before the }')
        raise wrong('${ is not closed', 'add the }, or write $${ for the characters themselves')
    source = text[start:at].strip()
    if not source:
        raise wrong('${} holds no expression', 'write one, such as ${data.room}')
    if len(source) > MAX_EXPRESSION:
        raise wrong(f'an expression longer than {MAX_EXPRESSION:,} characters', 'split it up')
    return Code(source, tuple(tokens)), at + 1
