"""What the keys of namespaces, routes and verbs do, and what expressions may name.

A key is named by the model that it belongs to, as in `emit.to`.
"""

from collections.abc import Mapping

from gateway.config.words import Words, words

KEYS: Mapping[str, Words] = {
    'namespace.connect': words(
        'Runs before a client is accepted. `reject` refuses it. What it does for the client '
        '(joins, emits) is done once the client is in, or never.',
        [{'if': '${!has(auth.name)}', 'reject': 'name_missing'}],
    ),
    'namespace.events': words(
        'What happens on each event, by its name. `"*"` is any event without a route or handler.',
        {'echo': {'ack': '${args}'}, 'news': {'emit': {'to': 'all'}}},
    ),
    'namespace.disconnect': words(
        'Runs once for each client that was accepted, when it has gone; `rooms` are those that it '
        'was in.',
        {'emit': {'event': 'left', 'to': {'room': '${rooms}'}, 'data': '${reason}'}},
    ),
    'namespace.error': words(
        'Runs after an event has failed; `error` holds `code` and `message`. A `reject` is no '
        'failure.',
        {'emit': {'event': 'failed', 'data': '${error.code}'}},
    ),
    'namespace.class': words(
        'A class of Python handlers, MODULE:CLASS: a `gateway.Namespace` or a '
        '`socketio.AsyncNamespace`.',
        'chat:ChatNamespace',
    ),
    'namespace.auth': words(
        'Who may connect here, in place of the `auth` of all namespaces. `none`: everybody.',
        'none',
    ),
    'route.do': words('The actions, in order.', [{'join': 'lobby'}, {'ack': 'welcome'}]),
    'route.sequential': words(
        'The next event of the same client waits until this one is done. Without it, events '
        'begin in order and may overlap where one waits.'
    ),
    'route.timeout': words('How long the route may take; then it fails with `timeout`.', '30s'),
    'action.if': words(
        'A guard. True: the action is done; false: it is skipped; anything else fails the event.',
        "${in_room('chat:' + data.room)}",
    ),
    'emit.event': words("The event that is sent. Without it, the incoming event's name.", 'said'),
    'emit.args': words(
        'What is sent, as a list. Without `args` and `data`: what came in.',
        ['${data.text}', '${time}'],
    ),
    'emit.data': words('What is sent, as one argument.', {'text': '${data.text}'}),
    'emit.to': words(
        'Whom it is sent to: `sender`, `all` (of the namespace), a room, a client, or a list of '
        'them. Without it, the sender.',
        'all',
        'room:chat:${data.room}',
        {'room': '${rooms}'},
        ['room:staff', 'sid:${data.sid}'],
    ),
    'emit.except': words('Who is left out, written as in `to`.', 'sender', 'room:muted'),
    'emit.namespace': words(
        'Another namespace that it is sent in; `to` is then `all` or a room.', '/admin'
    ),
    'emit.volatile': words(
        'Not sent to a client that still has something to read: for what is stale soon.'
    ),
    'join.room': words('The rooms.', 'lobby'),
    'leave.room': words('The rooms.', 'lobby'),
    'close_room.room': words('The rooms.', 'lobby'),
    'disconnect.reason': words('What `reason` is in the `disconnect` route.', 'kicked'),
    'http.url': words('Where the event is sent. No client has a part in it.', 'http://[::1]:5000/'),
    'http.method': words('The method. `GET` and `DELETE` send a body only if there is `body`.'),
    'http.timeout': words(
        'How long it may take, waiting for a connection and retries included. In `disconnect`, '
        'how long each try may take.',
        '30s',
    ),
    'http.retries': words(
        'How often the request is sent again where there was no answer, or one of 5xx; the '
        '`webhook-id` stays the same. Not in `disconnect`.',
        2,
    ),
    'http.headers': words(
        'More headers; their values may hold expressions.',
        {'Authorization': 'Bearer ${env.TOKEN}', 'X-User': '${session.user}'},
    ),
    'http.body': words(
        'What is sent as JSON in place of the event.', {'room': '${data.room}', 'from': '${sid}'}
    ),
    'http.secret': words(
        'What requests are signed with (Standard Webhooks): at least 16 bytes, as text or as '
        '`whsec_` and base64. Several while they are changed: each signs.',
        '${env.BACKEND_SECRET}',
    ),
    'http.allow': words(
        'What a reply may do beside `ack` and `reject`. Without it, everything.',
        ['emit', 'join'],
        [],
    ),
    'http.on_error': words(
        'What is done in place of the reply when none came, or a bad one. `{}` goes on as if '
        'nothing had been replied. Without it, the event fails. Not in `disconnect`.',
        {'ack': 'try again later'},
        {'do': {'join': 'lobby'}},
    ),
    'reply.set': words("Keys of the client's session.", {'user': 'ann'}),
    'reply.claims': words('The claims of the client, as if a token had them.', {'sub': '42'}),
    'reply.do': words(
        'An action, or a list of them, without guards.', {'join': 'job:7'}, [{'leave': 'lobby'}]
    ),
    'reply.ack': words("What the client's callback gets; a list is several arguments.", ['job:7']),
    'reply.reject': words('The end of the route, with this code; it stands alone.', 'forbidden'),
}

