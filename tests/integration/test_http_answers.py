"""HTTP answers beside Node's: status, content type and body of the same request.

Each row says what the gateway answers, and where Node's answer is another, which and why. Both
are asked.
"""

import asyncio
import json
from typing import NamedTuple

import pytest

from tests.support import gateway as gateways
from tests.support import node as nodes
from tests.support import raw
from tests.support.engine import echoing, opened
from tests.support.http import UPGRADE, request
from tests.support.hub import run

PATH = '/socket.io/?EIO=4&transport='
POLLING, WEBSOCKET = PATH + 'polling', PATH + 'websocket'
JSON, HTML, TEXT = 'application/json', 'text/html', 'text/plain; charset=UTF-8'
OPEN = b'0{"sid":"'  # the beginning of a handshake
TRANSPORT = (400, JSON, b'{"code":0,"message":"Transport unknown"}')
SID = (400, JSON, b'{"code":1,"message":"Session ID unknown"}')
METHOD = (400, JSON, b'{"code":2,"message":"Bad handshake method"}')
BAD = (400, JSON, b'{"code":3,"message":"Bad request"}')
VERSION = (400, JSON, b'{"code":5,"message":"Unsupported protocol version"}')
NOT_ALLOWED = (405, JSON, b'{"code":3,"message":"Method not allowed"}')
NOT_FOUND = (404, JSON, b'{"code":3,"message":"Not found"}')
TOLD_VERSION = (
    400,
    JSON,
    (
        b'{"code":5,"message":"Unsupported protocol version","supported":"Engine.IO protocol 4 '
        b'(EIO=4), which Socket.IO clients speak since version 3"}'
    ),
)
NO_JSONP = (
    400,
    JSON,
    b'{"code":3,"message":"JSONP is not supported","supported":"polling without the parameter j"}',
)
BARE = (500, None, b'')
ONE_FORM = 'one form for all refusals'
BEFORE = 'a refusal comes before the 101, not after it'
NO_FAILURE = 'what a client does wrong is no failure of the server'


class Row(NamedTuple):
    """`{polling}` and `{websocket}` in the target are sessions over these transports."""

    line: str
    ours: tuple[int, str | None, bytes]
    nodes: tuple[int, str | None, bytes] | None = None  # where it is another
    why: str = ''
    headers: str = ''
    body: bytes | None = None


