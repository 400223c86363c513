"""An inbox, a channel and a pool of threads on a loop of their own."""

import asyncio
import contextvars
import threading

from gateway.routing.counters import Counters
from gateway.routing.pool import Pool
from gateway.routing.threads import Channel, Inbox
from tests.support.hub import run

LONG = 20  # seconds after which something hangs
STOPPED = '^the gateway has stopped$'

variable = contextvars.ContextVar('variable', default='none')


class Watched(Inbox):
    """Says when a thread begins to wait for the loop."""

    def __init__(self):
        super().__init__()
        self.waits = threading.Event()

    def wait(self, event):
        self.waits.set()
        super().wait(event)


class CountingLoop:
    """The running loop, with a count of the wake-ups by threads."""

    def __init__(self):
        self.loop, self.wakes = asyncio.get_running_loop(), 0

    def __getattr__(self, name):
        return getattr(self.loop, name)

    def call_soon_threadsafe(self, *args, **options):
        self.wakes += 1
        return self.loop.call_soon_threadsafe(*args, **options)


class World:
    """An inbox, its counters and a pool."""

    def __init__(self, threads=4, waiting=10):
        self.inbox, self.counters = Watched(), Counters()
        self.pool = Pool(self.inbox, threads, waiting, self.counters)

    def channel(self, limit=1000):
        return Channel(self.inbox, self.counters, limit)


def in_world(scenario, **sizes):
    """Run `scenario(world)` on a loop."""

    async def go():
        world = World(**sizes)
        world.inbox.bind(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(LONG):
                await scenario(world)
        finally:
            world.pool.close()
            world.inbox.close()

    run(go())


def started(function):
    """A thread of its own."""
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    return thread
