"""What an operator reads when clients are refused: one line, with what to look at."""

import asyncio

import pytest

from tests.support import raw
from tests.support.hub import run, serving

PAGE = 'Origin: https://app.example.com\r\n'
REFUSED = "origin 'https://app.example.com' is not in socketio.allowed_origins"
OWN = "; same-origin is 'http://127.0.0.1:{port}': behind a proxy see server.trusted_proxies"


@pytest.mark.parametrize(
    ('settings', 'query', 'headers', 'line'),
    [
        (
            {},
            raw.POLLING,
            PAGE,
            REFUSED + OWN,
        ),
        (
            {'allowed_origins': ['https://other.example.com']},
            raw.POLLING,
            PAGE,
            REFUSED,
        ),
        (
            {},
            raw.WEBSOCKET,
            '',
            "a WebSocket without its Upgrade header, from '127.0.0.1': does a proxy drop it?",
        ),
        (
            {},
            'EIO=3&transport=polling',
            '',
            "a client of Engine.IO protocol '3' was refused; 4 is served",
        ),
    ],
)
def test_a_refusal_is_told_once_in_a_while(settings, query, headers, line, caplog):
    async def scenario():
        async with serving(**settings) as hub:
            answers = [raw.ask(hub.port, query, headers=headers) for _ in range(3)]
            assert {answer.status for answer in await asyncio.gather(*answers)} <= {400, 403}
            assert [record.getMessage() for record in caplog.records] == [
                line.format(port=hub.port)
            ]

    run(scenario())
