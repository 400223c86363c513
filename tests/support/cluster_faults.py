"""Two gateways whose queue fails: one of them emits all the while.

What it emits is heard by a client of the other: all of it, once and in order, or as much less as
was counted as lost.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic

from gateway.app import Gateway
from gateway.hub.target import EVERYONE
from tests.support import proxy_tcp, raw
from tests.support.cluster import clients, gateways, together
from tests.support.hub import run, until

NOTICED = 5.0  # seconds after which a fault is known
WELL = 10.0  # seconds after the fault has ended: reconnecting is at most 5 s apart


def emit(gateway: Gateway, *numbers: int) -> None:
    for number in numbers:
        gateway.hub.publish('/', 'note', [number], EVERYONE)


async def numbers(peer: raw.Connection, last: int) -> list[int]:
    """What a client has heard, until it hears the last."""
    found: list[int] = []
    while not found or found[-1] != last:
        found.append(json.loads((await peer.text())[2:])[1])
    return found


async def survived(
    pair: Sequence[Gateway], fault: Callable[[], object], mend: Callable[[], object]
) -> None:
    """50 emits a second through a fault and its end: nothing is lost, and soon all is well."""
    count = 0

    async def some(seconds: float) -> None:
        nonlocal count
        until = monotonic() + seconds
        while monotonic() < until:
            emit(pair[0], count)
            count += 1
            await asyncio.sleep(0.02)

    async with clients(pair) as (_, other):
        await some(0.3)
        await asyncio.to_thread(fault)
        failed = monotonic()
        while not any(one.cluster.troubles() for one in pair):
            await some(0.1)
        assert monotonic() - failed < NOTICED
        await some(0.5)
        await asyncio.to_thread(mend)
        ended = monotonic()
        await some(0.3)
        emit(pair[0], -1)
        found = await numbers(other, -1)
        seconds = monotonic() - ended
        assert found == [*range(count), -1]
        assert seconds < WELL
        await together(pair)
        assert [one.cluster.counts.lost for one in pair] == [{}, {}]


def fails(folder: Path, url: str, fault: Callable[[], object], mend: Callable[[], object]) -> None:
    """The queue does, for both gateways."""

    async def main() -> None:
        async with gateways(folder, url) as pair:
            await survived(pair, fault, mend)

    run(main())


def falls_silent(folder: Path, url: str, port: int, whose: int) -> None:
    """Both connections of the one that emits (0) or hears (1): half-open, and nothing says so."""

    async def main() -> None:
        with proxy_tcp.running(port) as proxy:
            through = url.replace(f':{port}', f':{proxy.port}')
            urls = [through, url] if whose == 0 else [url, through]
            async with (
                gateways(folder, urls[0], 1) as (one,),
                gateways(folder, urls[1], 1) as (two,),
            ):
                await together([one, two])
                await survived([one, two], proxy.hold, proxy.release)

    run(main())


def goes_deaf(folder: Path, url: str, port: int) -> None:
    """It is noticed within 5 seconds, and mended."""

    async def main() -> None:
        with proxy_tcp.running(port) as proxy:
            through = url.replace(f':{port}', f':{proxy.port}')
            async with gateways(folder, through, 1) as (one,):
                began = monotonic()
                proxy.hold_first()  # that of the subscription
                await until(one.cluster.troubles)
                assert monotonic() - began < NOTICED
                assert one.cluster.troubles() == ['nothing is heard']
                await together([one])
                assert (one.cluster.counts.deaf, one.cluster.counts.renewals) == (1, 1)
                proxy.release()

    run(main())


def overflows(
    folder: Path, url: str, fault: Callable[[], object], mend: Callable[[], object]
) -> None:
    """100 of 250 messages have a place while the queue is away; the others are counted."""

    async def main() -> None:
        bounded = f'{{url: "{url}", queue: 100}}'
        async with gateways(folder, bounded) as pair, clients(pair) as (one, other):
            await asyncio.to_thread(fault)
            emit(pair[0], *range(250))
            assert pair[0].cluster.counts.lost == {'full': 150}
            assert await numbers(one, 249) == [*range(250)], 'local clients have all'
            await asyncio.to_thread(mend)
            await together(pair)
            assert await numbers(other, 99) == [*range(100)]
            emit(pair[0], -1)
            assert await numbers(other, -1) == [-1]
            assert pair[1].cluster.counts.lost == {}

    run(main())
