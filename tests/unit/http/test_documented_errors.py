"""Every refusal of the admin listener stands in the table of docs/api.md, with its status."""

import ast
from pathlib import Path

import pytest

from gateway.http import reloading

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / 'docs' / 'api.md').read_text()
ANSWERS = {(422, 'invalid'), (503, 'busy'), *((409, code) for code in reloading.MESSAGES)}


def refusals():
    """Status and code of each call of `refusal`; those of other answers are ANSWERS."""
    for path in sorted((ROOT / 'gateway' / 'http').glob('*.py')):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'refusal':
                status, code, *_ = node.args
                if isinstance(code, ast.Constant):
                    yield status.value, code.value


@pytest.mark.parametrize(('status', 'code'), sorted({*refusals(), *ANSWERS}))
def test_it_stands_in_the_table(status, code):
    rows = [line for line in PAGE.splitlines() if line.startswith(f'| {status} |')]
    assert any(f'`{code}`' in row for row in rows)


def test_the_table_has_no_others():
    known = {*refusals(), *ANSWERS}
    for line in PAGE.splitlines():
        cells = line.split('|')
        if len(cells) == 5 and cells[1].strip().isdecimal():
            for code in cells[2].replace('`', '').split(','):
                assert (int(cells[1]), code.strip()) in known
