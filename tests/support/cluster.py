"""Several gateways of this process that share a queue, and clients of each."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from gateway.app import Gateway
from gateway.config.load import load
from tests.support import raw
from tests.support.hub import until

PAGE = """
server: {listen: "127.0.0.1:0"}
cluster: {CLUSTER}
namespaces:
  "/":
    events:
      enter: [{join: "${data}"}, {ack: entered}]
      all: {emit: {event: note, to: all, args: "${args}"}}
      say: {emit: {event: note, to: "room:${args[0]}", data: "${args[1]}"}}
      others: {emit: {event: note, to: "room:${args[0]}", except: "room:${args[1]}"}}
      whisper: {emit: {event: note, to: "sid:${args[0]}", data: "${args[1]}"}}
      rooms: {ack: "${rooms}"}
"""


@contextlib.asynccontextmanager
async def gateways(folder: Path, cluster: str, count: int = 2) -> AsyncIterator[list[Gateway]]:
    """That many, which hear each other; `cluster` as in the file."""
    file = folder / 'gateway.yaml'
    file.write_text(PAGE.replace('{CLUSTER}', cluster))
    found: list[Gateway] = []
    try:
        for _ in range(count):
            found.append(Gateway(load(file)))
            found[-1].start()
        await together(found)
        yield found
    finally:
        await asyncio.gather(*(one.stop() for one in found))


async def together(found: Iterable[Gateway]) -> None:
    """Until all of them know each other, and nothing is wrong."""
    names = {one.cluster.host_id for one in found}
    for one in found:
        others = names - {one.cluster.host_id}
        await until(lambda one=one, others=others: one.cluster.receiver.peers.alive() >= others)
        await until(lambda one=one: not one.cluster.troubles())


def port(gateway: Gateway) -> int:
    return int(gateway.addresses[0].rpartition(':')[2])


@contextlib.asynccontextmanager
async def clients(found: Iterable[Gateway], *rooms: str) -> AsyncIterator[list[raw.Connection]]:
    """One of each gateway, in these rooms."""
    async with contextlib.AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(raw.websocket(port(one))) for one in found]
        for peer in peers:
            for room in rooms:
                await enter(peer, room)
        yield peers


async def enter(peer: raw.Connection, room: str) -> None:
    peer.send(f'420["enter","{room}"]')
    assert await peer.text() == '430["entered"]'
