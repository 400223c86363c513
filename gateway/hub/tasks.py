"""Coroutines of handlers, as Tasks whose first step runs at once.

So the events of one client start in the order they came in, whether a coroutine, a thread or a
route answers them. The Task exists from the first step on, since asyncio's time-outs ask for it;
a coroutine that never waits is done when `start` returns. (Python 3.12 has `eager_start`.)

A step that holds the loop is named in the log, with its duration.
"""

import asyncio
import logging
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from time import monotonic
from typing import Any, Final, TypeAlias

log = logging.getLogger(__name__)

HOLD: Final = 0.1  # seconds
QUIET: Final = 1.0  # seconds between two lines about it

Job: TypeAlias = Coroutine[Any, Any, None]


def start(job: Job, name: str) -> asyncio.Task[None] | None:
    """Run its first step, and the others as a Task; None if there are no others.

    `job` handles its own errors. It has a context of its own, copied from the caller's.
    """
    loop = asyncio.get_running_loop()
    context = copy_context()
    steps = Steps(job, name)
    task = loop.create_task(steps, name=name, context=context)
    outer = asyncio.current_task()
    if outer is not None:
        _leave_task(loop, outer)
    _enter_task(loop, task)
    try:
        context.run(steps.begin)
    finally:
        _leave_task(loop, task)
        if outer is not None:
            _enter_task(loop, outer)
    return None if steps.ended else task


def is_cancelled() -> bool:
    """Whether somebody wants the running Task to end; else a CancelledError is another's."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class Steps(Coroutine[Any, Any, None]):
    """What the Task sees of a job that has begun."""

    __slots__ = ('_first', '_job', '_name', 'ended')
    warned = 0.0  # when a line was written

    def __init__(self, job: Job, name: str) -> None:
        self._job = job
        self._name = name
        self._first: Any = None  # what the first step waits for
        self.ended: StopIteration | None = None

    def begin(self) -> None:
        """The first step."""
        try:
            self._first = self._step(self._job.send, None)
        except StopIteration as end:
            self.ended = end
        except asyncio.CancelledError:  # its own doing: nobody else knows the Task yet
            self.ended = StopIteration()

    def send(self, value: None) -> Any:
        if self.ended is not None:
            raise self.ended
        if (first := self._first) is not None:
            self._first = None
            return first
        return self._step(self._job.send, value)

    def throw(self, *error: Any) -> Any:
        if self.ended is not None:
            raise self.ended
        self._first = None
        return self._step(self._job.throw, *error)

    def close(self) -> None:
        self._job.close()

    def __await__(self) -> Any:
        raise TypeError('a Task runs it')

    def _step(self, go: Callable[..., Any], *value: Any) -> Any:
        start = monotonic()
        try:
            return go(*value)
        finally:
            end = monotonic()
            if end - start > HOLD and end - Steps.warned > QUIET:
                Steps.warned = end
                log.warning('%s held the event loop for %.1f s', self._name, end - start)
