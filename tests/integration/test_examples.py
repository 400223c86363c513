"""Each example of conf/examples in a real browser, in two windows."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.browser.chromium import Chromium
from tests.support.examples import EXAMPLES, NAMES, served
from tests.support.flask_backend import SECRETS
from tests.support.gateway import ROOT
from tests.support.tokens import SECRET

MARKUP = '<img src=x onerror="document.title=1"> & <b>bold</b>'


@pytest.fixture(scope='module')
def browser():
    with Chromium() as chromium:
        yield chromium


@pytest.fixture
def windows(browser):
    with browser.window() as ann, browser.window() as ben:
        yield ann, ben
        assert ann.complaints == ben.complaints == []


@pytest.fixture(autouse=True)
def key(monkeypatch):
    for name, value in {'JWT_KEY': SECRET, **SECRETS}.items():
        monkeypatch.setenv(name, value)


def enter(windows, gateway, state='connected'):
    for window, name in zip(windows, ('Ann', 'Ben'), strict=True):
        script = f'sessionStorage.setItem("name", {json.dumps(name)})'
        window.send('Page.addScriptToEvaluateOnNewDocument', source=script)
        window.open(gateway.url + '/')
        window.until(f'document.querySelector("#state").textContent === "{state}"')


def shows(window, selector, text):
    where = f'document.querySelector({json.dumps(selector)})'
    window.until(f'{where} && {where}.textContent.includes({json.dumps(text)})')


def write(window, text):
    window.type('#text', text)
    window.run('document.querySelector("#send").click()')


def click(window, selector):
    window.until(f'document.querySelector({json.dumps(selector)})')
    window.run(f'document.querySelector({json.dumps(selector)}).click()')


def test_chat(windows, tmp_path):
    ann, ben = windows
    with served('chat', tmp_path) as gateway:
        enter(windows, gateway)
        shows(ann, '#people', 'AnnBen')
        shows(ben, '#people', 'AnnBen')
        write(ben, MARKUP)
        shows(ann, '#log', f'Ben {MARKUP}')
        assert ann.run('document.querySelectorAll("#log img").length') == 0

        click(ben, '#rooms button:nth-child(2)')
        shows(ben, '#log', 'You are in garden.')
        shows(ann, '#log', 'Ben left')
        assert ann.run('document.querySelector("#people").textContent') == 'Ann'


def test_presence(browser, windows, tmp_path):
    ann, _ = windows
    with served('presence', tmp_path) as gateway:
        with browser.window() as ben:
            enter((ann, ben), gateway)
            shows(ann, '#people', 'AnnhereBenhere')
            shows(ben, '#people', 'AnnhereBenhere')
            ben.run("""(() => {
                const status = document.querySelector("#status")
                status.value = "busy"
                status.dispatchEvent(new Event("change"))
            })()""")
            shows(ann, '#people', 'AnnhereBenbusy')
        ann.until('document.querySelector("#people").textContent === "Annhere"')


def test_ticker(windows, tmp_path):
    with served('ticker', tmp_path) as gateway:
        enter(windows, gateway)
        for window in windows:
            shows(window, '#prices', 'Chestnuts')
            window.until('document.querySelector("polyline").points.length > 1')


def test_typing(windows, tmp_path):
    ann, ben = windows
    with served('typing', tmp_path) as gateway:
        enter(windows, gateway)
        ben.type('#text', 'Hel')
        shows(ann, '#typing', 'Ben is typing')
        ben.run('document.querySelector("#send").click()')
        shows(ann, '#log', 'Ben Hel')
        assert ann.run('document.querySelector("#typing").textContent') == ''
        ben.type('#text', 'and nothing comes')
        shows(ann, '#typing', 'Ben is typing')
        ann.until('document.querySelector("#typing").textContent === ""')


def test_cursors(windows, tmp_path):
    ann, ben = windows
    with served('cursors', tmp_path) as gateway:
        enter(windows, gateway)
        ben.send('Page.bringToFront')  # frames are drawn in front only
        # The room may still be on its way: a pointer moves more than once.
        ben.run("""void setInterval(() => document.querySelector("#paper").dispatchEvent(
            new PointerEvent("pointermove", {clientX: innerWidth / 2, clientY: 400})), 50)""")
        shows(ann, '.cursor', 'Ben')
        click(ben, '#docs button:nth-child(2)')
        ann.until('document.querySelector(".cursor") === null')
        click(ann, '#docs button:nth-child(2)')
        shows(ann, '.cursor', 'Ben')


def token(*words):
    command = [sys.executable, EXAMPLES / 'private-rooms' / 'make_token.py', *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def present(window, text):
    window.type('#token', text)
    click(window, '#entrance button')


def test_private_rooms(windows, tmp_path):
    ann, ben = windows
    with served('private-rooms', tmp_path) as gateway:
        enter(windows, gateway, 'no token yet')
        present(ann, 'no token at all')
        shows(ann, '#state', 'refused: token_invalid')
        present(ann, token('Ann', 'garden', 'attic'))
        present(ben, token('Ben', 'garden'))
        for window, name in ((ann, 'Ann'), (ben, 'Ben')):
            shows(window, '#user', name)
            click(window, '#rooms button')
            shows(window, '#log', 'You are in garden.')
        write(ben, 'Only for the garden')
        shows(ann, '#log', 'Ben garden: Only for the garden')
        click(ben, '#rooms button:last-child')
        shows(ben, '#log', 'vault: forbidden')


def test_class_namespace(browser, windows, tmp_path):
    ben, _ = windows
    with served('class-namespace', tmp_path) as gateway:
        with browser.window() as ann:
            enter((ann, ben), gateway)
            shows(ben, '#choices', 'Tea0')
            click(ann, '#choices button')
            shows(ann, '#answer', 'Tea: counted.')
            shows(ben, '#choices', 'Tea1')
        shows(ben, '#choices', 'Tea0')  # a vote goes with its voter


def test_flask_style(windows, tmp_path):
    ann, _ = windows
    with served('flask-style', tmp_path) as gateway:
        enter(windows, gateway)
        click(ann, '#job')
        shows(ann, '#log', 'job 1 started')
        click(ann, '#greet')
        shows(ann, '#log', 'greeting This page has answered')
        click(ann, '#divide')
        shows(ann, '#log', 'divide failed: ZeroDivisionErrorcallback: failed')
        assert not ann.run('document.querySelector("#log").textContent.includes("finished")')
        shows(ann, '#log', 'job 1 finishedcallback: ok, ')
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(20) == 0
    assert gateway.output.count('Traceback') == 1  # that of the division


@pytest.mark.parametrize('name', NAMES)
def test_check_finds_nothing_odd(name):
    command = [sys.executable, ROOT / 'run_gateway.py', 'check', '--strict']
    config = EXAMPLES / name / 'gateway.yaml'
    done = subprocess.run(
        [*command, '--config', config],
        capture_output=True, text=True, check=False,
        env={**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, '')


def test_the_table_names_every_example():
    table = (EXAMPLES / 'README.md').read_text()
    assert len(NAMES) == 10
    assert [name for name in NAMES if f'[{name}]({name}/gateway.yaml)' not in table] == []


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('name', NAMES)
def test_it_fits_a_phone(browser, tmp_path, name, scheme):
    with served(name, tmp_path) as gateway, browser.window() as window:
        window.look(375, 700, scheme)
        window.open(gateway.url + '/')
        assert window.run('[innerWidth, document.documentElement.scrollWidth]') == [375, 375]
