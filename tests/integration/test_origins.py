"""Origins: each way in asks the same question and gets the same answer."""

import json

import pytest

from tests.support import certificates, raw
from tests.support.hub import run, serving

APP = 'https://app.example.com'
LIST = [APP, 'https://*.example.org', 'https://münchen.example']
OWN, HTTPS, PLAIN = '{own}', '{https}', '{plain}'  # of this server, whatever its port is
PROXY = 'X-Forwarded-Proto: https\r\n'
TABLE = [
    # (how it is reached, allowed_origins, Origin, whether it may)
    ('plain', 'same-origin', OWN, True),
    ('plain', 'same-origin', HTTPS, False),
    ('plain', 'same-origin', 'http://127.0.0.1', False),
    ('plain', 'same-origin', 'null', False),
    ('plain', 'same-origin', '', False),
    ('plain', 'same-origin', OWN + '.evil.example', False),
    ('plain', 'same-origin', OWN + ', ' + OWN, False),
    ('tls', 'same-origin', OWN, True),
    ('tls', 'same-origin', PLAIN, False),
    ('proxy', 'same-origin', HTTPS, True),
    ('proxy', 'same-origin', PLAIN, False),
    ('not trusted', 'same-origin', HTTPS, False),
    ('not trusted', 'same-origin', PLAIN, True),
    ('plain', '*', 'https://anybody.example', True),
    ('plain', '*', 'null', True),
    ('tls', '*', 'null', True),
    ('plain', LIST, APP, True),
    ('plain', LIST, 'HTTPS://APP.example.com:443', True),
    ('tls', LIST, APP, True),
    ('proxy', LIST, APP, True),
    ('plain', LIST, OWN, False),
    ('plain', ['same-origin', APP], OWN, True),
    ('plain', ['same-origin', APP], APP, True),
    ('plain', ['same-origin', APP], HTTPS, False),
    ('proxy', ['same-origin', APP], HTTPS, True),
    ('plain', LIST, APP + '.', False),
    ('plain', LIST, APP + '.evil.example', False),
    ('plain', LIST, 'https://evilapp.example.com', False),
    ('plain', LIST, 'https://user@app.example.com', False),
    ('plain', LIST, APP + ' https://evil.example', False),
    ('plain', LIST, APP + ':8443', False),
    ('plain', LIST, 'https://a.b.example.org', True),
    ('plain', LIST, 'https://example.org', False),
    ('plain', LIST, 'https://evilexample.org', False),
    ('plain', LIST, 'https://xn--mnchen-3ya.example', True),
    ('plain', LIST, 'https://münchen.example', False),
    ('plain', LIST, 'null', False),
    ('plain', ['null'], 'null', True),
]


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Nobody comes for the farewells of what is opened here."""
    monkeypatch.setattr('gateway.engine.polling.LINGER', 0.0)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return certificates.with_chain(tmp_path_factory.mktemp('tls'))


async def statuses(port, headers, tls):
    """Of every way in: the status, and which origin may read the answer."""
    upgrade = raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=port, headers=headers)
    ways = {
        'websocket, at the front door': upgrade,
        'websocket, by the handler': upgrade.replace('Host:', 'Content-Length: 0\r\nHost:'),
    }
    found = {}
    for name, request in ways.items():
        async with raw.connection(port, tls) as peer:
            peer.write(request.encode())
            found[name] = await peer.answer()
    opened = json.loads((await raw.ask(port, raw.POLLING, tls=tls)).body[1:])
    query = f'{raw.POLLING}&sid={opened["sid"]}'
    found['poll'] = await raw.ask(port, raw.POLLING, headers=headers, tls=tls)
    found['post'] = await raw.ask(port, query, b'40', headers, tls=tls)
    asking = headers + 'Access-Control-Request-Method: POST\r\n'
    found['preflight'] = await raw.ask(port, raw.POLLING, headers=asking, method='OPTIONS', tls=tls)
    return {
        name: (answer.status, answer.headers.get('access-control-allow-origin'))
        for name, answer in found.items()
    }


@pytest.mark.parametrize(('way', 'allowed', 'origin', 'may'), TABLE)
def test_every_way_in_agrees(way, allowed, origin, may, folder):
    tls = certificates.trusting(folder) if way == 'tls' else None
    trusted = ['127.0.0.1'] if way == 'proxy' else []

    async def scenario():
        options = {'tls': folder if tls else '', 'trusted': trusted}
        async with serving(namespaces='*', allowed_origins=allowed, **options) as hub:
            address = f'127.0.0.1:{hub.port}'
            said = origin.format(own=hub.url, https=f'https://{address}', plain=f'http://{address}')
            headers = f'Origin: {said}\r\n' + (PROXY if way in {'proxy', 'not trusted'} else '')
            found = await statuses(hub.port, headers, tls)
            reader = ('*' if allowed == '*' else said) if may else None
            assert {name: status for name, (status, _) in found.items()} == {
                'websocket, at the front door': 101 if may else 403,
                'websocket, by the handler': 101 if may else 403,
                'poll': 200 if may else 403,
                'post': 200 if may else 403,
                'preflight': 204 if may else 403,
            }
            readers = {found[name][1] for name in ('poll', 'post', 'preflight')}
            assert readers == {reader}
            assert hub.eio.counters.refused['Forbidden'] == (0 if may else 5)

    run(scenario())


@pytest.mark.parametrize('allowed', ['same-origin', LIST, '*'])
@pytest.mark.parametrize('origin', [APP + '\0', APP + '\x01', APP + '\r', '\x7f', 'ö' * 1_000])
def test_an_origin_that_is_no_header_value_is_never_an_error_of_ours(allowed, origin, caplog):
    async def scenario():
        async with serving(namespaces='*', allowed_origins=allowed) as hub:
            found = await statuses(hub.port, f'Origin: {origin}\r\n', None)
            expected = {400, 403} if allowed != '*' else {101, 200, 204, 400}
            assert {status for status, _ in found.values()} <= expected

    run(scenario())
    assert not [record for record in caplog.records if record.levelname in {'ERROR', 'CRITICAL'}]


def test_a_page_that_is_repeated_is_no_page(folder):
    """Two Origin headers, each of which alone may."""

    async def scenario():
        async with serving(namespaces='*', allowed_origins=LIST) as hub:
            found = await statuses(hub.port, f'Origin: {APP}\r\nOrigin: {APP}\r\n', None)
            assert {status for status, _ in found.values()} == {403}

    run(scenario())