POLLED, UPGRADED = POLLING + '&sid={polling}', '&sid={websocket}'
TABLE = [
    Row('GET ' + PATH + 'tcp', TRANSPORT),
    Row('GET /socket.io/?EIO=4', TRANSPORT),
    Row('GET /socket.io/', TRANSPORT),
    Row('POST ' + PATH + 'tcp&sid=unknown', TRANSPORT, body=b'40'),
    Row(
        'GET ' + PATH + 'tcp',
        TRANSPORT,
        (400, HTML, b'Transport unknown'),
        ONE_FORM,
        headers=UPGRADE,
    ),
    Row('GET ' + POLLING + '&sid=unknown', SID),
    Row('POST ' + POLLING + '&sid=unknown', SID, body=b'40'),
    Row('PUT ' + POLLING + '&sid=unknown', SID),
    Row('GET ' + WEBSOCKET + '&sid=unknown', SID),
    Row(
        'GET ' + WEBSOCKET + '&sid=unknown',
        SID,
        (400, HTML, b'Session ID unknown'),
        ONE_FORM,
        headers=UPGRADE,
    ),
    Row('GET ' + POLLING, (200, TEXT, OPEN)),
    Row('GET ' + POLLING + '&sid=', (200, TEXT, OPEN)),
    Row('GET ' + WEBSOCKET, (101, None, b''), headers=UPGRADE),
    Row('POST ' + POLLING, METHOD, body=b'40'),
    Row('POST ' + WEBSOCKET, METHOD, body=b'40'),
    Row('PUT ' + POLLING, METHOD),
    Row('DELETE ' + POLLING, METHOD),
    Row('PATCH ' + POLLING, METHOD),
    Row('HEAD ' + POLLING, (400, JSON, b'')),
    Row('HEAD ' + POLLED, (405, JSON, b''), BARE, NO_FAILURE),
    Row('PUT ' + POLLED, NOT_ALLOWED, BARE, NO_FAILURE),
    Row('DELETE ' + POLLED, NOT_ALLOWED, BARE, NO_FAILURE),
    Row('PATCH ' + POLLED, NOT_ALLOWED, BARE, NO_FAILURE),
    Row('PROPFIND ' + POLLING, NOT_ALLOWED, METHOD, 'no method of Tornado'),
    Row('BREW ' + POLLING, NOT_ALLOWED, (400, None, b''), 'no method of Node at all'),
    Row('GET ' + POLLING + UPGRADED, BAD),
    Row('POST ' + POLLING + UPGRADED, BAD, body=b'40'),
    Row('GET ' + WEBSOCKET + '&sid={polling}', BAD),
    Row('GET ' + POLLED.replace('EIO=4', 'EIO=3'), BAD),
    Row('GET ' + WEBSOCKET, BAD),
    Row('GET ' + POLLING, BAD, (101, None, b''), BEFORE, headers=UPGRADE),
    Row('GET ' + WEBSOCKET + UPGRADED, BAD, (101, None, b''), BEFORE, headers=UPGRADE),
    Row(
        'GET ' + WEBSOCKET.replace('EIO=4', 'EIO=3'),
        TOLD_VERSION,
        (101, None, b''),
        BEFORE,
        headers=UPGRADE,
    ),
    Row('GET ' + POLLING.replace('EIO=4', 'EIO=3'), TOLD_VERSION, VERSION, 'it helps'),
    Row('GET ' + POLLING.replace('EIO=4', 'EIO=abc'), TOLD_VERSION, VERSION, 'it helps'),
    Row('GET /socket.io/?transport=polling', TOLD_VERSION, VERSION, 'it helps'),
    Row('GET ' + POLLING + '&j=0', NO_JSONP, (200, TEXT, b'___eio[0]("0{'), 'no browser needs it'),
    Row('POST ' + POLLED, (200, HTML, b'ok'), body=b'40'),
    Row(
        'POST ' + POLLED,
        (200, HTML, b'ok'),
        headers='Content-Type: text/plain;charset=UTF-8\r\n',
        body=b'40',
    ),
    Row(
        'POST ' + POLLED,
        (200, HTML, b'ok'),
        headers='Content-Type: application/x-www-form-urlencoded\r\n',
        body=b'40{"a":"%zz&=;+"}',
    ),
    Row(
        'POST ' + POLLED,
        (200, HTML, b'ok'),
        (400, None, b''),
        'a body is a body, whatever it is called',
        headers='Content-Type: application/octet-stream\r\n',
        body=b'40',
    ),
    Row(
        'POST ' + POLLED,
        (413, JSON, b'{"code":3,"message":"Payload too large"}'),
        (413, None, b''),
        ONE_FORM,
        body=b'4' * 1_000_001,
    ),
    Row(
        'GET ' + POLLING,
        (403, JSON, b'{"code":4,"message":"Forbidden"}'),
        (200, TEXT, OPEN),
        'Node lets browsers decide, and WebSocket to nobody',
        headers='Origin: https://evil.example\r\n',
    ),
    Row('OPTIONS ' + POLLING, (204, None, b''), METHOD, 'preflights need no configuration'),
    Row(
        'GET /socket.io?EIO=4&transport=polling',
        (200, TEXT, OPEN),
        (404, None, b''),
        'what people write',
    ),
    Row('GET /socket.io/x?EIO=4', NOT_FOUND, TRANSPORT, 'our paths are exact'),
    Row('GET /socket.ioX/', NOT_FOUND, (404, None, b''), ONE_FORM),
    Row('GET /', NOT_FOUND, (404, None, b''), ONE_FORM),
    Row('POST /', NOT_FOUND, (404, None, b''), ONE_FORM, body=b'x'),
]


