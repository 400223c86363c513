"""The processes of a fleet: ordered about and waited for together.

Rules of this file:
- `stop` may be called from anywhere, a signal handler too: it only writes to a pipe. It ends the
  measurement that runs, or else the next one.
- After a LoadError all processes are gone, since nobody knows what they are still doing. None is
  ever left behind: they end with their input.
"""

from __future__ import annotations

import contextlib
import os
import selectors
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import TypeAlias

from bench.load.generator import Answer, Generator, LoadError
from bench.load.measured import Tick, Ticks
from bench.load.wire import Options

SHARED = 64 + 4 * 65536  # bytes: the head, and how many recipients each broadcast still lacks
GRACE = 30.0  # seconds beyond what an order itself takes
STOPPING = 10.0  # seconds in which a run ends that was told to

Orders: TypeAlias = Mapping[Generator, Options]
Answers: TypeAlias = dict[Generator, Answer]


class Crew:
    """`members` are the processes. `close` it in the end."""

    def __init__(self, on_tick: Callable[[Tick], None] | None) -> None:
        self.members: list[Generator] = []
        self._on_tick = on_tick
        self._ticks = Ticks(0, None)
        self._stop = False
        with contextlib.ExitStack() as stack:
            self._selector = stack.enter_context(selectors.DefaultSelector())
            self._bell, self._rope = os.pipe()
            for end in (self._bell, self._rope):
                stack.callback(os.close, end)
                os.set_blocking(end, False)
            self._selector.register(self._bell, selectors.EVENT_READ)
            self._folder = Path(stack.enter_context(TemporaryDirectory(prefix='bench-load-')))
            stack.callback(self.end)
            self.close = stack.pop_all().close

    def start(self, argv: Sequence[str], cores: Sequence[int]) -> None:
        shared = None
        if len(cores) > 1:
            shared = self._folder / 'shared'
            shared.write_bytes(bytes(SHARED))
        for core in cores:
            generator = Generator(argv, core, shared)
            self.members.append(generator)
            self._selector.register(generator, selectors.EVENT_READ, generator)

    def end(self) -> None:
        while self.members:
            generator = self.members.pop()
            self._selector.unregister(generator)
            generator.stop()

    def stop(self) -> None:
        with contextlib.suppress(OSError):  # it was told so often already, or has ended
            os.write(self._rope, b'.')

    def ask(
        self, name: str, options: Options | None = None, whom: Sequence[Generator] = ()
    ) -> None:
        """The same of all, or of these."""
        asked = whom or self.members
        self._send(name, dict.fromkeys(asked, options or {}))
        self._await(dict.fromkeys(asked, name), GRACE)

    def measure(
        self,
        name: str,
        orders: Orders,
        patience: float,
        *,
        listeners: Orders | None = None,
        stagger: float = 0.0,
    ) -> tuple[list[Answer], tuple[Tick, ...]]:
        """One run: each answer, and the ticks. Listeners are ready before the others begin."""
        listeners = listeners or {}
        self._ticks = Ticks(len(listeners) + len(orders), self._on_tick)
        self._send(name, listeners)
        self._await(dict.fromkeys(listeners, 'ready'), GRACE)
        self._send(name, orders, stagger)
        everybody = [*orders, *listeners]
        answers = self._await(dict.fromkeys(everybody, name), patience + GRACE, stoppable=True)
        return [answers[generator] for generator in everybody], self._ticks.end()

    def _send(self, name: str, orders: Orders, stagger: float = 0.0) -> None:
        if not self.members:
            raise LoadError('the load generator has ended')
        with self._or_end():
            for number, (generator, options) in enumerate(orders.items()):
                if number and stagger:
                    sleep(stagger)
                generator.send(name, options)

    def _await(
        self, kinds: Mapping[Generator, str], patience: float, *, stoppable: bool = False
    ) -> Answers:
        """An answer of its kind from each."""
        answers: Answers = {}
        until, told = monotonic() + patience, False
        with self._or_end():
            while len(answers) < len(kinds):
                if self._stop and stoppable and not told:
                    told, until = True, monotonic() + STOPPING
                    for generator in kinds:
                        generator.send('stop')
                left = until - monotonic()
                if left <= 0:
                    silent = next(kinds[each] for each in kinds if each not in answers)
                    raise LoadError(f'no answer from the load generator to {silent!r}')
                for key, _ in self._selector.select(left):
                    if key.data is None:
                        self._stop = bool(os.read(self._bell, 4096))
                    else:
                        answers |= self._heard(key.data, kinds)
        if told:
            self._stop = False
        return answers

    def _heard(self, generator: Generator, kinds: Mapping[Generator, str]) -> Answers:
        answers: Answers = {}
        for answer in generator.take():
            kind = answer.get('kind')
            if kind == 'tick':
                self._ticks.add(generator, answer)
            elif kind == 'error':
                raise LoadError(f'the load generator: {answer.get("what")}')
            elif kind == kinds.get(generator):
                answers[generator] = answer
            else:
                raise LoadError(f'the load generator said {str(answer)[:200]}')
        return answers

    @contextlib.contextmanager
    def _or_end(self) -> Iterator[None]:
        try:
            yield
        except LoadError:
            self.end()
            raise
