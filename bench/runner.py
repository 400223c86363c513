"""A scenario from its first round to its result.

Rules of this file:
- Targets take turns, A B C C B A, with a fresh process each time; slow ones in the first round.
- A target that fails makes its round void, and the others go on; where all have failed in the first
  round, the first failure is raised.
- Ctrl-C and SIGTERM end it with what was measured until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from subprocess import SubprocessError

from bench import machine
from bench.interrupts import Interrupts
from bench.kinds import runs
from bench.load.fleet import LoadError
from bench.result import Result, Run
from bench.result import Target as About
from bench.rig import Settings, Site
from bench.scenario import Scenario
from bench.targets import Remote, Target, TargetError

FAILURES = (LoadError, TargetError, RuntimeError, OSError, SubprocessError, HTTPException)


def run(scenario: Scenario, targets: Sequence[Target], settings: Settings, command: str) -> Result:
    """LoadError, TargetError and their like where nothing could be measured."""
    settings.live.begin(scenario, [target.name for target in targets], scenario.rounds)
    runner = Runner(scenario, targets, settings)
    with runner.interrupts.handled():
        try:
            runner.measure()
        except KeyboardInterrupt:
            runner.interrupts.asked = True
    generator = ', '.join(sorted(runner.generators))
    result = Result(
        command=command,
        scenario=scenario.model_dump(mode='json'),
        environment=machine.environment(core(targets, settings), settings.load_cores, generator),
        targets=tuple(runner.about(target) for target in targets),
        runs=tuple(runner.runs),
        interrupted=runner.interrupts.asked,
    )
    settings.live.end(result)
    return result


def core(targets: Sequence[Target], settings: Settings) -> int | None:
    """Of the server; a server that runs already has those that its owner gave it."""
    return None if all(isinstance(it, Remote) for it in targets) else settings.server_core


def turns(targets: Sequence[Target], rounds: int) -> Iterator[tuple[int, Target]]:
    """(round, target), A B C, C B A, …."""
    for number in range(rounds):
        for target in targets if number % 2 == 0 else reversed(targets):
            if number == 0 or not target.slow:
                yield number, target


@dataclass
class Runner:
    scenario: Scenario
    targets: Sequence[Target]
    settings: Settings
    runs: list[Run] = field(default_factory=list)
    interrupts: Interrupts = field(default_factory=Interrupts)
    generators: set[str] = field(default_factory=set)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: list[Exception] = field(default_factory=list)

    def measure(self) -> None:
        for number, target in turns(self.targets, self.scenario.rounds):
            if number and len(self.failed) == len(self.runs):
                raise self.failed[0]
            self.turn(number, target)
            if self.interrupts.asked:
                return
        if self.failed and len(self.failed) == len(self.runs):
            raise self.failed[0]

    def turn(self, number: int, target: Target) -> None:
        """One target in one round."""
        self.settings.live.turn(target.name, number)
        site = Site(self.settings, target, number, self.interrupts, self.generators)
        try:
            if target.name not in self.versions:  # it installs what the target needs
                self.versions[target.name] = target.versions()
            with closing(runs(self.scenario, site)) as found:
                for one in found:
                    self.add(one)
                    if self.interrupts.asked:
                        return
        except FAILURES as error:
            self.failed.append(error)
            reason = str(error) or type(error).__name__
            self.add(Run(target=target.name, round=number, void=(reason,)))

    def add(self, run: Run) -> None:
        self.runs.append(run)
        self.settings.live.run(run)

    def about(self, target: Target) -> About:
        return About(
            name=target.name,
            about=target.about,
            versions=self.versions.get(target.name, {}),
            settings=target.settings,
        )
