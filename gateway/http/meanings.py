"""What each counter is called as a metric, and what it means.

Names follow Prometheus' conventions: a base unit at the end, `_total` is added to counters. They
stay as they are in later versions.

What an alert waits for is there from the start, with 0: `increase` sees nothing in a series whose
first sample is the loss itself.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from gateway.engine.reason import Reason


class Meaning(NamedTuple):
    """Of one counter; `label`: what its keys are, if it has any; `keys`: those that are known."""

    name: str
    text: str
    label: str = ''
    keys: tuple[str, ...] = ()


# Those of backends/, which would import the HTTP client with it.
CODES: Final = ('backend_busy', 'backend_down', 'backend_timeout', 'backend_failed', 'bad_reply')
HOOKS_LOST: Final = ('full', 'refused', 'stopped', 'too_old', 'unsendable')

ENGINE: Final[Mapping[str, Meaning]] = {
    'sessions': Meaning('handshakes', 'Sessions that were opened.'),
    'accepts_failed': Meaning(
        'accepts_failed', 'Pauses in accepting connections, for want of files or memory.'
    ),
    'tls_failed': Meaning(
        'tls_handshakes_failed', 'Handshakes of TLS that were broken off, wrong, or too slow.'
    ),
    'upgrades': Meaning('upgrades', 'Sessions that went over from polling to WebSocket.'),
    'upgrades_abandoned': Meaning('upgrades_abandoned', 'Upgrades that did not come to an end.'),
    'packets_queued': Meaning('deliveries', 'Packets queued for clients, one for each recipient.'),
    'bytes_queued': Meaning('delivery_bytes', 'Bytes of these, as WebSocket frames.'),
    'bytes_received': Meaning('received_bytes', 'Bytes of WebSocket and of bodies of polling.'),
    'packets_undelivered': Meaning(
        'undelivered', 'Packets that were queued for a session that ended.'
    ),
    'volatile_dropped': Meaning(
        'volatile_dropped', 'Volatile packets not sent to who had still something to read.'
    ),
    'fanouts': Meaning(
        'fanout_duration_seconds',
        'From the queueing of a broadcast until its last recipient was written; broadcasts that '
        'overlap are one.',
    ),
    'reads_paused': Meaning('reads_paused', 'Clients that were not read on for a while.'),
    'refused': Meaning('refusals', 'Handshakes and requests refused, by reason.', 'reason'),
    'closed': Meaning('disconnects', 'Sessions that ended, by reason.', 'reason', tuple(Reason)),
}
HUB: Final[Mapping[str, Meaning]] = {
    'events_direct': Meaning(
        'events_direct', 'Events that handlers of python-socketio took before the routes.'
    ),
    'events_refused': Meaning('events_refused', 'Events answered `busy`: too many of one client.'),
    'events_abandoned': Meaning('events_abandoned', 'Events that waited when their client left.'),
    'unknown_acks': Meaning('acks_unknown', 'Acknowledgements that nobody waited for.'),
    'callbacks_dropped': Meaning('callbacks_dropped', 'Callbacks given up: too many of a client.'),
    'surveys_refused': Meaning('surveys_refused', 'Emits with `ack` refused: too many asked.'),
}
HANDLERS: Final[Mapping[str, Meaning]] = {
    'handlers_busy': Meaning('handlers_busy', 'Handlers not started: threads and queue were full.'),
    'handlers_failed': Meaning('handlers_failed', 'Handlers that raised an exception.'),
    'handlers_timed_out': Meaning('handlers_timed_out', 'Routes that took longer than they may.'),
    'emits_blocked': Meaning('emits_blocked', 'Waits of a thread that emitted too much at once.'),
    'callbacks_ignored': Meaning('callbacks_ignored', 'Callbacks of broadcasts, never called.'),
    'callbacks_refused': Meaning(
        'callbacks_refused', 'Callbacks not called: the client answered with other arguments.'
    ),
    'namespaces_missed': Meaning(
        'namespaces_missed', 'Emits to a namespace that the client has not joined.'
    ),
    'replies_refused': Meaning('backend_replies_refused', 'Replies that cannot be used.'),
    'tokens_refused': Meaning('tokens_refused', 'Clients without a good token, by code.', 'code'),
}
BACKENDS: Final[Mapping[str, Meaning]] = {
    'asked': Meaning('backend_requests', 'Events sent to a backend.'),
    'answered': Meaning('backend_replies', 'Those answered with 2xx, in time.'),
    'retried': Meaning('backend_retries', 'Second and further tries.'),
    'opened': Meaning('backend_circuits_opened', 'How often its circuit has opened.'),
    'failed': Meaning('backend_failures', 'Events without a good reply, by code.', 'code', CODES),
    'most_waiting': Meaning('backend_waiting_most', 'Most that ever waited for a connection.'),
    'hooks': Meaning('backend_hooks', 'Disconnect events taken, to be sent at least once.'),
    'hooks_sent': Meaning('backend_hooks_sent', 'Those that were sent.'),
    'hooks_retried': Meaning('backend_hooks_retried', 'Further tries of them.'),
    'hooks_given_up': Meaning(
        'backend_hooks_lost', 'Those given up, by reason.', 'reason', HOOKS_LOST
    ),
}
CLUSTER: Final[Mapping[str, Meaning]] = {
    'published': Meaning('cluster_published', 'Messages published to the queue.'),
    'resent': Meaning('cluster_resent', 'Messages that other gateways had missed, sent again.'),
    'heard': Meaning('cluster_heard', 'Messages heard.'),
    'duplicates': Meaning('cluster_duplicates', 'Messages heard twice.'),
    'lost': Meaning(
        'cluster_lost',
        'Messages that others never got (full, big, stopped), or that we never got (gap).',
        'reason',
        ('full', 'big', 'stopped', 'gap'),
    ),
    'refused': Meaning('cluster_refused', 'Messages that are none, by kind.', 'kind'),
    'unsendable': Meaning('cluster_unsendable', 'Events that JSON cannot hold.'),
    'failures': Meaning('cluster_failures', 'Failures of the connection that publishes.'),
    'renewals': Meaning('cluster_renewals', 'Subscriptions after the first.'),
    'deaf': Meaning('cluster_deaf', 'Those of them for want of anything heard.'),
}
ADMIN: Final[Mapping[str, Meaning]] = {
    'connections': Meaning('admin_connections', 'Connections of the admin listener.'),
    'connections_refused': Meaning('admin_connections_refused', 'Those beyond its bound.'),
    'displaced': Meaning('admin_connections_displaced', 'Those without a key, ended for others.'),
    'accepts_failed': Meaning('admin_accepts_failed', 'Pauses in accepting connections there.'),
    'tls_failed': Meaning('admin_tls_handshakes_failed', 'Handshakes of TLS that failed there.'),
    'idle_closed': Meaning('admin_connections_idle', 'Connections ended since they were silent.'),
    'cut': Meaning('admin_connections_cut', 'Connections ended since nobody read there.'),
    'vanished': Meaning('admin_clients_vanished', 'Who left while an answer was awaited.'),
    'failed': Meaning('admin_failures', 'Requests that the gateway failed at.'),
    'actions': Meaning('admin_actions', 'Actions of the API that were done.'),
    'answers': Meaning('admin_responses', 'Answers, by status.', 'status'),
    'refused': Meaning('admin_refusals', 'Requests refused, by code.', 'code'),
}
