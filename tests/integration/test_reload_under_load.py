"""100 reloads under 50,000 deliveries a second: nothing is lost, and nobody waits for them."""

import re
import subprocess
import sys
import threading

import pytest
import yaml

from tests.support.api import Api
from tests.support.gateway import ROOT, running

pytestmark = [pytest.mark.alone, pytest.mark.timeout(120)]

RELOADS = 100
CLIENTS = 1_000
SECONDS = 5
MORE = 20  # ms
EVENTS = {'pub': {'emit': {'event': 'msg', 'to': 'all'}}, 'echo': {'ack': '${args}'}}
SECTIONS = {
    'server': {'listen': '127.0.0.1:0', 'shutdown_timeout': '1s'},
    'admin': {'listen': '127.0.0.1:0'},
}


def write(file, number):
    events = {**EVENTS, f'number{number}': {'ack': number}}
    file.write_text(yaml.safe_dump({**SECTIONS, 'namespaces': {'/': {'events': events}}}))


def reload(gateway, file, over):
    """How many were done and changed something, once all clients are there."""
    with Api(gateway) as api:
        while not over.is_set() and not crowded(api):
            over.wait(0.05)
        done = 0
        for number in range(RELOADS):
            write(file, number)
            _, answer = api.post('/reload', {})
            done += answer['reloaded'] and bool(answer['changes'])
            over.wait(SECONDS * 0.8 / RELOADS)
    return done


def crowded(api):
    _, answer = api.get('/namespaces')
    return sum(one['clients'] for one in answer['namespaces']) >= CLIENTS


def measured(gateway, out):
    """The p99 of 50 broadcasts a second to 1,000 clients, in ms; the run checks that all came."""
    words = ['--url', gateway.url, '--rounds', '1', '--clients', str(CLIENTS), '--rate', '50']
    words += ['--duration', f'{SECONDS}s', '--out', out]
    done = subprocess.run(
        [sys.executable, '-m', 'bench', 'fanout', *words],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    [found] = re.findall(r'^delivery, p99, ms +([\d.]+)$', done.stdout, re.MULTILINE)
    return float(found)


def test_reloads_lose_nothing_and_delay_nobody(tmp_path):
    file = tmp_path / 'gateway.yaml'
    write(file, 'none')
    with running(file) as gateway:
        undisturbed = measured(gateway, tmp_path / 'before')
        over, done = threading.Event(), []
        thread = threading.Thread(target=lambda: done.append(reload(gateway, file, over)))
        thread.start()
        meanwhile = measured(gateway, tmp_path / 'meanwhile')
        over.set()
        thread.join()
        assert done == [RELOADS]
        assert meanwhile <= undisturbed + MORE, (undisturbed, meanwhile)
