"""The figures of a gateway as metrics: names, units and meanings, by Prometheus' conventions.

Rules of this file:
- A label's values come from the configuration, the code or a fixed list, never from a client: what
  is not named there is counted as `*`.
- A table for each kind of counter; each of its fields is in it (a test sees to that).
"""

from collections import Counter as Counts
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, Final, TypeAlias

from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)

from gateway import __version__
from gateway.engine.histogram import Histogram
from gateway.engine.reason import Reason
from gateway.http.counters import Counters
from gateway.http.meanings import ADMIN, BACKENDS, CLUSTER, ENGINE, HANDLERS, HUB, Meaning
from gateway.http.subject import Subject
from gateway.service.logging import unwritten

PREFIX: Final = 'gateway_'
Kind: TypeAlias = type[CounterMetricFamily] | type[GaugeMetricFamily]


def figures(subject: Subject, admin: Counters) -> Iterator[Metric]:
    """All of one moment."""
    yield InfoMetricFamily('gateway', 'The version that runs.', {'version': __version__})
    yield gauge('ready', 'Whether /health/ready says yes.', float(not subject.troubles()))
    yield from connections(subject)
    yield from events(subject)
    yield from counted(ENGINE, subject.hub.eio.counters)
    closed = subject.hub.eio.counters.closed
    yield counter(
        'slow_consumers',
        'Sessions that were closed since their client did not read; also in gateway_disconnects.',
        closed[Reason.SLOW_CONSUMER],
    )
    yield from hub(subject)
    yield from handlers(subject)
    yield from backends(subject)
    yield from cluster(subject)
    yield from counted(ADMIN, admin)
    yield from daemon(subject)


def connections(subject: Subject) -> Iterator[Metric]:
    sessions = subject.hub.eio.sockets.values()
    transports = Counts(session.transport.name for session in sessions)
    open_ones = {name: transports[name] for name in ('polling', 'websocket')}
    text = 'Sessions that are open, by transport.'
    yield labelled(GaugeMetricFamily, 'connections', text, 'transport', open_ones)
    names = dict.fromkeys(subject.router.spaces, 0)
    clients, rooms = Counts(names), Counts(names)
    for name, space in subject.hub.manager.spaces.items():
        label = subject.router.label(name)
        clients[label] += len(space.members)
        rooms[label] += len(space.rooms)
    yield labelled(GaugeMetricFamily, 'clients', 'Clients, by namespace.', 'namespace', clients)
    text = 'Rooms that somebody is in, by namespace.'
    yield labelled(GaugeMetricFamily, 'rooms', text, 'namespace', rooms)
    subject.hub.eio.flusher.spread()  # what is on its way is owed
    owed = sum(session.size for session in sessions)
    refused = {**dict.fromkeys(subject.router.spaces, 0), **subject.hub.connects_refused}
    text = 'Clients that a namespace has refused, by namespace; `*`: there was none of that name.'
    yield labelled(CounterMetricFamily, 'connects_refused', text, 'namespace', refused)
    yield gauge('outbox_bytes', 'What clients have still to be sent, with its overhead.', owed)


def events(subject: Subject) -> Iterator[Metric]:
    spaces = subject.router.spaces.items()
    taken = {(name, event): n for name, space in spaces for event, n in space.taken.items()}
    asked = {(name, event): n for name, space in spaces for event, n in space.asked.items()}
    unknown = {name: space.unknown for name, space in spaces}
    text = 'Events of clients that a route took, by route.'
    yield labelled(CounterMetricFamily, 'events', text, 'namespace event', taken)
    text = 'Those of them that asked for an acknowledgement.'
    yield labelled(CounterMetricFamily, 'acks', text, 'namespace event', asked)
    text = 'Events without a route, by namespace.'
    yield labelled(CounterMetricFamily, 'events_unknown', text, 'namespace', unknown)


def hub(subject: Subject) -> Iterator[Metric]:
    manager, server = subject.hub.manager, subject.hub
    values = {
        'events_direct': server.events_direct,
        'events_refused': server.events_refused,
        'events_abandoned': server.events_abandoned,
        'unknown_acks': manager.unknown_acks,
        'callbacks_dropped': manager.callbacks_dropped,
        'surveys_refused': server.surveys.refused,
    }
    for field, meaning in HUB.items():
        yield counter(meaning.name, meaning.text, values[field])