@pytest.fixture(scope='module')
def ports(tmp_path_factory):
    """Of a gateway and of Node."""
    path = tmp_path_factory.mktemp('gateway') / 'gateway.yaml'
    config = gateways.write(path, {'/': {}})
    with gateways.running(config) as gateway, nodes.running('server.js', '{}') as node:
        yield gateway.port, node.line()


async def answered(port, row):
    """What the server says; a whole handshake is cut to its beginning."""
    opened = await request(port, 'GET', POLLING)
    polling = json.loads(opened.body[1:])['sid']
    async with raw.websocket(port, join=None) as peer:
        method, _, target = row.line.partition(' ')
        target = target.format(polling=polling, websocket=peer.open['sid'])
        answer = await request(port, method, target, row.headers, row.body)
    body = answer.body
    for beginning in (OPEN, b'___eio[0]("0{'):
        if body.startswith(beginning):
            body = beginning
    return answer.status, answer.headers.get('content-type'), body


@pytest.mark.parametrize('row', TABLE, ids=[f'{at} {row.line}' for at, row in enumerate(TABLE)])
def test_the_answer_is_nodes_or_better(row, ports):
    ours, theirs = ports
    assert asyncio.run(answered(ours, row)) == row.ours
    assert asyncio.run(answered(theirs, row)) == (row.nodes or row.ours)
    assert bool(row.nodes) == bool(row.why)


def test_a_gateway_without_polling(gateway):
    port = gateway({'/': {}}, socketio={'transports': ['websocket']}).port

    async def scenario():
        for line, *expected in (
            ('GET ' + POLLING, *TRANSPORT),
            ('POST ' + POLLING, *TRANSPORT),
            ('HEAD ' + POLLING, 400, JSON, b''),
            ('OPTIONS ' + POLLING, 204, None, b''),
            ('OPTIONS ' + WEBSOCKET, 204, None, b''),
            ('HEAD ' + WEBSOCKET, 400, JSON, b''),
            ('POST ' + WEBSOCKET, *METHOD),
            ('GET ' + WEBSOCKET, *BAD),
        ):
            method, _, target = line.partition(' ')
            answer = await request(port, method, target)
            told = [answer.status, answer.headers.get('content-type'), answer.body]
            assert told == expected, line

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ('old', 'new', 'status', 'body'),
    [
        ('Host', 'Origin: http://evil.example\r\nHost', 403, b'{"code":4,"message":"Forbidden"}'),
        ('dGhlIHNhbXBsZSBub25jZQ==', 'short', 400, BAD[2]),
        ('dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZT==x', 400, BAD[2]),
        ('Connection: Upgrade', 'Connection: close', 400, BAD[2]),
        ('Version: 13', 'Version: 8', 426, BAD[2]),
    ],
)
def test_a_wrong_websocket_handshake_is_refused_before_the_101(old, new, status, body, loop):
    async def scenario():
        async with echoing() as engine, raw.connection(engine.port) as peer:
            wrong = raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=engine.port, headers='')
            peer.write(wrong.replace(old, new).encode())
            answer = await peer.answer()
            assert (answer.status, answer.body) == (status, body)
            assert ('sec-websocket-version' in answer.headers) == (status == 426)
            assert not engine.sockets
            assert sum(engine.counters.refused.values()) == 1

    run(scenario())


def test_every_refusal_is_counted_and_an_old_version_logged_once(loop, caplog):
    async def scenario():
        async with echoing() as engine:
            poller = await opened(engine.port)
            for query in ('EIO=3&transport=polling', 'transport=polling', 'EIO=3\n&transport=x'):
                await request(engine.port, 'GET', f'/socket.io/?{query.replace(chr(10), "%0a")}')
            await request(engine.port, 'GET', '/socket.io/?EIO=2%0a&transport=polling')
            for method in ('PUT', 'BREW'):
                await request(engine.port, method, f'/socket.io/?{poller.query}')
            assert engine.counters.refused == {
                'Unsupported protocol version': 3,
                'Transport unknown': 1,
                'Method not allowed': 2,
            }
        [line] = [record.getMessage() for record in caplog.records]
        assert line == "a client of Engine.IO protocol '3' was refused; 4 is served"

    run(scenario())
