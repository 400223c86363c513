"""docs/configuration.md and conf/gateway.schema.json say what the code says."""

import json
import re

import pytest

from gateway.config import names, reference
from gateway.config.actions import VERBS
from gateway.config.reference import BLOCK, PAGE, ROOT, SCHEMA, Reference, flow
from gateway.config.schema import schema
from gateway.config.source import Document

TEXT = PAGE.read_text()
STALE = 'run python -m gateway.config.reference'


def test_the_page_is_fresh():
    assert Reference().page(TEXT) == TEXT, STALE


def test_the_committed_schema_is_fresh():
    assert json.loads(SCHEMA.read_text()) == schema(), STALE


def test_writing_them_again_changes_nothing(tmp_path, monkeypatch):
    for name, file in (('PAGE', PAGE), ('SCHEMA', SCHEMA)):
        copy = tmp_path / file.name
        copy.write_text(file.read_text())
        monkeypatch.setattr(reference, name, copy)
    reference.main()
    assert (tmp_path / PAGE.name).read_text() == TEXT
    assert (tmp_path / SCHEMA.name).read_text() == SCHEMA.read_text()


def test_a_table_that_has_changed_is_written_anew():
    old = '<!-- table: compression -->\n\nold\n\n<!-- end -->\n'
    assert Reference().page(f'a\n{old}b\n') == (
        'a\n<!-- table: compression -->\n\n'
        '| key | value | default | what it does |\n|---|---|---|---|\n'
        '| `threshold` | [size](#units) | `1KB` | The smallest message that is compressed.<br>'
        'Such as `4KB`. |\n'
        '\n<!-- end -->\nb\n'
    )


def test_everything_with_keys_has_its_table():
    tables = {found[1] for found in BLOCK.findall(TEXT)}
    expected = {
        'sections',
        'server',
        'tls',
        'socketio',
        'compression',
        'auth',
        'jwt',
        'backends',
        'log',
    }
    expected |= {
        'admin',
        'log',
        'cluster',
        'namespace',
        'route',
        'verbs',
        'emit',
        'http',
        'reply',
        'roots',
    }
    assert tables == expected


def test_the_configuration_that_is_delivered_names_the_schema():
    first, _, _ = (ROOT / 'conf' / 'gateway.yaml').read_text().partition('\n')
    assert first == f'# yaml-language-server: $schema={SCHEMA.name}'


@pytest.mark.parametrize('function', sorted(names.FUNCTIONS))
def test_every_function_of_expressions_is_on_the_page(function):
    table = TEXT.partition('| function |')[2].partition('```')[0]
    assert re.search(rf'\b{function}\b', table)


def test_every_code_of_an_error_is_on_the_page():
    codes = set()
    for folder in ('config', 'hub', 'routing', 'backends'):
        for file in (ROOT / 'gateway' / folder).glob('*.py'):
            source = file.read_text()
            codes |= set(re.findall(r"\b(?:ActionError|BackendError|Refused)\(\s*'(\w+)'", source))
            codes |= set(re.findall(r"'(token_\w+)'", source))
    assert {'bad_value', 'guard_failed', 'internal', 'token_missing', 'backend_down'} <= codes
    rows = [line for line in TEXT.splitlines() if line.startswith('| `')]
    assert [code for code in codes if not any(f'`{code}`' in row for row in rows)] == []


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        ('25s', '25s'),
        ('127.0.0.1:8000', '127.0.0.1:8000'),
        ('[::1]:8000', '"[::1]:8000"'),
        ('*', '"*"'),
        ('404', '"404"'),
        ('true', '"true"'),
        ('a b', '"a b"'),
        ('', '""'),
        ('a:', '"a:"'),
        (404, '404'),
        (False, 'false'),
        ({'a': ['${data.x}', True], '/': {}}, '{a: ["${data.x}", true], /: {}}'),
    ],
)
def test_a_value_is_written_as_yaml_reads_it(value, text):
    assert flow(value) == text
    assert Document('x', f'[{text}]').root.plain() == [value]


def test_every_verb_links_to_what_it_is():
    for verb in VERBS:
        assert f'| `{verb}` |' in TEXT
