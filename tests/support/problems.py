"""What a broken configuration says: `line:column: where: what: how to mend it`.

The tables `tests/unit/config/test_*errors*.py` hold one broken configuration for each rule, with
the exact words that its author reads; `test_errors_complete.py` sees to it that no rule lacks one.
"""

from pathlib import Path

import pytest

from gateway.config.load import read
from gateway.config.source import Document
from gateway.errors import ConfigError

ENV = {'SECRET': 'hunter2', 'EMPTY': ''}


def said(text: str) -> list[str]:
    """All problems of a text; each lacks only the name of the file."""
    with pytest.raises(ConfigError) as caught:
        read(Document('g.yaml', text), Path('g.yaml'), ENV)
    return [str(problem).removeprefix('g.yaml:') for problem in caught.value.problems]
