"""A SocketServer with python-socketio handlers: inside a test, or as a program of its own.

The program (`python -m tests.support.hub OPTIONS`) prints its `url` and obeys commands; OPTIONS
are the keys of the configuration's `socketio` section.
"""

import asyncio
import contextlib
import gc
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import socketio
import uvloop
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from gateway.app import MAX_HEADER
from gateway.config.model import SocketIO
from gateway.config.tls import load
from gateway.engine.front import FrontDoor
from gateway.engine.handler import EngineHandler
from gateway.hub.server import SocketServer
from gateway.hub.target import EVERYONE
from tests.support import commands

BACKLOG = 4096


@contextlib.asynccontextmanager
async def serving(
    namespaces: Any = None, trusted: Iterable[str] = (), tls: str = '', **settings: Any
) -> AsyncIterator[SocketServer]:
    """A hub on the running loop, listening; `port` and `url` are attributes of it.

    `tls`: a folder of tests.support.certificates.
    """
    networks = tuple(ip_network(network) for network in trusted)
    hub = SocketServer(SocketIO(**settings), networks, namespaces=namespaces)
    application = Application(
        [(r'/socket\.io/?', EngineHandler, {'engine': hub.eio})], log_function=lambda handler: None
    )
    limit = hub.eio.settings.max_payload
    http = HTTPServer(application, max_body_size=limit)
    door = FrontDoor(hub.eio, http, limit + MAX_HEADER)
    [listener] = bind_sockets(0, '127.0.0.1', backlog=BACKLOG)
    hub.port = listener.getsockname()[1]
    context = load(Path(tls, 'cert.pem'), Path(tls, 'key.pem')) if tls else None
    door.listen(listener, context)
    hub.url = f'{"https" if tls else "http"}://127.0.0.1:{hub.port}'
    try:
        yield hub
    finally:
        await hub.shutdown(1)
        door.close()
        await http.close_all_connections()


def run(scenario: Any) -> None:
    """Run a test's coroutine on the loop that the gateway runs on: uvloop, or TEST_LOOP=asyncio."""
    plain = os.environ.get('TEST_LOOP') == 'asyncio'
    with asyncio.Runner(loop_factory=None if plain else uvloop.new_event_loop) as runner:
        runner.run(scenario)


async def until(condition: Callable[[], Any]) -> None:
    """Wait for a state of the tables, which nobody announces."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


def resident() -> int:
    """Resident bytes of this process."""
    return int(Path('/proc/self/statm').read_text().split()[1]) * os.sysconf('SC_PAGESIZE')


def left_behind(hub: SocketServer) -> dict[str, int]:
    """What clients leave in the tables of a hub and its engine: all 0 when none is there."""
    spaces = hub.manager.spaces.values()
    clients = [client for space in spaces for client in space.clients.values()]
    return {
        'sessions': len(hub.eio.sockets),
        'lingering': len(hub.eio.lingering),
        'heartbeats': len(hub.eio.heartbeats),
        'deadlines': len(hub.eio.deadlines),
        'namespaces': len(spaces),
        'clients': len(clients),
        'members': sum(len(space.members) for space in spaces),
        'rooms': sum(len(space.rooms) for space in spaces),
        'callbacks': sum(len(client.callbacks or ()) for client in clients),
        'tasks': len(hub._tasks),
    }


NOTHING = dict.fromkeys(left_behind(SocketServer(SocketIO())), 0)


def handlers(hub: SocketServer) -> None:
    """What the scripts and the swarm of clients talk to."""

    @hub.on('connect')
    def connect(sid, environ):
        hub.connects += 1

    @hub.on('disconnect')
    def disconnect(sid, reason):
        hub.disconnects += 1

    @hub.on('echo')
    def echo(sid, *args):
        return args

    @hub.on('ask me')
    async def ask_me(sid):
        answers = {
            'none': await hub.call('question', to=sid),
            'some': await hub.call('question', ('text', 2, {'deep': [None]}), to=sid),
        }
        first, second = await hub.call('question', bytes.fromhex('00017f80ff'), to=sid)
        answers['binary'] = [first.hex(), second]
        numbers = await asyncio.gather(*[hub.call('question', n, to=sid) for n in range(10)])
        answers['order'] = [number for number, seen in numbers]
        try:
            await hub.call('silence', to=sid, timeout=0.1)
        except socketio.exceptions.TimeoutError:
            answers['silence'] = 'timeout'
        answers['callbacks left'] = left_behind(hub)['callbacks']
        await hub.emit('answers', answers, to=sid)

    @hub.on('settle')
    async def settle(sid, rooms):
        """Rooms, a callback that is never called, a session's data: what must not stay."""
        for room in rooms:
            await hub.enter_room(sid, room)
        await hub.save_session(sid, {'user': sid})
        await hub.emit('unanswered', to=sid, callback=lambda *args: None)


