"""The load generator in Python: commands on stdin, an answer to each on stdout.

`python -m bench.load.python selftest` measures its own receiving.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from bench.load.python import runs
from bench.load.python.load import Load
from bench.load.python.options import Options
from bench.load.python.selftest import selftest

T = TypeVar('T')
LONGEST = 1 << 21  # bytes of a line


def say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, separators=(',', ':')), flush=True)


def run(main: Coroutine[Any, Any, T]) -> T:
    try:
        import uvloop  # noqa: PLC0415  # asyncio's own loop will do
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


class Session:
    """`stop` is obeyed at once, everything else in turn."""

    def __init__(self) -> None:
        self.load = Load()
        self.form = Options('form')
        self.orders: asyncio.Queue[Options | None] = asyncio.Queue()
        self.waiting = 0  # orders without an answer
        self.ended = False

    async def read(self) -> None:
        reader = asyncio.StreamReader(limit=LONGEST)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        async for line in reader:
            order = Options(line.decode())
            if order.name == 'quit':
                break
            if order.name != 'stop':
                self.waiting += 1
                self.orders.put_nowait(order)
            elif self.waiting:
                self.load.stop()
        self.orders.put_nowait(None)
        self.ended = True
        self.load.stop()

    async def obey(self) -> None:
        reading = asyncio.create_task(self.read())
        while order := await self.orders.get():
            try:
                answer = await self.answer(order)
            except (OSError, ValueError) as error:
                say({'kind': 'error', 'what': str(error)})
            else:
                say({'kind': order.name, **answer})
            self.waiting -= 1
            self.load.stopped = self.ended
        self.load.leave(politely=False)
        await reading

    async def answer(self, order: Options) -> dict[str, Any]:
        load = self.load
        match order.name:
            case 'setup':
                load.setup(order)
            case 'connect' if not load.server:
                raise ValueError('connect before setup')
            case 'connect':
                return await runs.connect(load, order, say)
            case 'form':
                self.form = order
            case 'broadcast':
                return await runs.broadcast(load, self.form, order, say)
            case 'echo':
                return await runs.echo(load, order, say)
            case 'wait':
                return await runs.wait(load, order, say)
            case 'cut' | 'close':
                load.leave(politely=order.name == 'close')
            case 'spin':
                load.spin = bool(order.number('on'))
            case _:
                raise ValueError(f'unknown command {order.name}')
        return {}


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if sys.argv[1:] == ['selftest']:
        say(selftest(run))
    else:
        run(Session().obey())


if __name__ == '__main__':
    main()
