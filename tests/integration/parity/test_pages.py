"""Row 22: pages of another origin, in a real browser, with the official client's own bundle."""

import contextlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.support.gateway import running, write

CLIENT = Path(__file__).parents[2] / 'js' / 'node_modules' / 'socket.io-client' / 'dist'
REFUSED = {'websocket': 'websocket error', 'polling': 'xhr poll error'}
FINALLY = {'websocket': 'websocket', 'polling': 'polling', 'upgrade': 'websocket'}
EVENTS = {'/': {'events': {'echo': {'ack': '${args}'}}}}

# The answer to an event, and the transport in the end; or the message of `connect_error`.
TRY = """
import('/socket.io.esm.min.js').then(({io}) => new Promise((done) => {
  const transports = '%(mode)s' === 'upgrade' ? ['polling', 'websocket'] : ['%(mode)s']
  const socket = io('%(url)s', {
    transports, withCredentials: %(cookies)s, reconnection: false, forceNew: true,
  })
  const {engine} = socket.io
  const end = (found) => { socket.disconnect(); done(found) }
  socket.on('connect_error', ({message}) => end(message))
  socket.on('connect', async () => {
    const upgraded = new Promise((done) => engine.once('upgrade', done))
    if ('%(mode)s' === 'upgrade' && engine.transport.name === 'polling') await upgraded
    end([await socket.emitWithAck('echo', 'from a page'), engine.transport.name])
  })
}))
"""


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope='module')
def site():
    """The port of somebody else's server: `127.0.0.1` and `localhost` there are two origins."""
    with ThreadingHTTPServer(('127.0.0.1', 0), partial(Files, directory=CLIENT)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope='module')
def urls(site, tmp_path_factory):
    """Of a gateway that lets pages of one origin in, of one as it comes, of one for all."""
    origins = {'one': [f'http://127.0.0.1:{site}'], 'own': 'same-origin', 'all': '*'}
    with contextlib.ExitStack() as stack:
        found = {}
        for name, allowed in origins.items():
            path = tmp_path_factory.mktemp(name) / 'gateway.yaml'
            config = write(path, EVENTS, socketio={'allowed_origins': allowed})
            found[name] = stack.enter_context(running(config)).url
        yield found


@pytest.fixture(scope='module')
def pages(site):
    """A window at each of the two origins."""
    with Chromium() as browser, browser.window() as known, browser.window() as stranger:
        known.open(f'http://127.0.0.1:{site}/')
        stranger.open(f'http://localhost:{site}/')
        yield {'known': known, 'stranger': stranger}


def tried(page, url, mode, cookies='false'):
    return page.run(TRY % {'url': url, 'mode': mode, 'cookies': cookies})


@pytest.mark.parametrize('mode', FINALLY)
def test_22_a_page_of_an_origin_that_is_allowed_connects(pages, urls, mode):
    served = ['from a page', FINALLY[mode]]
    assert tried(pages['known'], urls['one'], mode) == served
    assert tried(pages['known'], urls['one'], mode, cookies='true') == served


@pytest.mark.parametrize('mode', REFUSED)
def test_22_a_page_of_another_origin_is_refused(pages, urls, mode):
    assert tried(pages['stranger'], urls['one'], mode) == REFUSED[mode]
    assert tried(pages['known'], urls['own'], mode) == REFUSED[mode]


@pytest.mark.parametrize('mode', FINALLY)
def test_22_every_page_connects_where_all_may(pages, urls, mode):
    for page in pages.values():
        assert tried(page, urls['all'], mode) == ['from a page', FINALLY[mode]]
