"""The harness beside a tool that measures the same broadcasts in another way.

Half of the recipients are the harness's, half the tool's, connected in turns, so that both wait for
the same work of the server. The harness counts until it has read a message, the tool until the
kernel had it: what lies between is the harness's own share, and belongs into less than a tenth.
Other work on the load core adds to it, so a run that was disturbed is repeated; a real disagreement
stays.
"""

import os
import sys
import time
from collections.abc import Iterator

import pytest

from bench.load.fleet import Fleet
from bench.targets import target
from tests.support.independent import Independent

pytestmark = pytest.mark.alone

CORES = sorted(os.sched_getaffinity(0))
STEP, STEPS = 5, 100  # 500 recipients each
RATE = 20  # broadcasts a second: each takes some 10 ms, so latency is milliseconds
AGREEING, TRIES = 3, 15
PERCENTS = (50, 99)


def ratios(name: str, native: bool = True) -> Iterator[tuple[float, ...]]:
    """What the harness says over what the tool says, at each of PERCENTS, run after run."""
    with (
        target(name, sys.executable).serving(CORES[0]) as served,
        Independent(served.address.port, CORES[-1]) as tool,
        Fleet(served.address, CORES[-1:], served.dialect, native=native, spin=False) as fleet,
    ):
        for step in range(STEPS):
            turns = (fleet.connect, tool.connect)
            for connect in turns if step % 2 else reversed(turns):
                connect(STEP)
        fleet.broadcast(0.3, rate=RATE)
        while True:
            tool.report()
            since = time.monotonic_ns()
            said = fleet.broadcast(1, rate=RATE)
            seen = tool.report(since)
            assert said.faults == ()
            assert said.sent == RATE
            deliveries = said.histograms['delivery']
            assert deliveries.count == len(seen.latencies) == said.sent * STEP * STEPS
            if seen.merged < deliveries.count / 1000:
                yield tuple(
                    deliveries.percentile(percent) / seen.percentile(percent)
                    for percent in PERCENTS
                )


@pytest.mark.timeout(150)
@pytest.mark.parametrize('name', ['gateway', 'send-loop'])
def test_an_independent_tool_agrees_within_a_tenth(name: str):
    found = []
    for these in ratios(name):
        found.append(these)
        if len(found) == TRIES or agreeing(found) == AGREEING:
            break
    assert agreeing(found) == AGREEING, found


def agreeing(found: list[tuple[float, ...]]) -> int:
    return sum(all(0.9 < ratio < 1.1 for ratio in these) for these in found)
