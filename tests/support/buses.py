"""What holds of every bus: what is lost is lost soon, and well again."""

import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gateway.cluster.buses.bus import Bus, Lost
from tests.support import queues

SOON = 3  # seconds


@contextmanager
def lost(text: str) -> Iterator[None]:
    """The block raises Lost, soon, and in words without a URL."""
    begun = time.monotonic()
    with pytest.raises(Lost, match=text) as caught:
        yield
    assert time.monotonic() - begun < SOON
    assert '://' not in str(caught.value)


async def unanswered(awaitable: Awaitable[object]) -> None:
    with lost('not answered within 2 s'):
        await awaitable


async def refused(bus: Bus) -> None:
    with lost('Connection refused'):
        await bus.publish('socketio', [b'x'])
    with lost('Connection refused'):
        await bus.listen(['socketio'], print, print)


async def works(bus: Bus, *, exactly: bool = True) -> bool:
    """Whether what is published is heard; unless `exactly`, after what was there before."""
    async with queues.listening(bus, 'socketio') as ear:
        await bus.publish('socketio', [b'x', b'y'])
        heard = await ear.until(2)
        assert (heard if exactly else heard[-2:]) == [b'x', b'y']
    return True


def open_sockets() -> int:
    """Of this process."""
    found = 0
    for file in Path('/proc/self/fd').iterdir():
        with suppress(FileNotFoundError):  # the folder's own
            found += 'socket:' in str(file.readlink())
    return found
