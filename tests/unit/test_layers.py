"""The structure of the gateway, as far as it can be read from the source.

- Imports point downwards only, in the order of `LAYERS`.
- wire/ and config/ are pure: no loop, no sockets, none of the libraries under the engine.
- Only engine/ and hub/ touch what other modules keep private.
- A file of more than 300 lines wants to be two.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / 'gateway').rglob('*.py'))

# From the top to the bottom; those of one line don't know each other. '' is gateway/__init__.py.
LAYERS = (
    {'cli'},
    {'commands'},
    {'daemon'},
    {'testing'},
    {'app'},
    {'reload'},
    {'http'},
    {'service'},
    {''},
    {'routing'},
    {'cluster'},
    {'hub', 'backends'},
    {'engine'},
    {'wire', 'config'},
    {'errors'},
)
HEIGHT = {name: -depth for depth, names in enumerate(LAYERS) for name in names}

PURE = {'wire', 'config'}
IMPURE = {'tornado', 'socketio', 'engineio', 'asyncio'}
TRUSTED = {'engine', 'hub'}


def layer_of(path: Path) -> str:
    first = path.relative_to(ROOT / 'gateway').parts[0]
    return first.removesuffix('.py').replace('__init__', '')


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every imported module or name, in full, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f'{node.module}.{alias.name}') for alias in node.names)


def private(name: str) -> bool:
    if name == '_exit':  # os._exit is documented
        return False
    return name.startswith('_') and not name.endswith('__') and name != '_'


def defined(tree: ast.AST) -> set[str]:
    """The names that a module makes itself: functions, classes, variables, attributes, slots."""
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                names.add(name)
            case ast.Constant(value=str(name)):
                names.add(name)
    return names


def upward(layer: str, tree: ast.AST) -> Iterator[str]:
    for line, name in imports(tree):
        package, _, rest = name.partition('.')
        if package == 'gateway':
            below = rest.split('.')[0]
            below = below if below in HEIGHT else ''
            if below != layer and HEIGHT[below] >= HEIGHT[layer]:
                yield f'{line}: {layer} imports {name}, which is not below it'


def impure(layer: str, tree: ast.AST) -> Iterator[str]:
    for line, name in imports(tree):
        if layer in PURE and name.split('.')[0] in IMPURE:
            yield f'{line}: {layer} is pure, but imports {name}'


def prying(layer: str, tree: ast.AST) -> Iterator[str]:
    if layer in TRUSTED:
        return
    own = defined(tree)
    for line, name in imports(tree):
        if private(name.rsplit('.', 1)[-1]):
            yield f'{line}: {name} is private to another module'
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and private(node.attr) and node.attr not in own:
            yield f'{node.lineno}: {node.attr} is private to another module'


RULES = (upward, impure, prying)


@pytest.mark.parametrize('rule', RULES)
def test_every_module_keeps_the_rule(rule):
    broken = [
        f'{path.relative_to(ROOT)}:{what}'
        for path in SOURCES
        for what in rule(layer_of(path), ast.parse(path.read_text()))
    ]
    assert broken == []


def test_every_module_has_its_layer():
    assert SOURCES
    assert {layer_of(path) for path in SOURCES} <= set(HEIGHT)


@pytest.mark.parametrize(
    ('rule', 'layer', 'source', 'broken'),
    [
        (upward, 'hub', 'from gateway.engine.session import Session', 0),
        (upward, 'hub', 'import gateway.wire.codec', 0),
        (upward, 'cli', 'from gateway import __version__', 0),
        (upward, 'engine', 'from gateway.hub import server', 1),
        (upward, 'engine', 'def late():\n    import gateway.app', 1),
        (upward, 'wire', 'from gateway.config.load import load', 1),
        (upward, 'errors', 'from gateway import errors, wire', 1),
        (upward, 'routing', 'from gateway import emit', 1),
        (impure, 'wire', 'import struct, json', 0),
        (impure, 'wire', 'from tornado.util import _websocket_mask', 1),
        (impure, 'config', 'import asyncio.events', 1),
        (impure, 'engine', 'import asyncio', 0),
        (prying, 'engine', 'server._sockets', 0),
        (prying, 'routing', 'hub._rooms', 1),
        (prying, 'routing', 'from socketio.base_server import _name', 1),
        (prying, 'routing', 'class A:\n    def go(self):\n        self._a = 1\n        b._a', 0),
        (prying, 'routing', 'value.__class__', 0),
    ],
)
def test_the_rules_see_what_they_forbid(rule, layer, source, broken):
    assert len(list(rule(layer, ast.parse(source)))) == broken


def test_no_file_is_longer_than_300_lines():
    files = [
        path
        for folder, kinds in (('gateway', ('py',)), ('bench', ('py', 'c', 'js')))
        for kind in kinds
        for path in (ROOT / folder).rglob(f'*.{kind}')
        if not {'.deps', 'node_modules'} & set(path.parts)
    ]
    lengths = {str(path.relative_to(ROOT)): path.read_text().count('\n') for path in files}
    assert {path: lines for path, lines in lengths.items() if lines > 300} == {}


def test_no_module_raises_an_error_that_it_keeps():
    """Each raise would add a traceback to it, whose frames hold what was being worked on."""
    kept = {}
    for path in (ROOT / 'gateway').rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name | ast.Attribute):
                name = node.exc.id if isinstance(node.exc, ast.Name) else node.exc.attr
                if name.isupper():
                    kept[f'{path.relative_to(ROOT)}:{node.lineno}'] = name
    assert kept == {}
