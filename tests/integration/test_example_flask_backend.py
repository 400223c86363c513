"""conf/examples/flask-backend: page, gateway and backend, whole, and what the backend refuses."""

import asyncio
import json
import time

import pytest
from socketio.exceptions import ConnectionError as Refused

from gateway.backends import signature
from tests.browser.chromium import Chromium
from tests.support.flask_backend import SECRETS, example, module
from tests.support.peers import connected

SECRET = SECRETS['BACKEND_SECRET'].encode()
PRIMES = {2_000: '303 primes below 2,000', 200_000: '17,984 primes below 200,000'}
SEEN = (
    'window.seen = []; new MutationObserver(() => seen.push(document.querySelector("#bar").value))'
)


@pytest.fixture(scope='module')
def browser():
    with Chromium() as chromium:
        yield chromium


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def enter(window, gateway, name):
    script = f'sessionStorage.setItem("name", {json.dumps(name)})'
    window.send('Page.addScriptToEvaluateOnNewDocument', source=script)
    window.open(gateway.url + '/')
    window.until('document.querySelector("#state").textContent === "connected"')


def start(window, below):
    window.type('#below', str(below))
    window.run('document.querySelector("#start").click()')


def says(window, text):
    window.until(f'document.querySelector("#said").textContent.includes({json.dumps(text)})')


def under_way(window):
    window.until('document.querySelector("#bar").value > 0')
    assert window.run('document.querySelector("#bar").value') < 100


@pytest.mark.parametrize('official', [True, False], ids=['official client', 'small client'])
def test_a_job_runs_and_the_page_sees_how_far_it_is(browser, tmp_path, official):
    with example(tmp_path, official=official) as (gateway, backend):
        with browser.window() as ann, browser.window() as ben:
            enter(ann, gateway, 'Ann')
            enter(ben, gateway, 'Ben')
            assert backend.knows()['people'] == ['Ann', 'Ben']
            ann.run(f'{SEEN}.observe(document.querySelector("#bar"), {{attributes: true}})')
            start(ann, 200_000)
            says(ann, PRIMES[200_000])
            assert ann.run('document.querySelector("#percent").textContent') == '100 %'
            seen = ann.run('seen')
            assert seen == sorted(seen)
            assert len(set(seen)) > 5
            assert any(0 < percent < 50 for percent in seen)  # without having to ask
            [job] = backend.knows()['jobs']
            assert job['user'] == 'Ann'
            assert ben.run('document.querySelector("#job").hidden')  # it is not in the job's room
            assert ann.complaints == ben.complaints == []
        backend.until([])  # it has heard of everyone who left


def test_a_page_that_is_loaded_again_goes_on_with_its_job(browser, tmp_path):
    with example(tmp_path) as (gateway, _), browser.window() as ann:
        enter(ann, gateway, 'Ann')
        start(ann, 2_000)
        under_way(ann)
        ann.open(gateway.url + '/')
        under_way(ann)
        says(ann, PRIMES[2_000])


def test_the_backend_dies_in_mid_job_and_comes_back(browser, tmp_path):
    with example(tmp_path) as (gateway, backend), browser.window() as ann:
        enter(ann, gateway, 'Ann')
        start(ann, 2_000)
        under_way(ann)
        backend.kill()
        says(ann, 'No news: backend_')
        start(ann, 2_000)
        says(ann, 'Not started: backend_')
        assert ann.run('document.querySelector("#state").textContent') == 'connected'
        backend.start()
        says(ann, 'Nobody knows of this job any more')
        start(ann, 2_000)
        says(ann, PRIMES[2_000])


def error(code):
    return {'error': {'code': code, 'message': code}}


@pytest.mark.parametrize('official', [True, False], ids=['official client', 'small client'])
def test_who_comes_while_the_backend_is_away_gets_in_later(browser, tmp_path, official):
    with (
        example(tmp_path, official=official) as (gateway, backend),
        browser.window() as ann,
        browser.window() as ben,
    ):
        enter(ann, gateway, 'Ann')
        backend.kill()
        ben.open(gateway.url + '/')
        ben.until('document.querySelector("#state").textContent.startsWith("refused: backend_")')
        backend.start()
        ben.until('document.querySelector("#state").textContent === "connected"')
        people = backend.knows()['people']
        assert len(people) == 2
        assert 'Ann' in people  # she came to the one before