def handlers(subject: Subject) -> Iterator[Metric]:
    runtime = subject.runtime
    pool = runtime.pool
    yield gauge('handler_threads_busy', 'Threads that run a `def` handler.', pool.running)
    yield gauge('handler_threads', 'Most of them: server.threads.', pool.most)
    yield gauge('handlers_waiting', '`def` handlers that wait for a thread.', pool.waiting)
    yield gauge('background_tasks', 'Background tasks that run.', runtime.background_running)
    yield from counted(HANDLERS, runtime.counters)
    found = HistogramMetricFamily(
        f'{PREFIX}handler_duration_seconds',
        'How long Python handlers took, waiting for a thread included.',
        labels=['handler'],
    )
    for name, histogram in runtime.counters.durations.items():
        found.add_metric([name], *buckets(histogram))
    yield found


def backends(subject: Subject) -> Iterator[Metric]:
    """One series for each that was asked so far."""
    if subject.backends is None:
        return
    everyone = subject.backends.all()
    for field, (name, text, label, keys) in BACKENDS.items():
        kind = GaugeMetricFamily if field == 'most_waiting' else CounterMetricFamily
        values: dict[Any, Any] = {one.origin: getattr(one.counters, field) for one in everyone}
        if label:
            known = dict.fromkeys(keys, 0)
            values = {
                (one, key): n
                for one, counts in values.items()
                for key, n in {**known, **counts}.items()
            }
        yield labelled(kind, name, text, f'backend {label}', values)


def cluster(subject: Subject) -> Iterator[Metric]:
    found = subject.cluster
    if found is None:
        return
    yield gauge('cluster_connected', 'Whether it is part of its cluster.', not found.troubles())
    others = len(found.receiver.peers.alive())
    yield gauge('cluster_gateways', 'Other gateways that are heard now.', others)
    waiting = len(found.outbox.record)
    yield gauge('cluster_queue_messages', 'Messages that wait for the queue.', waiting)
    yield from counted(CLUSTER, found.counts)


def daemon(subject: Subject) -> Iterator[Metric]:
    reloads = {'done': subject.reload.done, 'refused': subject.reload.refused}
    yield labelled(
        CounterMetricFamily, 'reloads', 'Reloads of the configuration.', 'outcome', reloads
    )
    yield histogram(
        'loop_lag_seconds', 'How late the event loop was for its own timer.', subject.pulse.lag
    )
    text = 'Lines of the log left out as one of too many, or since nobody reads it.'
    yield labelled(CounterMetricFamily, 'log_lines_unwritten', text, 'reason', unwritten())
    tls = subject.config.server.tls
    if tls is not None:
        until = tls.until.timestamp()
        text = 'When the certificate of server.tls ends, in seconds since 1970.'
        yield gauge('certificate_expiry_timestamp_seconds', text, until)


def counted(table: Mapping[str, Meaning], counters: Any) -> Iterator[Metric]:
    """The fields of a dataclass of counters."""
    for field, meaning in table.items():
        value = getattr(counters, field)
        if isinstance(value, Histogram):
            yield histogram(meaning.name, meaning.text, value)
        elif meaning.label:
            counts = {**dict.fromkeys(meaning.keys, 0), **value}
            yield labelled(CounterMetricFamily, meaning.name, meaning.text, meaning.label, counts)
        else:
            yield counter(meaning.name, meaning.text, value)


def counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, text, value=value)


def gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, text, value=value)


def labelled(kind: Kind, name: str, text: str, labels: str, values: Mapping[Any, float]) -> Metric:
    """`values` by the value of the label, or, where there are two, by a tuple of theirs."""
    found = kind(PREFIX + name, text, labels=labels.split())
    for key, value in values.items():
        found.add_metric([str(one) for one in key] if type(key) is tuple else [str(key)], value)
    return found


def histogram(name: str, text: str, found: Histogram) -> Metric:
    counts, total = buckets(found)
    return HistogramMetricFamily(PREFIX + name, text, buckets=counts, sum_value=total)


def buckets(found: Histogram) -> tuple[list[tuple[str, float]], float]:
    """Counts up to each bound, and the sum of the values."""
    bounds = [*(repr(bound) for bound in found.bounds), '+Inf']
    return list(zip(bounds, map(float, accumulate(found.counts)), strict=True)), found.sum
