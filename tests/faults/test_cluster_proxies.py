"""Several gateways behind HAProxy and nginx, as conf/ has them, and one that is killed."""

import contextlib
import time
from collections import Counter

import pytest

from tests.integration.parity.clients import PATIENCE, Clients
from tests.support import certificates, gateway, proxies
from tests.support.queues import redis_server

# The loop is one of processes of their own.
pytestmark = pytest.mark.parametrize('loop', ['uvloop'], indirect=True)

CLIENTS = 24
CONFIG = """
server: {listen: "127.0.0.1:PORT", shutdown_timeout: 1s, trusted_proxies: [127.0.0.1]}
cluster: {url: "QUEUE", node: NODE}
namespaces:
  /:
    events:
      who: {ack: NODE}
      pub: {emit: {event: news, to: all}}
      fence: {ack: up to here}
"""


class Site:
    """`nodes` by name, a proxy on `url`."""

    def __init__(self, stack, folder, kind, count):
        self._stack, self._folder = stack, folder
        self._queue = stack.enter_context(redis_server(folder)).url
        self.nodes = {}
        for name in list(proxies.NODES)[:count]:
            self.start(name)
        targets = [f'127.0.0.1:{node.port}' for node in self.nodes.values()]
        certificates.with_chain(folder)
        ports = stack.enter_context(proxies.running(kind, folder, *targets))
        self.url = f'http://127.0.0.1:{ports.http}'
        self.clients = stack.enter_context(contextlib.closing(Clients(self.url)))

    def start(self, name, port=0):
        file = self._folder / f'{name}.yaml'
        text = CONFIG.replace('PORT', str(port)).replace('QUEUE', self._queue)
        file.write_text(text.replace('NODE', name))
        node = self._stack.enter_context(contextlib.ExitStack())
        found = self.nodes[name] = node.enter_context(gateway.running(file))
        found.says('the queue is heard')

    def open(self, transport, **options):
        return [self.clients.open(transport=transport, **options) for _ in range(CLIENTS)]


@pytest.fixture
def site(tmp_path, request):
    kind, count = request.param
    with contextlib.ExitStack() as stack:
        yield Site(stack, tmp_path, kind, count)


def homes(clients):
    """Which gateway each is at; always the same one."""
    found = []
    for client in clients:
        asked = {client.ask('who')[0] for _ in range(3)}
        assert len(asked) == 1
        found += asked
    return found


def all_hear(clients, text):
    clients[0].emit('pub', text)
    for client in clients:
        assert client.hear() == ['news', text]


@pytest.mark.parametrize(
    'site',
    [(kind, count) for kind in proxies.KINDS for count in (2, 3)],
    indirect=True,
    ids=lambda site: '-'.join(map(str, site)),
)
def test_clients_spread_and_each_stays_where_it_is(site):
    everybody = []
    for transport in ('polling', 'websocket', 'upgrade'):
        clients = site.open(transport)
        at = Counter(homes(clients))
        most = {2: 0.6, 3: 0.5}[len(site.nodes)]
        assert max(at.values()) <= most * CLIENTS, (transport, at)
        if transport == 'upgrade':
            before = homes(clients)
            assert {client.upgraded() for client in clients} == {'websocket'}
            assert homes(clients) == before
        everybody += clients
    all_hear(everybody, 'to all')


@pytest.mark.parametrize(
    'site', [(kind, 2) for kind in proxies.KINDS], indirect=True, ids=lambda site: site[0]
)
def test_who_is_killed_loses_its_own_clients_only_and_they_come_back_elsewhere(site):
    clients = site.open('websocket', returns=True) + site.open('polling', returns=True)
    at = dict(zip(clients, homes(clients), strict=True))
    lost = [client for client in clients if at[client] == 'one']
    assert len(lost) >= CLIENTS // 2
    port = site.nodes['one'].port
    site.nodes['one'].kill()
    for client in lost:
        client.left()
    for client in lost:
        client.back.get(timeout=PATIENCE)
    assert set(homes(clients)) == {'two'}
    all_hear(clients, 'after the end')
    kept = [client for client in clients if at[client] == 'two']
    assert all(client.gone.empty() for client in kept)
    assert all(client.gone.empty() for client in lost), 'once each'

    site.start('one', port)
    newcomers = []
    until = time.monotonic() + PATIENCE  # both look again after two seconds
    while 'one' not in homes(newcomers[-1:]):
        assert time.monotonic() < until
        newcomers.append(site.clients.open(transport='websocket'))
        time.sleep(0.1)
    all_hear([*clients, *newcomers], 'all again')
