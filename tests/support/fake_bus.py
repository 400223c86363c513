"""A queue that fails when it is told to, for what no real one does at a given moment."""

import asyncio
from collections.abc import Callable, Sequence

from gateway.cluster.buses.bus import Oversized


class FakeBus:
    """`published` are batches; what `fails` has is raised by one publish each, in order."""

    def __init__(self) -> None:
        self.published: list[list[bytes]] = []
        self.fails: list[Exception] = []
        self.subscriptions = 0
        self.ended: asyncio.Future[None] | None = None  # set an exception to end the subscription
        self.oversized = Oversized()

    async def publish(self, channel: str, messages: Sequence[bytes]) -> None:
        await asyncio.sleep(0)
        if self.fails:
            raise self.fails.pop(0)
        self.published.append(list(messages))

    async def listen(
        self,
        channels: Sequence[str],
        heard: Callable[[bytes], None],
        listening: Callable[[], None],
    ) -> None:
        self.subscriptions += 1
        self.heard = heard
        self.ended = asyncio.get_running_loop().create_future()
        listening()
        await self.ended

    async def close(self) -> None:
        pass
