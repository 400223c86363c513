"""The page in a real browser, over the real gateway and the configuration of the repository."""

import http.client
import json
from urllib.parse import urlsplit

import pytest

from tests.browser import page
from tests.browser.chromium import Chromium

MARKUP = '<img src=x onerror="document.title=1"> & <b>bold</b>'
SNIPPET = page.CONFIG.parent / 'page' / 'routes.yaml'


@pytest.fixture(scope='module')
def browser():
    with Chromium() as chromium:
        yield chromium


@pytest.fixture(scope='module')
def url(tmp_path_factory):
    with page.served(tmp_path_factory.mktemp('gateway'), page.free_port()) as address:
        yield address


@pytest.fixture
def ann(browser):
    with browser.window() as window:
        yield window


@pytest.fixture
def ben(browser):
    with browser.window() as window:
        yield window


def text_of(window, selector):
    return window.run(f'document.querySelector({json.dumps(selector)}).textContent')


def test_two_windows_talk(ann, ben, url):
    page.enter(ann, url, 'Ann')
    page.enter(ben, url, 'Ben')
    page.shows(ann, 'Ben entered lobby')

    page.write(ann, 'Is anybody here?', 'say')
    page.shows(ben, 'Ann Is anybody here?')
    ann.until('document.querySelector(".own.delivered")')
    page.write(ben, MARKUP, 'say')
    page.shows(ann, f'Ben {MARKUP}')
    assert ann.run('document.querySelectorAll("#log img").length') == 0

    page.write(ben, 'Hello, everybody', 'shout')
    page.shows(ann, 'Ben Hello, everybody')
    page.shows(ben, 'Ben Hello, everybody')
    assert ann.complaints == ben.complaints == []


def test_a_room_is_heard_by_those_inside(ann, ben, url):
    page.enter(ann, url, 'Ann')
    page.enter(ben, url, 'Ben')
    ben.click('#enter')
    page.shows(ben, 'Ben left')
    page.shows(ann, 'Ben left')
    ben.until('document.querySelector("#say").disabled')

    page.write(ann, 'Only for the room', 'say')
    ann.until('document.querySelector(".own.delivered")')
    page.write(ann, 'For all', 'shout')
    page.shows(ben, 'Ann For all')
    assert 'Only for the room' not in text_of(ben, '#log')

    ben.type('#room', 'attic')
    ben.click('#enter')
    page.inside(ben)
    page.shows(ben, 'Ben entered attic')
    assert 'attic' not in text_of(ann, '#log')


def test_a_new_name_is_the_name_that_others_see(ann, ben, url):
    page.enter(ann, url, 'Ann')
    page.enter(ben, url, 'Ben')
    ben.type('#name', 'Benjamin')
    ben.run('document.querySelector("#name").blur()')
    page.shows(ann, 'Ben left')
    page.shows(ann, 'Benjamin entered lobby')


def test_the_line_at_the_top_shows_the_connection(ann, url):
    page.enter(ann, url, 'Ann')
    ann.until('/^[0-9.]+ ms$/.test(document.querySelector("#rtt").textContent)')
    assert text_of(ann, '#state') == 'connected'
    assert text_of(ann, '#transport') == 'websocket'
    assert ann.run('document.querySelector("#history polyline").points.length') > 0


def test_a_window_returns_to_its_room_after_a_restart(ann, tmp_path):
    port = page.free_port()
    with page.served(tmp_path, port) as address:
        page.enter(ann, address, 'Ann')
    ann.until('document.querySelector("#state").textContent === "reconnecting"')
    assert text_of(ann, '#transport') == '–'
    ann.run('document.querySelector("#log").replaceChildren()')
    with page.served(tmp_path, port):
        page.inside(ann)
        page.shows(ann, 'Ann entered lobby')


def test_the_routes_beside_it_are_those_of_the_configuration(ann, url):
    assert SNIPPET.read_text() in page.CONFIG.read_text()
    page.enter(ann, url, 'Ann')
    ann.until('document.querySelectorAll("#routes .line").length > 0')
    shown = ann.run('[...document.querySelectorAll("#routes .line")].map(l => l.textContent)')
    assert [line.rstrip() for line in shown] == SNIPPET.read_text().splitlines()


@pytest.mark.parametrize('path', ['/gateway.yaml', '/../gateway.yaml', '/%2e%2e/gateway.yaml'])
def test_the_configuration_itself_is_not_served(url, path):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request('GET', path)
    assert connection.getresponse().status in {403, 404}
    connection.close()


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize(('width', 'height'), [(375, 812), (1280, 800)])
def test_it_is_readable(ann, url, tmp_path, width, height, scheme):
    ann.look(width, height, scheme)
    page.enter(ann, url, 'A name of 24 characters.')
    page.write(ann, 'word ' * 30 + 'x' * 200, 'shout')
    page.shows(ann, 'xxx')
    ann.until('document.querySelectorAll("#routes .line").length > 0')

    assert ann.run('[innerWidth, document.documentElement.scrollWidth]') == [width, width]
    outside = """[...document.querySelectorAll("body *")].filter((element) => {
        const box = element.getBoundingClientRect()
        return box.left < 0 || box.right > innerWidth + 1
    }).map((element) => element.outerHTML.slice(0, 80))"""
    assert ann.run(outside) == []
    paper = ann.run('getComputedStyle(document.body).backgroundColor')
    assert paper == {'light': 'rgb(246, 245, 241)', 'dark': 'rgb(19, 21, 23)'}[scheme]
    picture = tmp_path / 'page.png'
    ann.screenshot(picture)
    assert picture.read_bytes().startswith(b'\x89PNG')
