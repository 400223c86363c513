"""Runtime: what Python handlers run on. One for each gateway: its hub, its loop, its threads."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextvars import Context
from functools import partial
from typing import Any, Final, TypeVar

from gateway.hub.server import SocketServer
from gateway.hub.tasks import Job
from gateway.routing.counters import Counters
from gateway.routing.pool import Pool
from gateway.routing.signatures import is_async
from gateway.routing.threads import Channel, Inbox

log = logging.getLogger(__name__)

MAX_BACKGROUND: Final = 1_000  # tasks and threads that run at the same time

T = TypeVar('T')


class Runtime:
    """`threads` handlers run at the same time, `waiting` more may wait."""

    def __init__(self, hub: SocketServer, threads: int, waiting: int) -> None:
        self.hub = hub
        self.counters = Counters()
        self.inbox = Inbox()
        self.channel = Channel(self.inbox, self.counters)  # of threads that are no handlers'
        self.pool = Pool(self.inbox, threads, waiting, self.counters)
        self.background_running = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop
        self._thread = 0

    def start(self) -> None:
        """From now on the running loop is the one."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self.inbox.bind(self._loop)

    def stop(self) -> None:
        """Background tasks are cancelled; threads can only be left behind."""
        for task in self._tasks:
            task.cancel()
        self.pool.close()
        self.inbox.close()

    def on_loop(self) -> bool:
        return threading.get_ident() == self._thread

    def do(self, operation: Callable[[], object]) -> None:
        """Do it on the loop: at once if this is its thread, else in order."""
        if self.on_loop():
            operation()
        else:
            self.channel.put(operation)

    def ask(self, question: Callable[[], T]) -> T:
        """The same, and its answer."""
        return question() if self.on_loop() else self.channel.ask(question)

    def background(self, alone: Context, function: Callable[..., Any]) -> Any:
        """Run it beside the handlers, with no client: a Task, or a thread for a plain function.

        RuntimeError above MAX_BACKGROUND.
        """
        if self.background_running >= MAX_BACKGROUND:
            raise RuntimeError(f'{MAX_BACKGROUND:,} background tasks are running')
        self.background_running += 1
        if is_async(function):
            return self.ask(partial(self.spawn, self._await(function), alone))
        thread = threading.Thread(
            target=alone.run, args=(self._run, function), daemon=True, name='background'
        )
        thread.start()
        return thread

    def spawn(self, job: Job, around: Context | None = None) -> asyncio.Task[None]:
        """A Task that ends with the gateway; on the loop only."""
        task = self._loop.create_task(job, context=around)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _await(self, job: Callable[[], Any]) -> None:
        try:
            await job()
        except Exception:
            log.exception('a background task failed')
        finally:
            self.background_running -= 1

    def _run(self, job: Callable[[], Any]) -> None:
        try:
            job()
        except Exception:
            if not self.inbox.closed:  # whoever emits after the end is told so
                log.exception('a background task failed')
        finally:
            self.background_running -= 1
