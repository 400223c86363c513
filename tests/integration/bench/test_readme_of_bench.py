"""What bench/README.md tells to try on a server of one's own, tried on the server that it shows."""

import re
import shlex
import subprocess
from collections.abc import Iterator

import pytest

from bench import cli
from bench.process import Process, free_port
from bench.result import Result
from tests.support.gateway import ROOT

README = (ROOT / 'bench' / 'README.md').read_text()
[SHOWN] = re.findall(r'```js\n(.*?)```', README, re.DOTALL)
COMMANDS = [
    command.replace('\\\n', ' ')
    for block in re.findall(r'```sh\n(.*?)```', README, re.DOTALL)
    for command in re.split(r'\n(?=\S)', block.strip())
    if command.startswith('python -m bench')
]
AROUND = """
const http = require('http').createServer((request, answer) => {
  let body = '';
  request.on('data', (part) => body += part);
  request.on('end', () => { io.emit('said', { headline: JSON.parse(body).text }); answer.end(); });
});
const io = new (require('socket.io').Server)(http);
http.listen(%d, '127.0.0.1');
"""


@pytest.fixture(scope='module')
def port() -> Iterator[int]:
    port = free_port()
    modules = {'NODE_PATH': str(ROOT / 'tests' / 'js' / 'node_modules')}
    argv = ['node', '-e', AROUND % port + SHOWN]
    with Process(argv, core=None, env=modules, stdout=subprocess.DEVNULL) as process:
        process.wait_port(port)
        yield port


@pytest.fixture(autouse=True, scope='module')
def own_lock(tmp_path_factory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('XDG_CACHE_HOME', str(tmp_path_factory.mktemp('cache')))
        yield


@pytest.mark.parametrize('command', COMMANDS, ids=['events', 'request'])
def test_the_example_measures(command: str, port: int, tmp_path):
    words = shlex.split(command.replace(':3000', f':{port}'))[3:]
    small = '--clients 10 --rate 20 --duration 500ms --warmup 100ms --rounds 1 --quiet'
    code = cli.main([*words, *small.split(), '--out', str(tmp_path)])
    [run] = Result.load(tmp_path / 'result.json').runs
    assert run.received == run.sent * 10 >= 100, run.void
    assert code == bool(run.void)  # a busy machine may void it


def test_without_search_it_is_told_to_search(port: int, tmp_path):
    words = shlex.split(COMMANDS[0].replace(':3000', f':{port}').replace(' --search', ''))[3:]
    small = '--clients 2 --rate 20 --duration 200ms --warmup 0s --drain 200ms --rounds 1 --quiet'
    assert cli.main([*words, *small.split(), '--out', str(tmp_path)]) == 1
    [run] = Result.load(tmp_path / 'result.json').runs
    assert run.void[-1] == 'if the payload lies within what comes, add --search'