class Objects:
    """The commands of the program."""

    def __init__(self, hub: SocketServer) -> None:
        self.hub = hub

    async def count(self) -> dict[str, int]:
        """Everything that clients may leave behind, and what was counted on the way."""
        totals = {'connects': self.hub.connects, 'disconnects': self.hub.disconnects}
        return {**left_behind(self.hub), 'all tasks': len(asyncio.all_tasks()), **totals}

    async def alive(self) -> dict[str, int]:
        """Objects of ours that the collector still finds."""
        gc.collect()
        names = [type(thing).__name__ for thing in gc.get_objects()]
        return {name: names.count(name) for name in ('Session', 'Client', 'WebSocket', 'Polling')}

    async def counters(self) -> dict[str, Any]:
        counters = self.hub.eio.counters
        return {'closed': dict(counters.closed), 'queued': counters.packets_queued}

    async def flood(self, size: int, most: int) -> dict[str, int]:
        """Broadcast until a client is closed as a slow consumer, `most` messages otherwise.

        `growth`: by how many resident bytes this process has grown at the most.
        """
        gc.collect()
        before = peak = resident()
        payload, closed = 'x' * size, self.hub.eio.counters.closed
        already, burst = closed['slow consumer'], max(1, 50_000 // size)
        for number in range(most):
            self.hub.publish('/', 'flood', [payload], EVERYONE)
            if number % burst == 0:
                await self._caught_up()
                peak = max(peak, resident())
                if closed['slow consumer'] > already:
                    break
        await self._caught_up()
        return {'messages': number + 1, 'growth': peak - before}

    async def _caught_up(self) -> None:
        """Wait until all clients but one have been sent what they are owed."""
        sessions = self.hub.eio.sockets.values()
        await asyncio.sleep(0)
        await until(lambda: sum(session.size > 0 for session in sessions) <= 1)

    async def drip(self, size: int, rate: float, seconds: float) -> int:
        """Broadcasts at a steady rate; how many."""
        loop = asyncio.get_running_loop()
        begin, sent = loop.time(), 0
        while (now := loop.time() - begin) < seconds:
            while sent <= now * rate:
                self.hub.publish('/', 'flood', ['x' * size], EVERYONE)
                sent += 1
            await asyncio.sleep(1 / rate)
        return sent

    async def three_sources(self, sids: list[str], rounds: int, pause: float) -> dict[str, int]:
        """Broadcasts to all, with direct emits to some before, during and after each.

        `under way`: in how many rounds a broadcast was being written during the emits after it.
        """
        under_way = 0
        for number in range(rounds):
            for sid in sids:
                await self.hub.emit('direct', 3 * number, to=sid)
            await self.hub.emit('broadcast', number)
            for sid in sids:
                await self.hub.emit('direct', 3 * number + 1, to=sid)
            await asyncio.sleep(pause)
            under_way += self.hub.eio.flusher.busy
            for sid in sids:
                await self.hub.emit('direct', 3 * number + 2, to=sid)
            await asyncio.sleep(pause)
        return {'under way': under_way}


async def main(options: dict[str, Any]) -> None:
    async with serving(**options) as hub:
        hub.connects = hub.disconnects = 0
        handlers(hub)
        await commands.serve(Objects(hub), {'url': hub.url, 'port': hub.port})


if __name__ == '__main__':
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    run(main(commands.options()))
