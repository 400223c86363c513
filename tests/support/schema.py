"""The JSON Schema of the configuration, and what checks a file's plain values by it."""

from pathlib import Path
from typing import Any

import jsonschema

from gateway.config.load import read
from gateway.config.model import Config
from gateway.config.schema import schema
from gateway.config.source import Document

SCHEMA = schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
SECRET = {'KEY': 'a secret of the tests, which is long enough'}


def plain(text: str) -> Any:
    """A file's values, as an editor sees them."""
    return Document('gateway.yaml', text).root.plain()


def load(text: str) -> Config:
    return read(Document('gateway.yaml', text), Path('gateway.yaml'), SECRET)


def event(action: str) -> str:
    return f'namespaces: {{/: {{events: {{x: {action}}}}}}}'
