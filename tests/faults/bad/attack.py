"""A program that tries the rows of the table against a server, again and again."""

import asyncio
import itertools
import os
import random
from typing import Any

from tests.faults.bad.row import Row
from tests.faults.bad.states import STATES, leave, say
from tests.faults.bad.table import ROWS
from tests.support import commands
from tests.support.hub import run


class Attack:
    """The commands of the program."""

    def __init__(self, port: int) -> None:
        rows = list(ROWS)
        random.Random(1).shuffle(rows)  # like ones stand together in the table
        self._rows = itertools.cycle(rows)
        self._port = port

    async def go(self, count: int, at_once: int, rate: float = 0) -> list[str]:
        """Try the next `count` rows, at most `rate` a second; which were not answered."""
        loop = asyncio.get_running_loop()
        begin, failed, rows = loop.time(), [], enumerate(itertools.islice(self._rows, count))

        async def worker() -> None:
            for number, row in rows:
                if rate:
                    await asyncio.sleep(begin + number / rate - loop.time())
                failed.extend(await self._try(row))

        await asyncio.gather(*[worker() for _ in range(at_once)])
        return failed

    async def _try(self, row: Row) -> list[str]:
        try:
            async with STATES[row.state].enter(self._port) as peer:
                back = await say(peer, row)
                await leave(peer, row, self._port)
        except (OSError, EOFError, TimeoutError, AssertionError) as error:
            return [f'{row}: {error!r}']
        return [] if len(back) == len(row.back) else [f'{row}: {back!r:.100}']


async def main(options: dict[str, Any]) -> None:
    os.nice(options.get('politeness', 0))  # 19: whoever else is on this core goes first
    await commands.serve(Attack(options['port']), {'rows': len(ROWS)})


if __name__ == '__main__':
    run(main(commands.options()))
