"""The load generator as Python sees it: commands in, results out, and what makes a run void."""

from __future__ import annotations

import json
import select
import subprocess
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from bench import build
from bench.process import Process
from bench.stats import Histogram

FAULTS = ('lost', 'reordered', 'duplicated', 'negative', 'stale', 'garbled', 'closed', 'unmatched')


@dataclass(frozen=True)
class Run:
    """One run's counts and histograms. Latencies count from the moment a message was due."""

    sent: int
    recipients: int
    received: int
    events: int
    acks: int
    seconds: float
    publish_lag_ms: float
    idle_seconds: float  # for which the load generator had nothing to do
    each: Histogram  # every delivery
    last: Histogram  # the last recipient of each broadcast
    echo: Histogram  # acknowledgements
    faults: tuple[str, ...]  # why the run is void

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Run:
        faults = [f'{raw[name]} {name}' for name in FAULTS if raw[name]]
        if raw['events'] != raw['acks']:
            faults.append(f'{raw["events"] - raw["acks"]} unacknowledged')
        if raw['overrun']:
            faults.append('too many broadcasts under way')
        return cls(
            sent=raw['sent'],
            recipients=raw['recipients'],
            received=raw['received'],
            events=raw['events'],
            acks=raw['acks'],
            seconds=raw['seconds'],
            publish_lag_ms=raw['publish_lag_ns'] / 1e6,
            idle_seconds=raw['idle_seconds'],
            each=Histogram.of(raw['each']),
            last=Histogram.of(raw['last']),
            echo=Histogram.of(raw['echo']),
            faults=tuple(faults),
        )


class Load:
    """A load generator on `core`, whose connections go to `port`."""

    def __init__(self, port: int, core: int) -> None:
        self.port = port
        pipe = subprocess.PIPE
        self.process = Process([str(build.receiver())], core=core, stdin=pipe, stdout=pipe)

    def _ask(self, command: str, patience: float, **options: int) -> dict[str, Any]:
        stdin, stdout = self.process.child.stdin, self.process.child.stdout
        assert stdin
        assert stdout
        line = ' '.join([command, *(f'{name}={value}' for name, value in options.items())])
        stdin.write(line + '\n')
        stdin.flush()
        if not select.select([stdout], [], [], patience)[0]:
            raise TimeoutError(f'the load generator does not answer {line!r}')
        answer = stdout.readline()
        if not answer:
            raise RuntimeError(f'the load generator ended at {line!r}')
        result: dict[str, Any] = json.loads(answer)
        return result

    def connect(
        self, count: int, *, headers: int = 600, window: int = 64, msgpack: bool = False
    ) -> float:
        """Open `count` more connections, all of one serializer; the seconds it took."""
        options = {'port': self.port, 'count': count, 'headers': headers, 'window': window}
        options['msgpack'] = int(msgpack)
        answer = self._ask('connect', 130, **options, seconds=120)
        if answer['failed'] or answer['ready'] < count:
            raise RuntimeError(f'connections: {answer["ready"]} ready, {answer["failed"]} failed')
        return float(answer['seconds'])

    def close(self) -> None:
        """Close all connections."""
        self._ask('close', 10)

    def broadcast(
        self,
        ms: int,
        *,
        rate: int = 0,
        count: int = 0,
        payload: int = 64,
        binary: bool = False,
        probe: int = 0,
        drain: int = 10,
    ) -> Run:
        """One broadcast at a time, or `rate` a second; beside it `probe` echoes a second."""
        options = {'ms': ms, 'rate': rate, 'count': count, 'payload': payload, 'drain': drain}
        options |= {'binary': int(binary), 'probe': probe}
        return Run.of(self._ask('broadcast', ms / 1e3 + drain + 30, **options))

    def echo(self, ms: int, *, clients: int = 100, window: int = 16, drain: int = 10) -> Run:
        options = {'ms': ms, 'clients': clients, 'window': window, 'drain': drain}
        return Run.of(self._ask('echo', ms / 1e3 + drain + 30, **options))

    def wait(self, ms: int) -> dict[str, Any]:
        return self._ask('wait', ms / 1e3 + 10, ms=ms)

    def spin(self, on: bool) -> None:
        self._ask('spin', 10, on=int(on))

    def __enter__(self) -> Load:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.process.stop()


def selftest() -> dict[str, Any]:
    """Messages a second that the load generator takes when they arrive together."""
    output = subprocess.run([str(build.receiver()), 'selftest'], capture_output=True, check=True)
    raw: dict[str, Any] = json.loads(output.stdout)
    return {
        'messages': raw['received'],
        'per_second': raw['received'] / raw['seconds'],
        'per_cpu_second': raw['received'] / raw['load_cpu_seconds'],
    }
