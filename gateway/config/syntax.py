"""What the parser of CEL says of an expression, in plain words.

It names rules of its grammar and columns of a source that nobody wrote; a person wants to know
which sign of his expression was not expected, and behind what.
"""

import re
from collections.abc import Sequence

from gateway.config.template import Token

PLACE = re.compile(r'ERROR: <input>:1:(\d+): (.*)')
CLOSES = {'(': ')', '[': ']', '{': '}'}
MENDS = {'=': 'write ==', '&': 'write &&', '|': 'write ||'}
MEND = 'see the syntax of CEL'
SPACED = frozenset({'in', '==', '!='})


def explain(
    report: str, parts: Sequence[Sequence[Token]], columns: Sequence[int]
) -> tuple[str, str]:
    """What is wrong and how to mend it; `columns` is where each part begins in the source."""
    if 'Recursion limit' in report:
        return 'nested too deep', 'split it up'
    places = PLACE.findall(report)
    grammar = [place for place in places if place[1].startswith('Syntax error')]
    column, message = next(iter(grammar or places), ('0', ''))
    at = sum(start < int(column) for start in columns) - 1
    sign = parts[at][0].text
    if message.startswith('reserved identifier'):
        return f'{sign} is a word that CEL reserves', 'use another name'
    if 'simple name' in message:
        return 'a loop begins with the name of its variable', 'such as rooms.exists(r, …)'
    if message.startswith('invalid'):
        return f'{sign} is beyond 64 bits', 'write a smaller number'
    if "'<EOF>'" in message:
        return unfinished(parts), MEND
    if not message.startswith('Syntax error'):
        return f'{sign} means nothing here', MEND
    behind = f'behind {spell(parts[at - 1])}' if at > 0 else 'at its beginning'
    return f'{sign} cannot stand {behind}', MENDS.get(sign, MEND)


def spell(part: Sequence[Token]) -> str:
    return ''.join(f' {t.text} ' if t.text in SPACED else t.text for t in part).strip()


def unfinished(parts: Sequence[Sequence[Token]]) -> str:
    """What the end of an expression lacks."""
    tokens = [token for part in parts for token in part]
    closing = []
    for token in tokens:
        if token.text in CLOSES:
            closing.append(CLOSES[token.text])
        elif closing and token.text == closing[-1]:
            closing.pop()
    last = tokens[-1]
    if closing and (last.kind != 'sign' or last.text in CLOSES.values()):
        return f'a {closing[-1]} is missing at its end'
    return f'something is missing behind {spell(parts[-1])}'
