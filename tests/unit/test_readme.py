"""Every YAML block of the documentation loads."""

import re
from pathlib import Path

import pytest

from gateway.config.load import load

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md'))]
BLOCKS = [
    pytest.param(block, id=f'{page.relative_to(ROOT)}-{number}')
    for page in PAGES
    for number, block in enumerate(
        re.findall(r'^```yaml\n(.*?)^```', page.read_text(), re.DOTALL | re.MULTILINE), 1
    )
]


@pytest.mark.parametrize('block', BLOCKS)
def test_a_block_of_yaml_loads(block, tmp_path):
    file = tmp_path / 'gateway.yaml'
    file.write_text(block)
    assert load(file, env={'ADMIN_KEY': 'of the test'}).namespaces


def test_the_configuration_that_is_delivered_loads():
    assert list(load(ROOT / 'conf' / 'gateway.yaml', env={}).namespaces) == ['/']
