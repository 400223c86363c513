"""404, 405 and their like: small JSON, not a page of somebody else's."""

import asyncio
import json

import pytest

from tests.support import gateway as gateways
from tests.support.http import request

POLLING = '/socket.io/?EIO=4&transport=polling'
JSON = 'application/json'
NOT_FOUND = (404, JSON, b'{"code":3,"message":"Not found"}')
NOT_ALLOWED = (405, JSON, b'{"code":3,"message":"Method not allowed"}')


@pytest.fixture(scope='module')
def page(tmp_path_factory):
    """The port of a gateway with a page."""
    folder = tmp_path_factory.mktemp('gateway')
    (folder / 'page').mkdir()
    config = gateways.write(
        folder / 'gateway.yaml', {'/': {}}, server={'pages': {'/page': './page'}}
    )
    with gateways.running(config) as gateway:
        yield gateway.port


@pytest.mark.parametrize(
    ('line', 'expected', 'allow'),
    [
        ('GET /page/missing', NOT_FOUND, None),
        ('GET /page/../gateway.yaml', (403, JSON, b'{"code":3,"message":"Forbidden"}'), None),
        ('POST /page/', NOT_ALLOWED, 'GET, HEAD'),
        ('BREW /page/', NOT_ALLOWED, 'GET, HEAD'),
        ('GET /elsewhere', NOT_FOUND, None),
        (
            'PUT /socket.io/?EIO=4&transport=polling&sid={polling}',
            NOT_ALLOWED,
            'GET, POST, OPTIONS',
        ),
    ],
)
def test_errors_are_small_and_name_no_software(page, line, expected, allow):
    async def scenario():
        polling = json.loads((await request(page, 'GET', POLLING)).body[1:])['sid']
        method, _, target = line.format(polling=polling).partition(' ')
        answer = await request(page, method, target)
        assert (answer.status, answer.headers['content-type'], answer.body) == expected
        assert answer.headers.get('allow') == allow
        assert 'server' not in answer.headers

    asyncio.run(scenario())
