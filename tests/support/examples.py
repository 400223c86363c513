"""The examples of conf/examples, each as it is, on a free port."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.support.gateway import ROOT, Gateway, running

EXAMPLES = ROOT / 'conf' / 'examples'
NAMES = sorted(path.parent.name for path in EXAMPLES.glob('*/gateway.yaml'))
LISTEN, ADMIN, FREE = (f'listen: 127.0.0.1:{port}' for port in (8000, 8001, 0))


@contextlib.contextmanager
def served(name: str, folder: Path, *changes: tuple[str, str]) -> Iterator[Gateway]:
    """The gateway with a copy of one example, and of the pages that it shares.

    `changes` are made in its configuration and in its Python.
    """
    for part in ('page', f'examples/{name}', 'examples/common'):
        shutil.copytree(ROOT / 'conf' / part, folder / part, dirs_exist_ok=True)
    config = folder / 'examples' / name / 'gateway.yaml'
    assert config.read_text().count(LISTEN) == 1
    for file in (config, *config.parent.glob('*.py')):
        text = file.read_text()
        for old, new in ((LISTEN, FREE), (ADMIN, FREE), *changes):
            text = text.replace(old, new)
        file.write_text(text)
    with running(config) as gateway:
        yield gateway