def test_what_the_backend_refuses_the_client_hears(tmp_path):
    async def scenario(url):
        for auth in ({}, {'name': ''}, {'name': 'x' * 25}, {'name': ['x']}):
            with pytest.raises(Refused):
                async with connected(url, auth=auth):
                    pass
        async with (
            connected(url, auth={'name': 'Ann'}) as ann,
            connected(url, auth={'name': 'Eve'}) as eve,
        ):
            for below in (1, 500_001, '7', None, True, [7]):
                assert await ann.ask('start', below) == error('bad_number')
            job = await ann.ask('start', 100)
            assert (await ann.ask('follow', job))['below'] == 100
            for guess in (job, None, {}):
                assert await eve.ask('follow', guess) == error('no_such_job')

    with example(tmp_path) as (gateway, _):
        asyncio.run(scenario(gateway.url))


# --- the backend's own rules, without a gateway ---------------------------------------------------


@pytest.fixture
def backend():
    found = module()
    found.started = []
    found.work = found.started.append
    return found


def post(backend, path, event, id='run-1', ago=0, secret=SECRET):
    body = json.dumps({'id': id, **event}).encode()
    headers = dict(signature.headers(id, time.time() - ago, body, [secret]))
    client = backend.app.test_client()
    return client.post(path, data=body, headers=headers, content_type='application/json')


ANN = {'sid': 'a', 'auth': {'name': 'Ann'}, 'gateway': 'one'}


def test_only_what_the_gateway_has_just_signed_is_taken(backend):
    backend.look = lambda: None
    assert post(backend, '/connect', ANN).json == {'claims': {'sub': 'Ann'}}
    assert post(backend, '/connect', ANN, ago=290).status_code == 200
    for wrong in ({'ago': 310}, {'ago': -310}, {'secret': b'of somebody else'}):
        assert post(backend, '/connect', ANN, **wrong).status_code == 401
    body = json.dumps(ANN).encode()
    headers = dict(signature.headers('run-1', time.time(), body, [b'the old one', SECRET]))
    assert backend.signed(headers, body)
    assert not backend.signed(headers, body + b' ')
    for name in headers:
        for value in ('', '1', 'v1,', 'v1,é'):
            assert not backend.signed({**headers, name: value}, body)
        assert not backend.signed({key: headers[key] for key in headers if key != name}, body)


def test_a_request_that_comes_twice_is_one_job(backend):
    event = {'args': [100], 'claims': {'sub': 'Ann'}}
    first, again = (post(backend, '/start', event).json for _ in range(2))
    assert first == again == {'ack': ['run-1'], 'do': {'join': 'job:run-1'}}
    assert len(backend.started) == 1
    assert post(backend, '/start', event, 'run-2').json['ack'] == ['run-2']


def test_jobs_are_bounded_and_the_oldest_that_has_ended_goes(backend):
    event = {'args': [100], 'claims': {'sub': 'Ann'}}
    for number in range(backend.MOST):
        assert 'ack' in post(backend, '/start', event, f'run-{number}').json
        backend.jobs[f'run-{number}']['result'] = 25
    assert len(backend.jobs) == backend.MOST
    for job in backend.jobs.values():
        job['result'] = None
    assert post(backend, '/start', event, 'more').json == {'reject': 'busy'}
    backend.jobs['run-3']['result'] = backend.jobs['run-5']['result'] = 25
    assert 'ack' in post(backend, '/start', event, 'more').json
    assert len(backend.jobs) == backend.MOST
    assert 'run-3' not in backend.jobs
    assert 'run-5' in backend.jobs


def test_a_gap_between_hooks_makes_it_ask_who_is_here(backend, monkeypatch):
    asked = []
    ben, old, eve = ({'sid': name, 'claims': {'sub': name}} for name in ('b', 'a', 'e'))
    pages = {'': {'clients': [old, ben], 'next': 'b'}, 'b': {'clients': [eve], 'next': None}}

    def api(path):
        asked.append(path)
        return pages[path.rpartition('=')[2]]

    monkeypatch.setattr(backend, 'api', api)
    long_ago = time.monotonic() - 60
    backend.people.update({sid: (sid, long_ago) for sid in 'abcd'}, new=('new', time.monotonic()))

    def left(sid, sequence, gateway='one'):
        event = {'sid': sid, 'gateway': gateway, 'sequence': sequence}
        assert post(backend, '/disconnect', event).status_code == 204

    left('a', 1)
    assert len(asked) == 2  # a gateway that was not known: what came before is not known either
    assert sorted(backend.people) == ['b', 'e', 'new']  # 'a' has left since the page was made
    left('b', 2)
    left('b', 3)
    assert len(asked) == 2
    left('c', 5)
    assert len(asked) == 4
    left('d', 4)  # late: a look too many does no harm
    left('e', 6)
    assert len(asked) == 6
    left('e', 1, 'two')
    assert len(asked) == 8
