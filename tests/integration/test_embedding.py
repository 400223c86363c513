"""A gateway inside a Tornado application of somebody else's; official JavaScript clients."""

import asyncio
import contextlib
import ssl
import threading
import urllib.error
import urllib.request
from concurrent.futures import Future

import pytest
import uvloop
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from gateway import emit, request, socketio
from gateway.app import Gateway
from tests.integration.parity.clients import PATIENCE, Clients
from tests.support import certificates
from tests.support.peers import FINALLY

LOOPS = {'uvloop': uvloop.new_event_loop, 'asyncio': asyncio.new_event_loop}
ROUTES = """
server: {shutdown_timeout: 2s}
namespaces:
  /embedded:
    events:
      say: {emit: {event: said, to: all}}
"""


def plain(word):
    emit('thread', threading.current_thread().name.startswith('handler-'))
    return word, request.remote_addr


async def coroutine(word):
    await asyncio.sleep(0)
    return word


class Home(RequestHandler):
    def get(self):
        self.write('home')


class News(RequestHandler):
    """What a host's request says to the clients."""

    async def post(self):
        await socketio.emit('news', self.request.body.decode(), namespace='/embedded')


class Host:
    """A program with an event loop, applications and gateways on it, in a thread."""

    def __init__(self, loop, tls=None):
        self._runner = asyncio.Runner(loop_factory=LOOPS[loop])
        self._tls = tls
        self._thread = threading.Thread(target=self._live)
        self._begun = Future()

    def __enter__(self):
        self._thread.start()
        self._begun.result(PATIENCE)
        return self

    def __exit__(self, *error):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def _live(self):
        with self._runner as runner:
            runner.run(self._serve())

    async def _serve(self):
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._begun.set_result(None)
        await self._end.wait()

    def do(self, job):
        """Run a coroutine there."""
        return asyncio.run_coroutine_threadsafe(job, self._loop).result(PATIENCE)

    @contextlib.contextmanager
    def serving(self, file):
        """One application with one gateway: `(gateway, url)`."""
        gateway, server, url = self.do(self._listen(file))
        try:
            yield gateway, url
        finally:
            self.do(self._close(gateway, server))

    async def _listen(self, file):
        gateway = Gateway(file)
        application = Application(
            [('/', Home), ('/news', News), *gateway.routes()], compress_response=True
        )
        server = HTTPServer(application, ssl_options=self._tls)
        [listener] = bind_sockets(0, '127.0.0.1')
        server.add_socket(listener)
        gateway.begin()
        scheme = 'https' if self._tls else 'http'
        return gateway, server, f'{scheme}://127.0.0.1:{listener.getsockname()[1]}'

    async def _close(self, gateway, server):
        await gateway.stop()
        server.stop()
        await server.close_all_connections()


@pytest.fixture(autouse=True)
def _handlers(monkeypatch):
    """What the program registers itself; other tests of this process must not see it."""
    monkeypatch.setattr(socketio, 'registrations', socketio.registrations[:])
    socketio.on_event('plain', plain, '/embedded')
    socketio.on('coroutine', namespace='/embedded')(coroutine)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'gateway.yaml'
    path.write_text(ROUTES)
    return path


@pytest.fixture(params=LOOPS)
def host(request):
    with Host(request.param) as found:
        yield found


@pytest.fixture
def connecting():
    """Clients of a URL: `connecting(url)`."""
    with contextlib.ExitStack() as stack:
        yield lambda url: stack.enter_context(contextlib.closing(Clients(url)))


def fetch(url, **options):
    with urllib.request.urlopen(url, timeout=PATIENCE, **options) as answer:
        return answer.read().decode()


@pytest.mark.parametrize('mode', FINALLY)
def test_routes_and_handlers_work_beside_the_pages_of_the_host(host, file, connecting, mode):
    with host.serving(file) as (_, url):
        client = connecting(url).open('/embedded', transport=mode)
        assert client.ask('plain', 'word') == ['word', '127.0.0.1']
        assert client.hear() == ['thread', True]
        assert client.ask('coroutine', 'word') == ['word']
        client.emit('say', 'hello')
        assert client.hear() == ['said', 'hello']
        if mode == 'upgrade':
            assert client.upgraded() == 'websocket'
        assert client.transport() == FINALLY[mode]
        assert fetch(f'{url}/') == 'home'
        with pytest.raises(urllib.error.HTTPError, match='404'):
            fetch(f'{url}/elsewhere')


def test_a_request_of_the_host_emits_to_the_clients(host, file, connecting):
    with host.serving(file) as (_, url):
        clients = connecting(url)
        both = [clients.open('/embedded', transport=mode) for mode in ('websocket', 'polling')]
        fetch(f'{url}/news', data=b'from a page')
        assert [client.hear() for client in both] == [['news', 'from a page']] * 2


def test_a_gateway_stops_and_its_host_goes_on(host, file, connecting):
    with host.serving(file) as (gateway, url):
        clients = connecting(url)
        both = [clients.open('/embedded', transport=mode) for mode in ('websocket', 'polling')]
        host.do(gateway.stop())
        assert {client.left() for client in both} <= {'transport close', 'transport error'}
        assert fetch(f'{url}/') == 'home'
        assert clients.refused('/embedded', transport='polling')[0] == 'xhr poll error'
        with pytest.raises(RuntimeError, match=r'^no gateway is running$'):
            socketio.emit('news', namespace='/embedded')


def test_two_gateways_of_one_program_share_handlers_and_no_clients(host, file, connecting):
    with host.serving(file) as (first, url), host.serving(file) as (_, other):
        one, two = (connecting(each).open('/embedded') for each in (url, other))
        one.emit('say', 'first')
        two.emit('say', 'second')
        assert (one.hear(), two.hear()) == (['said', 'first'], ['said', 'second'])
        fetch(f'{url}/news', data=b'goes through the one that began last')
        assert two.hear() == ['news', 'goes through the one that began last']
        host.do(first.hub.emit('named', namespace='/embedded'))
        assert one.hear() == ['named']
        assert one.ask('plain', 1) == two.ask('plain', 1) == [1, '127.0.0.1']


@pytest.mark.parametrize('loop', LOOPS)
@pytest.mark.parametrize('mode', FINALLY)
def test_a_host_that_speaks_tls(loop, mode, file, tmp_path, connecting, monkeypatch):
    certificates.with_chain(tmp_path)
    monkeypatch.setenv('NODE_EXTRA_CA_CERTS', str(tmp_path / 'ca.pem'))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / 'cert.pem', tmp_path / 'key.pem')
    with Host(loop, tls) as host, host.serving(file) as (_, url):
        client = connecting(url).open('/embedded', transport=mode)
        if mode == 'upgrade':
            assert client.upgraded() == 'websocket'
        assert client.ask('plain', 'x' * 500_000) == ['x' * 500_000, '127.0.0.1']
        assert fetch(f'{url}/', context=certificates.trusting(tmp_path)) == 'home'