VERBS: Mapping[str, Words] = {
    'emit': words('An event to some clients.', {'event': 'said', 'to': 'all'}),
    'send': words('`emit` with the event `message`.', {'to': 'all'}),
    'join': words(
        'Rooms that the client enters.', 'chat:${data.room}', ['lobby', 'user:${auth.name}']
    ),
    'leave': words('Rooms that the client leaves.', 'chat:${data.room}'),
    'close_room': words('Rooms that everyone leaves.', 'chat:${data.room}'),
    'ack': words(
        "What the client's callback gets, at once; only the first one counts. A literal list, or "
        'exactly `${args}`, is several arguments; anything else is one.',
        'delivered',
        ['${data.id}', '${time}'],
        '${args}',
    ),
    'call': words(
        'A Python function, MODULE:FUNCTION, which gets the arguments of the event. What it '
        'returns is the acknowledgement, where no `ack` has been.',
        'reports:build',
    ),
    'http': words(
        'A backend, which is sent the event and replies with what is to be done.',
        'http://127.0.0.1:5000/events',
    ),
    'set': words("Keys of the client's session.", {'user': '${auth.name}', 'since': '${time}'}),
    'reject': words(
        'The end of the route. The callback gets the code as an error; in `connect` it is the '
        "message of the client's `connect_error`.",
        'forbidden',
    ),
    'disconnect': words(
        "The end of the client's stay in the namespace: of the client whose event it is, no other. "
        "Another's is Python's to end, `disconnect(sid)`, the API's, or a backend's reply's.",
        True,
        {'reason': 'kicked'},
    ),
}

ROOTS: Mapping[str, str] = {
    'args': 'the arguments of the event, a list',
    'data': 'the first of them',
    'event': 'the name of the event',
    'id': 'the number of the acknowledgement that is asked for, or null',
    'sid': 'the id of the client in this namespace',
    'nsp': 'the name of the namespace',
    'rooms': 'the rooms that the client is in, a sorted list',
    'session': 'what `set` and Python handlers keep about the client',
    'auth': 'what the client sent when it connected, `{}` if nothing',
    'claims': 'the claims of its token, or what a backend said of it; only where `auth.jwt` '
    'applies or `connect` has an `http`',
    'query': 'the query of its URL',
    'headers': 'the headers of its request; names in lower case',
    'ip': 'its address',
    'time': 'the time, in seconds since 1970',
    'reason': 'why the client has gone',
    'error': '`{code, message}` of what failed',
    'env': 'the variables of the environment, known when the file is loaded',
    'credential': "systemd's credentials, known when the file is loaded",
}
