"""nginx and HAProxy in front, as conf/ has them: who asks, how, and who is believed."""

import contextlib
import json
import re

import pytest

from tests.faults.inside import inside
from tests.support import certificates, proxies, raw
from tests.support.hub import run
from tests.support.peers import FINALLY

CLIENT = '127.0.0.2'  # an address of the loopback that is no proxy's

# Where the gateway listens, and whom it believes: the proxy's address, in every spelling.
BELIEVED = {
    'an address': ('127.0.0.1:0', ['127.0.0.1']),
    'a network': ('127.0.0.1:0', ['10.0.0.0/8', '127.0.0.0/31']),
    'an IPv6 address': ('[::1]:0', ['::1']),
    'an IPv6 network': ('[::1]:0', ['fd00::/8', '::/120']),
    'a Unix socket': ('unix', ['10.0.0.0/8']),
}

every_proxy = pytest.mark.parametrize('proxy', proxies.KINDS)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return certificates.with_chain(tmp_path_factory.mktemp('proxy'))


@pytest.fixture(scope='module', params=proxies.KINDS)
def https(request, folder, url):
    """A proxy before the gateway of `url`."""
    with proxies.running(request.param, folder, url.removeprefix('http://')) as ports:
        yield f'https://127.0.0.1:{ports.https}'


@pytest.mark.parametrize('mode', FINALLY)
def test_the_javascript_client_gets_through(https, folder, node, mode, monkeypatch):
    monkeypatch.setenv('NODE_EXTRA_CA_CERTS', str(folder / 'ca.pem'))
    report = node('values.js', https, mode).report()
    assert report == {'transport': FINALLY[mode], 'values': 14}


@contextlib.asynccontextmanager
async def behind(kind, folder, listen, trusted):
    """A proxy, its ports, and the environs of those who have connected through it."""
    server = {'trusted_proxies': trusted}
    if listen != 'unix':
        server['listen'] = [listen]
    async with inside(folder, {'/': {}}, server=server) as gateway:
        environs = []
        gateway.hub.on('connect', lambda sid, environ: environs.append(environ))
        target = gateway.addresses[0].removeprefix('http://')
        if listen == 'unix':
            target = f'unix:{gateway.file}'
        with proxies.running(kind, folder, target) as ports:
            yield ports, environs


async def join(port, transport, scheme, folder, lines=''):
    """Join a namespace from CLIENT, as a page of this address would; the status of the answer."""
    tls = certificates.trusting(folder) if scheme == 'https' else None
    headers = f'Origin: {scheme}://127.0.0.1:{port}\r\n{lines}'
    if transport == 'polling':
        options = {'headers': headers, 'tls': tls, 'local': CLIENT}
        answer = await raw.ask(port, raw.POLLING, **options)
        if answer.status == 200:
            query = f'{raw.POLLING}&sid={json.loads(answer.body[1:])["sid"]}'
            assert (await raw.ask(port, query, b'40', **options)).body == b'ok'
        return answer.status
    async with raw.connection(port, tls, CLIENT) as peer:
        peer.write(
            raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=port, headers=headers).encode()
            + raw.frame(raw.TEXT, b'40')
        )
        answer = await peer.answer()
        if answer.status == 101:
            assert (await peer.text())[0] == '0'
            assert (await peer.text()).startswith('40{"sid":"')
        return answer.status


TAKEN = {'websocket': 101, 'polling': 200}
LIES = 'X-Forwarded-For: 6.6.6.6, 7.7.7.7\r\nX-Forwarded-Proto: gopher\r\n'


@every_proxy
@pytest.mark.parametrize('how', BELIEVED)
def test_a_trusted_proxy_tells_address_and_scheme_and_its_client_cannot_lie(proxy, how, folder):
    async def scenario():
        async with behind(proxy, folder, *BELIEVED[how]) as (ports, environs):
            for transport, status in TAKEN.items():
                for scheme in ('http', 'https'):
                    port = getattr(ports, scheme)
                    assert await join(port, transport, scheme, folder, LIES) == status
                    environ = environs.pop()
                    assert environ['REMOTE_ADDR'] == CLIENT
                    assert environ['wsgi.url_scheme'] == scheme

    run(scenario())


@every_proxy
@pytest.mark.parametrize('trusted', [[], ['10.0.0.0/8']])
def test_a_proxy_that_is_not_trusted_is_not_believed(proxy, trusted, folder):
    async def scenario():
        async with behind(proxy, folder, '127.0.0.1:0', trusted) as (ports, environs):
            for transport, status in TAKEN.items():
                assert await join(ports.http, transport, 'http', folder, LIES) == status
                environ = environs.pop()
                assert environ['REMOTE_ADDR'] == '127.0.0.1'
                assert environ['wsgi.url_scheme'] == 'http'
                # So a page that came by https is of another origin.
                assert await join(ports.https, transport, 'https', folder) == 403

    run(scenario())


@every_proxy
def test_the_lines_for_pages_work_once_they_are_no_comment(proxy, folder, tmp_path, monkeypatch):
    (tmp_path / 'conf').mkdir()
    for file in ('nginx.conf', 'haproxy.cfg'):
        text = (proxies.ROOT / 'conf' / file).read_text()
        served, changes = re.subn(r'(?m)^    # (?=location /|    |}|default_backend)', '    ', text)
        assert changes == {'nginx.conf': 5, 'haproxy.cfg': 1}[file]
        (tmp_path / 'conf' / file).write_text(served)
    (tmp_path / 'page').mkdir()
    (tmp_path / 'page' / 'index.html').write_text('<h1>of the gateway</h1>')

    async def page(port):
        async with raw.connection(port) as peer:
            peer.write(b'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
            return await peer.answer()

    async def scenario():
        server = {'pages': {'/': str(tmp_path / 'page')}}
        async with inside(folder, {'/': {}}, server=server) as gateway:
            target = f'unix:{gateway.file}'
            with proxies.running(proxy, folder, target) as ports:
                assert b'of the gateway' not in (await page(ports.http)).body
            monkeypatch.setattr(proxies, 'ROOT', tmp_path)
            with proxies.running(proxy, folder, target) as ports:
                answer = await page(ports.http)
                assert (answer.status, answer.body) == (200, b'<h1>of the gateway</h1>')
                assert await join(ports.http, 'polling', 'http', folder) == 200

    run(scenario())
