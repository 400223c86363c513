"""The result file: everything that a run of the harness found, with nothing thrown away.

Rules of this file:
- What is stored is what was counted; what can be worked out from it (figures.py) is not stored.
- Histograms are whole. Times are seconds, sizes bytes, latencies nanoseconds.
- A run that is void stays in the file and says why.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StrictFloat,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import from_json

from bench.histogram import Histogram

VERSION = 1
MOST = 1e18  # nothing that is counted or measured comes near; beyond, arithmetic fails

Distribution = Annotated[
    Histogram,
    BeforeValidator(lambda raw: raw if isinstance(raw, Histogram) else Histogram.of(raw)),
    PlainSerializer(lambda histogram: histogram.steps, return_type=tuple[tuple[int, int], ...]),
    WithJsonSchema(
        {
            'type': 'array',
            'items': {'type': 'array', 'items': {'type': 'integer'}, 'minItems': 2, 'maxItems': 2},
            'description': '[highest nanosecond of a step, count], sorted',
        }
    ),
]


class Unreadable(ValueError):
    """A file that holds no result, or none that can be read; in a few words."""


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra='forbid', arbitrary_types_allowed=True)


class Second(Model):
    """One second of a run. What the server did is absent where it can't be seen."""

    second: int  # since the run began
    sent: int = 0  # broadcasts, or events
    received: int = 0  # deliveries, or acknowledgements
    p50_ns: int | None = None
    p99_ns: int | None = None
    max_ns: int | None = None
    user: float | None = None  # CPU seconds of the server in user mode
    system: float | None = None  # and in the kernel
    rss: int | None = None  # its resident bytes
    descriptors: int | None = None  # its open files


class Server(Model):
    """What a run cost the server process, its threads included."""

    cpu: float  # seconds, as the scheduler counts them
    user: float  # the same in ticks of 10 ms, apart
    system: float
    rss_before: int
    rss_after: int
    descriptors: int  # at its end


class Run(Model):
    """One target, one round, one measurement. `label` tells those of one round apart."""

    target: str
    round: int
    label: str = ''
    void: tuple[str, ...] = ()  # why it doesn't count
    interrupted: bool = False
    seconds: float = 0
    connections: int = 0
    sent: int = 0  # broadcasts
    recipients: int = 0  # of each
    received: int = 0  # deliveries
    events: int = 0  # that asked for an acknowledgement
    acknowledged: int = 0
    schedule_lag: float = 0  # the most by which the load generator itself was late, seconds
    histograms: Mapping[str, Distribution] = {}  # delivery, first, median, last, echo, connect
    series: tuple[Second, ...] = ()
    server: Server | None = None
    load: tuple[float, ...] = ()  # how busy each load process was, 0 to 1
    others: float = 0  # cores' worth of work of other processes meanwhile
    stolen: float = 0  # cores' worth of time that the hypervisor took
    values: Mapping[str, float] = {}  # what is counted by no field above; figures.py has the units
    notes: Mapping[str, Any] = {}


class Target(Model):
    """What was measured."""

    name: str
    about: str = ''
    versions: Mapping[str, str] = {}
    settings: str = ''  # "defaults", "best", or what was changed


class Environment(Model):
    """The machine, and what ran on it."""

    date: datetime
    commit: str
    cpu: str
    cores: int
    memory: int  # bytes
    kernel: str
    python: str
    versions: Mapping[str, str] = {}
    sysctls: Mapping[str, str] = {}
    server_core: int | None = None
    load_cores: tuple[int, ...] = ()
    load_generator: str = ''  # native or python, and its limit
    open_files: int = 0  # the limit of a process


class Crowd(BaseModel):
    """As much of a group as a report reads."""

    clients: StrictFloat = 0


class Asked(BaseModel):
    """As much of a scenario as a report reads; scenarios of other versions had other fields."""

    kind: str | None = None
    clients: StrictFloat | None = None
    rate: StrictFloat | Literal['closed'] | None = None
    payload: StrictFloat | None = None
    find_peak: StrictFloat | None = None
    groups: dict[str, Crowd] = {}


class Rung(BaseModel):
    """As much of a step of a climb."""

    deliveries: StrictFloat
    p99_ms: StrictFloat | None
    failed: str | None = None


class Noted(BaseModel):
    """As much of a run's notes."""

    ladder: tuple[Rung, ...] = ()


class Result(Model):
    """One run of one scenario."""

    version: Literal[1] = 1
    command: str  # which repeats it
    scenario: Mapping[str, Any]  # as scenario.py writes it
    environment: Environment
    targets: tuple[Target, ...]
    runs: tuple[Run, ...] = ()
    interrupted: bool = False

    @model_validator(mode='after')
    def _of_its_targets(self) -> Result:
        if strangers := {run.target for run in self.runs} - {it.name for it in self.targets}:
            raise ValueError(f'runs of no target: {", ".join(sorted(strangers))}')
        return self

    @model_validator(mode='after')
    def _readable(self) -> Result:
        Asked.model_validate(self.scenario)
        for run in self.runs:
            Noted.model_validate(run.notes)
        return self

    def save(self, path: Path) -> None:
        """As JSON; gzipped where the name ends in .gz."""
        text = self.model_dump_json(exclude_defaults=True, indent=None)
        data = text.encode() + b'\n'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == '.gz' else data)

    @classmethod
    def load(cls, path: Path) -> Result:
        """OSError, Unreadable (a ValueError) where it is none."""
        data = path.read_bytes()
        try:
            raw = from_json(gzip.decompress(data) if path.suffix == '.gz' else data)
        except (EOFError, ValueError, zlib.error, gzip.BadGzipFile) as error:
            raise Unreadable('not a result of this harness') from error
        version = raw.get('version') if isinstance(raw, dict) else None
        if isinstance(version, int) and version > VERSION:
            newer = f'{version}; this one reads {VERSION}'
            raise Unreadable(f'written by a newer version of the harness ({newer})')
        try:
            if not plausible(raw):
                raise Unreadable('damaged: it has numbers that nobody measured')
            return cls.model_validate(raw)
        except (ValidationError, RecursionError, TypeError) as error:
            raise Unreadable('not a result of this harness') from error


def plausible(raw: Any) -> bool:
    """Whether all numbers can be reckoned with."""
    if isinstance(raw, dict):
        return all(map(plausible, raw.values()))
    if isinstance(raw, list):
        return all(map(plausible, raw))
    return not isinstance(raw, int | float) or -MOST < raw < MOST  # NaN is not
