"""How many messages a second this generator takes when they arrive together: another process
writes many at a time to each of its connections; they are received and judged as in a run."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Coroutine
from functools import partial
from time import monotonic_ns, process_time
from typing import Any

from bench.load.python.client import READY, Client
from bench.load.python.load import Load
from bench.load.python.tally import Form, Tally
from bench.load.python.websocket import WebSocket

CLIENTS, TOGETHER, TIMES = 50, 64, 60
HEAD, TAIL = b'42["msg","', b'"]'


def selftest(run: Callable[[Coroutine[Any, Any, float]], float]) -> dict[str, float]:
    """`run` is the loop's."""
    tally = Tally(0, CLIENTS, 1, 64)
    tally.active = True
    bodies = [HEAD + (tally.leaves(monotonic_ns()) or b'') + TAIL for _ in range(TOGETHER * TIMES)]
    pairs = [socket.socketpair() for _ in range(CLIENTS)]
    child = os.fork()
    if not child:
        feed([theirs for _, theirs in pairs], bodies)
    for _, theirs in pairs:
        theirs.close()
    seconds = run(receive(tally, [ours for ours, _ in pairs]))
    _, status = os.waitpid(child, 0)
    if status:
        raise OSError('the messages did not all leave')
    return {'received': tally.received, 'cpu_seconds': seconds}


async def receive(tally: Tally, ends: list[socket.socket]) -> float:
    """The CPU seconds that it took."""
    load, all_of_them = Load(), asyncio.Event()
    load.tally, load.form = tally, Form(1, HEAD, TAIL, attachment=False, search=False)
    begun = process_time()

    def completed() -> None:
        if tally.completed == len(tally.sent):
            all_of_them.set()

    tally.on_completed = completed
    for number, end in enumerate(ends):
        client = Client(load, number, 0)
        client.begin(0, 1)
        client.state = READY
        client.transport = websocket = WebSocket(client, b'')
        websocket.upgraded = True
        make: Callable[[], WebSocket] = partial(lambda it: it, websocket)
        await asyncio.get_running_loop().create_connection(make, sock=end)
    await all_of_them.wait()
    return process_time() - begun


def feed(ends: list[socket.socket], bodies: list[bytes]) -> None:
    """In a process of its own."""
    frames = [bytes((0x81, len(body))) + body for body in bodies]
    for at in range(0, len(frames), TOGETHER):
        chunk = b''.join(frames[at : at + TOGETHER])
        for end in ends:
            end.sendall(chunk)
    os._exit(0)
