"""Keys of tokens change with a reload: who is here stays, and who comes needs a key that counts."""

import asyncio
import signal

from socketio.exceptions import ConnectionError as Refused

from tests.support.gateway import running, write
from tests.support.peers import connected
from tests.support.tokens import LATER, key, token

EVENTS = {'/': {'events': {'who': {'ack': '${claims.sub}'}}}}
RELOADED = 'INFO gateway.reload: reloaded'


def bearing(which):
    return {'auth': {'token': token({'sub': f'of key {which}', 'exp': LATER}, which=which)}}


async def enters(url, which):
    try:
        async with connected(url, **bearing(which)) as peer:
            return await peer.ask('who') == f'of key {which}'
    except Refused:
        return False


def test_a_key_is_rotated_without_losing_anybody(tmp_path):
    files = [tmp_path / f'{name}.key' for name in ('old', 'new')]
    config = tmp_path / 'gateway.yaml'

    def keys(*which):
        """Written as a login service does: the files change, and what names them need not."""
        for file, number in zip(files, (which * 2)[:2], strict=True):
            file.write_text(key('HS256', number))

    async def reload(gateway, *which):
        keys(*which)
        gateway.lines.clear()
        gateway.process.send_signal(signal.SIGHUP)
        await asyncio.to_thread(gateway.says, RELOADED)

    async def scenario(gateway):
        url = gateway.url
        async with connected(url, **bearing(0)) as stays:
            assert [await enters(url, which) for which in (0, 1)] == [True, False]
            await reload(gateway, 0, 1)
            assert [await enters(url, which) for which in (0, 1)] == [True, True]
            await reload(gateway, 1)
            assert [await enters(url, which) for which in (0, 1)] == [False, True]
            assert await stays.ask('who') == 'of key 0'

    keys(0)
    jwt = {'key_file': [f'./{file.name}' for file in files], 'algorithms': ['HS256']}
    with running(write(config, EVENTS, auth={'jwt': jwt})) as gateway:
        asyncio.run(scenario(gateway))
