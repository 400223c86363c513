"""What the rows are tried on: handlers that echo, wait, or do nothing. Also as a program."""

import asyncio
import gc
from time import process_time

from gateway.engine import polling, websocket
from gateway.hub.server import SocketServer
from tests.faults.bad.row import SETTINGS
from tests.faults.bad.states import HOLD
from tests.support import commands
from tests.support.hub import left_behind, resident, run, serving


def echoing(hub: SocketServer) -> None:
    hub.on('echo', lambda sid, *args: args)
    hub.on('quiet', lambda sid, *args: None)

    @hub.on('hold')
    async def hold(sid):
        await asyncio.sleep(HOLD)


class Objects:
    """The commands of the program."""

    def __init__(self, hub: SocketServer) -> None:
        self.hub = hub

    async def measure(self) -> dict[str, int]:
        """Resident bytes, and what is in the tables."""
        gc.collect()
        return {'resident': resident(), **left_behind(self.hub)}

    async def cpu(self) -> float:
        """Seconds of this process."""
        return process_time()


async def main() -> None:
    websocket.CLOSE_TIMEOUT = polling.LINGER = 0.1  # some never answer, or come back
    async with serving(**SETTINGS) as hub:
        echoing(hub)
        await commands.serve(Objects(hub), {'port': hub.port})


if __name__ == '__main__':
    run(main())
