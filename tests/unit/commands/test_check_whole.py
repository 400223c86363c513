"""`check` says all there is to say, in one run, and the same in each."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.commands.check import check
from gateway.errors import ConfigError

PROGRAM = Path(__file__).parents[3] / 'run_gateway.py'
WRONG = """
namespaces:
  /:
    event:
      x: {jion: 1}
    evnts:
      y: {ak: 1}
    eventss: {}
"""


def test_the_problems_do_not_depend_on_the_hashes_of_a_run(tmp_path):
    file = tmp_path / 'gateway.yaml'
    file.write_text(WRONG)
    said = set()
    for seed in '123':
        done = subprocess.run(
            [sys.executable, PROGRAM, 'check', '--config', file],
            env={**os.environ, 'PYTHONHASHSEED': seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 3
        said.add(done.stdout + done.stderr)
    [text] = said
    assert text.count('did you mean') == 4


@pytest.mark.parametrize('module', ['json', 'nowhere_of_test'])
def test_a_handler_that_the_environment_names_hides_no_other_problem(files, monkeypatch, module):
    monkeypatch.setenv('MODULE_OF_TEST', module)
    path = files(
        'handlers: ["${env.MODULE_OF_TEST}"]\n'
        'server: {thread: 5}\n'
        'namespaces: {/: {events: {b: {call: "nope:x"}}}}'
    )
    with pytest.raises(ConfigError) as caught:
        check(path)
    missing = ['g.yaml:1:12: handlers[0]: no module nowhere_of_test'] * (module != 'json')
    assert [str(problem) for problem in caught.value.problems] == [
        *missing,
        'g.yaml:2:10: server.thread: unknown key thread: did you mean threads?',
        'g.yaml:3:37: namespaces."/".events.b.call: no module nope',
    ]
