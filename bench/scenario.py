"""What is to be measured: one model for each kind of scenario.

Rules of this file:
- A scenario is the same whether it comes from flags (arguments.py) or from a YAML file (load.py):
  a field is a flag, a key and a row of the README's table, with one default and one description.
- Durations are seconds and sizes bytes, written with their unit as in the gateway's own
  configuration (`10s`, `64B`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

from gateway.config.units import between, duration, size

Form: TypeAlias = Literal['json', 'msgpack', 'binary']

Seconds = Annotated[
    float, PlainValidator(duration), AfterValidator(between(0.01, 3600, 'write 10ms to 1h'))
]
Pause = Annotated[
    float, PlainValidator(duration), AfterValidator(between(0, 3600, 'write 0s to 1h'))
]
Payload = Annotated[
    int, PlainValidator(size), AfterValidator(between(32, 60_000, 'write 32B to 60KB'))
]
Clients = Annotated[int, Field(ge=1, le=60_000)]
Rate = Annotated[float, Field(gt=0, le=100_000)]


def field(default: Any, description: str) -> Any:
    return Field(default=default, description=description)


class Scenario(BaseModel):
    """What all kinds have in common."""

    model_config = ConfigDict(frozen=True, extra='forbid')

    name: str = field('', 'What the report calls it.')
    targets: tuple[str, ...] = field(('gateway',), 'The servers, which take turns.')
    rounds: int = Field(default=6, ge=1, le=1000, description='Fresh starts of each target.')
    duration: Seconds = field(5.0, 'The length of each measurement.')
    warmup: Pause = field(0.5, 'The same beforehand, which does not count.')
    drain: Seconds = field(10.0, 'How long to wait at the end for what is still under way.')
    window: int = Field(default=64, ge=1, le=10_000, description='Handshakes under way at once.')
    headers: int = Field(
        default=600, ge=0, le=4000, description="Bytes of a browser's headers in the handshake."
    )


class Fanout(Scenario):
    """Broadcasts to many clients: the latency of every delivery, and what it costs the server."""

    kind: Literal['fanout'] = 'fanout'
    clients: Clients = field(1000, 'Recipients.')
    rate: Rate | Literal['closed'] = field(
        50.0, 'Broadcasts a second on a schedule; "closed": the next when all have the last.'
    )
    payload: Payload = field(64, 'The size of each message.')
    forms: tuple[Form, ...] = field(
        ('json',), 'How messages are written; several take turns on the same server.'
    )
    find_peak: Seconds | None = field(
        None, 'Climb until the 99th percentile passes this bound, from `rate` on.'
    )
    probe: Rate | None = field(
        None, 'Acknowledged events a second of one client beside the broadcasts.'
    )


class Echo(Scenario):
    """Acknowledged events from many clients: round trips, and CPU per event."""

    kind: Literal['echo'] = 'echo'
    clients: Clients = field(100, 'Who sends.')
    rate: Rate | Literal['closed'] = field(
        'closed', 'Events a second of all together on a schedule; "closed": as fast as answered.'
    )
    pipeline: int = Field(
        default=16, ge=1, le=1000, description='Events of one client under way at once (closed).'
    )
    payload: Payload = field(64, 'The size of each argument.')


class Connect(Scenario):
    """Handshakes until CONNECT is answered: how long, and CPU per connection."""

    kind: Literal['connect'] = 'connect'
    clients: Clients = field(1000, 'How many.')
    storm: Literal['handshake', 'reconnect'] = field(
        'handshake', '"reconnect": all are cut off at once and come back.'
    )
    rate: Rate | None = field(None, 'Connections a second on a schedule; absent: by `window`.')
    counted_from: int = Field(
        default=200, ge=0, description='The first ones, which warm the server up.'
    )


class Idle(Scenario):
    """Clients that only answer heartbeats: memory per connection, and CPU."""

    kind: Literal['idle'] = 'idle'
    clients: Clients = field(1000, 'How many.')
    counted_from: int = Field(
        default=200, ge=0, description='The first ones, whose memory does not count.'
    )
    duration: Seconds = field(50.0, 'Two heartbeat intervals, for most servers.')
    rounds: int = Field(default=2, ge=1, le=1000, description='Fresh starts of each target.')


class Group(BaseModel):
    """Clients that are alike, in rooms of their own."""

    model_config = ConfigDict(frozen=True, extra='forbid')

    clients: Clients = field(100, 'How many.')
    room_size: int = Field(default=0, ge=0, description='Members of each room; 0: one room.')
    rate: Rate = field(10.0, 'Broadcasts a second, to the rooms in turn.')
    payload: Payload = field(64, 'The size of each message.')
    form: Form = field('json', 'How messages are written.')
    transport: Literal['websocket', 'polling'] = field('websocket', 'How they are connected.')
    slow_readers: int = Field(
        default=0, ge=0, le=100, description='Members of the first room that stop reading.'
    )


class Mixed(Scenario):
    """Several groups at once, each with its own rooms; each also alone where `alone` names it."""

    kind: Literal['mixed'] = 'mixed'
    groups: dict[str, Group] = field({}, 'By name.')
    alone: tuple[str, ...] = field((), 'Groups that are measured by themselves too, in turns.')


class Start(Scenario):
    """How long it takes from the start of the process to listening."""

    kind: Literal['start'] = 'start'
    rounds: int = Field(default=10, ge=1, le=1000, description='Fresh starts of each target.')


class Handlers(Scenario):
    """What the gateway's handlers and routes cost, and whom sleeping handlers keep waiting."""

    kind: Literal['handlers'] = 'handlers'
    clients: Clients = field(100, 'Who sends.')
    duration: Seconds = field(1.5, 'The length of each measurement.')


class Compression(Scenario):
    """permessage-deflate beside none: CPU and bytes per delivery, memory per connection."""

    kind: Literal['compression'] = 'compression'
    clients: Annotated[int, Field(ge=2, le=60_000)] = field(1000, 'Recipients.')
    duration: Seconds = field(1.5, 'The length of each measurement.')


class Tls(Scenario):
    """TLS beside plain TCP: CPU per connection and per delivery, memory per connection."""

    kind: Literal['tls'] = 'tls'
    clients: Annotated[int, Field(ge=2, le=60_000)] = field(1000, 'Recipients.')
    duration: Seconds = field(1.5, 'The length of each measurement.')


AnyScenario = Annotated[
    Fanout | Echo | Connect | Idle | Mixed | Start | Handlers | Compression | Tls,
    Field(discriminator='kind'),
]
KINDS: dict[str, type[Scenario]] = {
    'fanout': Fanout,
    'echo': Echo,
    'connect': Connect,
    'idle': Idle,
    'mixed': Mixed,
    'start': Start,
    'handlers': Handlers,
    'compression': Compression,
    'tls': Tls,
}
