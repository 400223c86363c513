"""The daemon: one process around one Gateway, and the signals that it gets.

Rules of this file:
- SIGTERM and SIGINT: drain, for at most `drain_delay` and `shutdown_timeout`; a second one hurries.
"""

import asyncio
import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from gateway.app import CANCEL_TIMEOUT, Gateway
from gateway.config.changes import Outcome
from gateway.config.model import Config
from gateway.errors import StartError
from gateway.service.logging import configure
from gateway.service.notify import Notifier

MOST_RELOADS = 2  # the one that goes on, and the next

log = logging.getLogger(__name__)


def serve(config: Config, say: Callable[[str], None], log_level: str | None = None) -> None:
    """Run until SIGTERM or SIGINT. `say` is given the lines of the start; StartError."""
    configure(config.log, log_level)
    notifier = Notifier()
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < most:  # a connection is a file
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gateway = Gateway(config)  # before there is a loop: handlers are imported as by `check`
    with asyncio.Runner(loop_factory=_loop_factory(config.server.event_loop)) as runner:
        runner.run(_serve(gateway, say, notifier, log_level))
    notifier.close()


async def _serve(
    gateway: Gateway, say: Callable[[str], None], notifier: Notifier, log_level: str | None
) -> None:
    gateway.start()
    stopped, hurry = asyncio.Event(), asyncio.Event()

    def stop() -> None:
        if stopped.is_set() and not hurry.is_set():
            say('stopping at once')
            hurry.set()
        stopped.set()

    reloads: set[asyncio.Task[Outcome]] = set()

    def reload() -> None:
        if not stopped.is_set() and len(reloads) < MOST_RELOADS:
            task = asyncio.create_task(gateway.reload())
            reloads.add(task)
            task.add_done_callback(reloads.discard)

    def reloaded(outcome: Outcome) -> None:
        if outcome.done:
            configure(gateway.config.log, log_level)
        if not stopped.is_set():
            notifier.ready(status())

    def status() -> str:
        return f'serving on {", ".join(gateway.addresses)}'

    gateway.reload.begun, gateway.reload.ended = notifier.reloading, reloaded
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reload)
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop)
    for line in gateway.banner():
        say(line)
    gc.enable()
    gc.collect()
    gc.freeze()  # what a start has made stays; later collections need not walk it
    notifier.ready(status())
    await stopped.wait()
    say('stopping')
    notifier.stopping('clients are told to go')
    await gateway.stop(hurry)
    for signum in (signal.SIGTERM, signal.SIGINT):  # one more is no reason to fail
        loop.remove_signal_handler(signum)
        signal.signal(signum, signal.SIG_IGN)
    await _let_go()


async def _let_go() -> None:
    """Cancel the coroutines of handlers; the end does not wait for one that goes on."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left and (await asyncio.wait(left, timeout=CANCEL_TIMEOUT))[1]:
        log.warning('a handler does not end when it is cancelled')
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
