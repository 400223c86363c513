"""The daemon: one process around one Gateway, and the signals that it gets.

Rules of this file:
- SIGTERM and SIGINT: drain, for at most `drain_delay` and `shutdown_timeout`; a second one hurries.
- SIGHUP: reload. What comes while one goes on and the next waits is that next one.
- Once it has stopped, nobody's thread keeps the process: neither Python's end nor asyncio's would
  give up one that goes on.
- systemd hears READY after every reload, done or refused, and not any more once it heard STOPPING.
"""

import asyncio
import gc
import logging
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from time import monotonic
from typing import NoReturn

from gateway.app import CANCEL_TIMEOUT, Gateway
from gateway.config.changes import Outcome
from gateway.config.model import Config
from gateway.errors import StartError
from gateway.service.logging import configure
from gateway.service.notify import Notifier

STOPS = (signal.SIGTERM, signal.SIGINT)
MOST_RELOADS = 2  # the one that goes on, and the next

log = logging.getLogger(__name__)


def serve(config: Config, say: Callable[[str], None], log_level: str | None = None) -> None:
    """Run until SIGTERM or SIGINT. `say` is given the lines of the start; StartError."""
    configure(config.log, log_level)
    logging.captureWarnings(True)
    notifier = Notifier()
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < most:  # a connection is a file
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gateway = Gateway(config)  # before there is a loop: handlers are imported as by `check`
    with asyncio.Runner(loop_factory=_loop_factory(config.server.event_loop)) as runner:
        runner.run(Daemon(gateway, notifier, say, log_level).run())
    notifier.close()


class Daemon:
    """A gateway with the signals of its process, and what systemd is told of it."""

    def __init__(
        self, gateway: Gateway, notifier: Notifier, say: Callable[[str], None], level: str | None
    ) -> None:
        self._gateway = gateway
        self._notifier = notifier
        self._say = say
        self._level = level  # of the log, where the command line has one
        self._stopped = asyncio.Event()
        self._hurry = asyncio.Event()
        self._reloads: set[asyncio.Task[Outcome]] = set()

    async def run(self) -> None:
        """Start, serve until a signal ends it, drain. StartError."""
        gateway, notifier = self._gateway, self._notifier
        gateway.start()
        gateway.reload.begun, gateway.reload.ended = notifier.reloading, self._reloaded
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        for signum in STOPS:
            loop.add_signal_handler(signum, self._stop)
        for line in gateway.banner():
            self._say(line)
        gc.enable()
        gc.collect()
        gc.freeze()  # what a start has made stays; later collections need not walk it
        self._ready()
        await self._stopped.wait()
        self._say('stopping')
        notifier.stopping('clients are told to go')
        begun = monotonic()
        await gateway.stop(self._hurry)
        for signum in STOPS:  # one more is no reason to fail
            loop.remove_signal_handler(signum)
            signal.signal(signum, signal.SIG_IGN)
        self._say(f'stopped after {monotonic() - begun:.1f} s')
        await _let_go()
        threading.Thread(target=_leave_threads, daemon=True, name='end').start()

    def _ready(self) -> None:
        self._notifier.ready(f'serving on {", ".join(self._gateway.addresses)}')

    def _stop(self) -> None:
        if self._stopped.is_set() and not self._hurry.is_set():
            self._say('stopping at once')
            self._hurry.set()
        self._stopped.set()

    def _reload(self) -> None:
        if not self._stopped.is_set() and len(self._reloads) < MOST_RELOADS:
            task = asyncio.create_task(self._gateway.reload())
            self._reloads.add(task)
            task.add_done_callback(self._reloads.discard)

    def _reloaded(self, outcome: Outcome) -> None:
        if outcome.done:
            configure(self._gateway.config.log, self._level)
        if not self._stopped.is_set():
            self._ready()


async def _let_go() -> None:
    """Cancel the coroutines of handlers; the end does not wait for one that goes on."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left and (await asyncio.wait(left, timeout=CANCEL_TIMEOUT))[1]:
        _end('a handler does not end when it is cancelled')


def _leave_threads() -> None:
    """Run by a daemon thread, which ends with the process: end it, where others keep it."""
    time.sleep(CANCEL_TIMEOUT)
    main = threading.main_thread()
    if names := [one.name for one in threading.enumerate() if not (one.daemon or one is main)]:
        _end(f'the end does not wait for what still runs in threads: {", ".join(names)}')


def _end(why: str) -> NoReturn:
    log.warning('%s', why)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


def _loop_factory(event_loop: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is wanted, or installed and not unwanted; None: asyncio's."""
    if event_loop == 'asyncio' or (event_loop == 'auto' and find_spec('uvloop') is None):
        return None
    try:
        return import_module('uvloop').new_event_loop  # type: ignore[no-any-return]
    except ImportError:
        raise StartError('server.event_loop: uvloop is not installed') from None
