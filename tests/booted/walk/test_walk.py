"""docs/operations.md from top to bottom, as it is typed, until a browser shows a broadcast."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.support.gateway import ROOT

PAGE = (ROOT / 'docs' / 'operations.md').read_text()
BLOCKS = re.findall(r'^```sh\n(.*?)^```', PAGE, re.DOTALL | re.MULTILINE)
INSTALL = PAGE.split('\n## Install\n')[1].split('\n## ')[0].count('```sh')

pytestmark = pytest.mark.timeout(200)


def typed(block):
    done = subprocess.run(
        ['bash', '-e', '-o', 'pipefail', '-c', block],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    log = subprocess.run(
        ['journalctl', '--no-pager', '-n', '30'], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f'{block}\n{done.stdout}{done.stderr}{log.stdout}'
    return done.stdout


def shows(window, text):
    window.until(f'document.body.innerText.includes({text!r})')


def test_a_browser_shows_what_the_last_command_sends():
    Path('/opt/gateway').rename('/opt/tests')  # what runs this; the page makes its own
    *before, send = BLOCKS[:INSTALL]
    for block in before:
        typed(block)
    flags = (
        '--ignore-certificate-errors',
        '--host-resolver-rules=MAP chat.example.com 127.0.0.1',
    )
    with Chromium(*flags) as browser, browser.window() as window:
        window.open('https://chat.example.com/')
        shows(window, 'connected')
        assert typed(send) == '{"done":1}'
        shows(window, 'hello from the shell')
        for block in BLOCKS[INSTALL:]:  # a reload, a restart
            typed(block)
        window.until('document.querySelector("#state").textContent === "connected"')
        typed(send)
        window.until('document.querySelectorAll("li").length === 2')
        window.screenshot(Path('/out/page.png'))
        assert window.run('location.protocol') == 'https:'
