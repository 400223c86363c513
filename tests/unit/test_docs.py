"""The documentation tells the truth: what it shows is loaded, what it links to is there."""

import ast
import importlib
import re
import sys
from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.config.source import Document
from gateway.errors import ConfigError
from gateway.routing.facade import socketio
from gateway.routing.loading import Handlers, load_handlers
from tests.support.pages import PAGES, ROOT, Snippet, in_language, snippets, surroundings, whole
from tests.support.schema import VALIDATOR

YAML = in_language('yaml')
PYTHON = in_language('python')
# Who runs the Python of a page that is not a module of handlers, or not only loads it.
RUN_BY = {
    'docs/authentication.md': 'tests/integration/test_other_programs.py',
    'docs/backends.md': 'tests/unit/test_backends_page.py',
    'docs/cluster.md': 'tests/integration/test_other_programs.py',
    'docs/from-flask-socketio.md': 'tests/unit/test_from_flask_page.py',
    'docs/handlers.md': 'tests/unit/test_handlers_page.py',
    'docs/recipes.md': 'tests/integration/recipes/test_recipes_telemetry_webhooks.py',
}
DELIVERED = [ROOT / 'conf' / 'gateway.yaml', *sorted((ROOT / 'conf' / 'examples').rglob('*.yaml'))]
LINK = re.compile(r'\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)')


def anchors(page: Path) -> set[str]:
    """What a code host makes of the headings."""
    text = re.sub(r'^```.*?^```', '', page.read_text(), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r'^#+ (.+)$', text, re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', title.lower()).replace(' ', '-') for title in titles}


@pytest.mark.parametrize('snippet', YAML, ids=str)
def test_a_snippet_of_yaml_loads(snippet: Snippet, tmp_path: Path):
    if snippet.why:
        return
    file = tmp_path / 'gateway.yaml'
    file.write_text(whole(snippet.body))
    load(file, surroundings(snippet.body, tmp_path))
    VALIDATOR.validate(Document('snippet', file.read_text()).root.plain())


@pytest.mark.parametrize('file', DELIVERED, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_configuration_that_is_delivered_loads(file: Path, tmp_path: Path):
    found = load(file, surroundings(file.read_text(), tmp_path))
    assert found.namespaces or found.handlers
    VALIDATOR.validate(found.document.root.plain())


@pytest.mark.parametrize('snippet', PYTHON, ids=str)
def test_a_snippet_of_python_runs_as_far_as_it_can(snippet: Snippet, tmp_path: Path, monkeypatch):
    run(snippet, tmp_path, monkeypatch)


def test_all_other_python_is_run_by_a_test_of_its_page():
    pages = {
        str(one.page.relative_to(ROOT))
        for one in PYTHON
        if one.why or not re.search(r'^from gateway import', one.body, re.MULTILINE)
    }
    assert pages <= RUN_BY.keys()
    assert [test for test in RUN_BY.values() if not (ROOT / test).is_file()] == []


def run(snippet: Snippet, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Handlers | None:
    """A module of handlers is loaded as one; of anything else the imports are tried."""
    imported = [
        node for node in ast.walk(ast.parse(snippet.body)) if isinstance(node, ast.ImportFrom)
    ]
    for node in imported:
        if str(node.module).split('.')[0] == 'gateway':
            module = importlib.import_module(str(node.module))
            assert [name.name for name in node.names if not hasattr(module, name.name)] == []
    if snippet.why or 'gateway' not in [node.module for node in imported]:
        return None
    name = f'snippet_{snippet.page.stem.replace("-", "_")}_{snippet.line}'
    (folder / f'{name}.py').write_text(snippet.body)
    (folder / 'gateway.yaml').write_text(f'handlers: [./{name}.py]')
    monkeypatch.setattr(sys, 'path', sys.path[:])
    return load_handlers(load(folder / 'gateway.yaml'), socketio)


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    broken = []
    for path, anchor in LINK.findall(page.read_text()):
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            broken.append(path)
        elif anchor and anchor not in anchors(target):
            broken.append(f'{path}#{anchor}')
    assert broken == []


@pytest.mark.parametrize(
    ('part', 'keys'),
    [
        ('server: {threads: 1}', ['server', 'namespaces', '/']),
        ('x-a: 1\nserver: {}', ['x-a', 'server', 'namespaces', '/']),
        ('handlers: [./chat.py]', ['handlers']),
        ('/chat: {events: {}}', ['namespaces', '/chat', 'events']),
        ('events: {a: {ack: 1}}', ['namespaces', '/', 'events', 'a', 'ack']),
        ('disconnect: {emit: {event: a}}', ['namespaces', '/', 'disconnect', 'emit', 'event']),
        ('say: {ack: 1}', ['namespaces', '/', 'events', 'say', 'ack']),
        ('{if: "${true}", ack: 1}', ['namespaces', '/', 'events', 'x', 'if', 'ack']),
        ('- ack: 1', ['namespaces', '/', 'events', 'x']),
        ('do: []\ntimeout: 1s', ['namespaces', '/', 'events', 'x', 'do', 'timeout']),
    ],
)
def test_a_part_of_a_file_is_told_by_its_keys(part, keys):
    def walk(raw):
        if isinstance(raw, dict):
            for key, body in raw.items():
                yield key
                if key not in {'server', 'x-a'}:
                    yield from walk(body)

    assert list(walk(Document('x', whole(part)).root.plain())) == keys


PAGE = """
<!-- not run: it is wrong -->

```yaml
a: b
```

- in a list

  ```python
  import a
  ```
"""


def test_the_snippets_of_a_page_are_found_with_what_is_said_of_them(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text(PAGE)
    assert list(snippets(page)) == [
        Snippet(page, 5, 'yaml', 'a: b\n', why='it is wrong'),
        Snippet(page, 11, 'python', 'import a\n'),
    ]


def test_a_module_of_handlers_is_loaded(tmp_path, monkeypatch):
    body = "from gateway import socketio\n\n@socketio.on('x')\ndef on_x(data): pass\n"
    handlers = run(Snippet(Path('good.md'), 1, 'python', body), tmp_path, monkeypatch)
    assert handlers.spaces['/']['x'].name == 'snippet_good_1.on_x'
    with pytest.raises(ConfigError):
        run(Snippet(Path('bad.md'), 1, 'python', f'{body}1 / 0\n'), tmp_path, monkeypatch)
    with pytest.raises(AssertionError):
        run(Snippet(Path('bad.md'), 2, 'python', 'from gateway import x'), tmp_path, monkeypatch)
