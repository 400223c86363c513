"""conf/examples/celery-task: page, gateway, worker and Redis, whole."""

import asyncio
import subprocess
import sys

import pytest

from tests.browser.chromium import Chromium
from tests.support.examples import served
from tests.support.peers import connected
from tests.support.queues import redis_server

SAYS = 'document.querySelector("#said").textContent'


@pytest.fixture(scope='module')
def redis(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp('redis')) as server:
        yield server


@pytest.fixture
def gateway(redis, tmp_path):
    with served('celery-task', tmp_path, ('redis://127.0.0.1:6379/0', redis.url)) as found:
        found.says('the queue is heard')
        yield found


@pytest.fixture
def worker(gateway, tmp_path):
    folder = tmp_path / 'examples' / 'celery-task'
    process = subprocess.Popen(
        [
            *(sys.executable, '-m', 'celery', '--workdir', folder, '--app', 'tasks', 'worker'),
            *('--pool', 'solo', '--without-gossip', '--without-mingle', '--loglevel', 'error'),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    yield process
    process.kill()
    process.wait()


def start(window, below):
    window.type('#below', str(below))
    window.run('document.querySelector("#start").click()')


def test_a_task_tells_the_page_how_far_it_is(worker, gateway):
    with Chromium() as browser, browser.window() as ann, browser.window() as ben:
        for window in (ann, ben):
            window.open(gateway.url + '/')
            window.until('document.querySelector("#state").textContent === "connected"')
        start(ann, 100_000)
        ann.until('document.querySelector("#bar").value > 0')
        ann.open(gateway.url + '/')  # a page that is loaded again goes on with its job
        ann.until(f'{SAYS} === "9,592 primes below 100,000"')
        assert ben.run('document.querySelector("#job").hidden')
        assert ann.complaints == ben.complaints == []


def test_what_is_no_task_is_refused(gateway):
    async def scenario():
        async with connected(gateway.url) as ann:
            for below in (1, 500_001, '7', None, True, [7]):
                assert await ann.ask('start', below) == error('bad_value')
            for guess in (None, '', {}, 'x' * 32, ['x' * 32]):
                assert await ann.ask('follow', guess) == error('no_such_job')

    asyncio.run(scenario())


def test_a_task_that_no_worker_has_begun_waits(gateway):
    async def scenario():
        async with connected(gateway.url) as ann:
            job = await ann.ask('start', 5)
            found = {'id': job, 'below': 5, 'percent': 0, 'result': None}
            assert await ann.ask('follow', job) == found

    asyncio.run(scenario())


def error(code):
    return {'error': {'code': code, 'message': code}}
