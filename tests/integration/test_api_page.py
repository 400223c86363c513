"""docs/api.md, line by line: what stands behind each command is what curl prints."""

import asyncio
import contextlib
import json
import re
from itertools import pairwise

from tests.support import raw
from tests.support.gateway import running
from tests.support.hub import run
from tests.support.pages import ROOT, snippets

PAGE = ROOT / 'docs' / 'api.md'
KEY = 'k' * 32
SID = re.compile(r'"[A-Za-z0-9_-]{20}"')


async def answering(peer):
    """A client that calls back, as `socket.on('ping-me', (n, back) => back('pong', n))`."""
    while True:
        text = await peer.text()
        if found := re.fullmatch(r'42(\d+)\["ping-me",(\d+)\]', text):
            peer.send(f'43{found[1]}["pong",{found[2]}]')


async def shell(script):
    process = await asyncio.create_subprocess_exec(
        'bash', '-euc', script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    return output.decode()


async def entered(stack, port):
    peer = await stack.enter_async_context(raw.connection(port))
    peer.write(raw.HANDSHAKE.format(query=raw.WEBSOCKET, port=port, headers='').encode())
    assert await peer.head() == raw.SWITCHED
    await peer.text()
    sid = await peer.join()
    peer.send('420["enter","user:42"]')
    assert await peer.text() == '430["entered"]'
    return sid, peer


def test_every_command_prints_what_stands_behind_it(tmp_path, monkeypatch):
    blocks = list(snippets(PAGE))
    [yaml] = [block.body for block in blocks if block.language == 'yaml']
    monkeypatch.setenv('GATEWAY_API_KEY', KEY)
    config = tmp_path / 'gateway.yaml'
    config.write_text('server: {listen: 127.0.0.1:0}\n' + yaml.replace(':8001', ':0'))
    setting, *_ = [block.body for block in blocks if block.language == 'sh']

    async def scenario(gateway, port):
        async with asyncio.timeout(50), contextlib.AsyncExitStack() as stack:
            sid, one = await entered(stack, gateway.port)
            await entered(stack, gateway.port)
            before = setting.replace(':8001', f':{port}') + f'export SID={sid}\n'
            reading = asyncio.create_task(answering(one))
            pairs = [
                (command, answer)
                for command, answer in pairwise(blocks)
                if command.language == 'sh' and answer.language == 'json'
            ]
            assert len(pairs) == sum(block.language == 'json' for block in blocks)
            try:
                for command, answer in pairs:
                    printed = await shell(before + command.body)
                    assert same(printed, answer.body), (str(command), printed)
            finally:
                reading.cancel()

    with running(config) as gateway:
        run(scenario(gateway, int(gateway.admin.rpartition(':')[2])))


def same(printed, expected):
    """Whatever the sids are, and whatever their order."""
    try:
        found, wanted = json.loads(SID.sub('"SID"', printed)), json.loads(expected)
    except ValueError:
        return printed.strip() == expected.strip()
    return found == wanted
