"""Every place in `gateway/config/` that makes a mistake is reached by the tables of mistakes.

The tables run in a process of their own, which notes where each mistake is made.
"""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CONFIG = Path('gateway/config')
TABLES = sorted(map(str, Path('tests/unit/config').glob('test_*errors*.py')))
TABLES.remove(str(Path('tests/unit/config', Path(__file__).name)))
TABLES.append('tests/unit/config/test_tls.py')

MAKERS = {'wrong', 'Mistake', 'Problem'}
REPORTS = {'add', 'key', 'unknown', 'report', 'stop'}  # methods of a report or a reader
EXPLAIN = {'explain', 'unfinished'}
NOT_OURS = {  # they read nothing, or make mistakes for others
    'schema.py',
    'shapes.py',
    'prose.py',
    'prose_routes.py',
    'reference.py',
    'mistakes.py',
}

RUN = """
import json, sys
import pytest
from gateway.config import hints, mistakes, origins, programs, report, source, syntax
from gateway.errors import Problem

reached = set()


def noted(owner, name):
    function = getattr(owner, name)

    def call(*args, **named):
        caller = sys._getframe(1)
        if caller.f_code is mistakes.wrong.__code__:
            caller = caller.f_back
        reached.add((caller.f_code.co_filename, caller.f_lineno))
        return function(*args, **named)

    setattr(owner, name, call)


noted(mistakes.Mistake, '__init__')
noted(Problem, '__new__')
for name in ('add', 'key', 'unknown'):
    noted(report.Report, name)
for name in ('report', 'stop'):
    noted(source.Reader, name)
watched = {
    function.__code__
    for function in (hints.explain, syntax.explain, syntax.unfinished, origins.explain)
}


def line(frame, event, argument):
    reached.add((frame.f_code.co_filename, frame.f_lineno))
    return line


def traced(module, name):
    function = getattr(module, name)

    def call(*args):
        sys.settrace(lambda frame, *_: line if frame.f_code in watched else None)
        try:
            return function(*args)
        finally:
            sys.settrace(None)

    setattr(module, name, call)


for module in (hints, programs, origins):
    traced(module, 'explain')
code = pytest.main(['-q', '-p', 'no:cacheprovider', *sys.argv[2:]])
with open(sys.argv[1], 'w') as file:
    json.dump(sorted(reached), file)
sys.exit(code)
"""


def makes(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in MAKERS
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)):
            return name in REPORTS and owner in {'self', 'report'}
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr='report'), attr=name)):
            return name in REPORTS
    return False


def explanations(tree: ast.AST) -> Iterator[ast.Return]:
    """Where a function that puts others' words into plain ones answers."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name in EXPLAIN:
            yield from (node for node in ast.walk(function) if isinstance(node, ast.Return))


@pytest.fixture(scope='module')
def reached(tmp_path_factory):
    file = tmp_path_factory.mktemp('reached') / 'places.json'
    command = [sys.executable, '-c', RUN, str(file), *TABLES]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stdout[-3_000:]
    found = {}
    for name, line in json.loads(file.read_text()):
        found.setdefault(Path(name).name, set()).add(line)
    return found


@pytest.mark.parametrize('name', sorted({path.name for path in CONFIG.glob('*.py')} - NOT_OURS))
def test_every_mistake_that_can_be_made_stands_in_a_table(name, reached):
    tree = ast.parse((CONFIG / name).read_text())
    answers = set(explanations(tree))
    lines = reached.get(name, set())
    missed = [
        f'{name}:{node.lineno}: {ast.unparse(node)}'
        for node in ast.walk(tree)
        if (makes(node) or node in answers)
        and lines.isdisjoint(range(node.lineno, (node.end_lineno or 0) + 1))
    ]
    assert missed == []


def test_the_places_are_found_at_all():
    tree = ast.parse((CONFIG / 'namespaces.py').read_text())
    assert sum(map(makes, ast.walk(tree))) > 10
