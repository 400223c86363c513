"""What each key and verb does, in words, with examples as they are written in the file.

A key is named by the model that it belongs to, as in `socketio.path` and `emit.to`. Types, choices
and defaults are not repeated here: they come from the model.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Words(NamedTuple):
    """What a key does, and values that it may have."""

    text: str
    examples: tuple[Any, ...] = ()


def words(text: str, *examples: Any) -> Words:
    return Words(text, examples)


SECTIONS: Mapping[str, Words] = {
    'server': words('The process: its sockets, its loop, its threads, its pages.'),
    'socketio': words('The protocols: Engine.IO 4 and Socket.IO 5.'),
    'handlers': words(
        'Python modules whose handlers count: files relative to this one, or names of modules. '
        'The folder of this file is first on the import path.',
        ['./chat.py', 'package.module'],
    ),
    'auth': words(
        'Who may connect, in all namespaces that have no `auth` of their own.',
        {'jwt': {'key': '${env.JWT_KEY}', 'algorithms': ['HS256']}},
    ),
    'namespaces': words(
        'The conversations over one connection, by name. One that is neither listed nor has '
        'Python handlers is refused: "Invalid namespace".',
        {'/': {'events': {'echo': {'ack': '${args}'}}}},
    ),
    'x-': words(
        'Keys that begin with `x-` are ignored: a place for anchors.', {'members-only': [1, 2]}
    ),
}

KEYS: Mapping[str, Words] = {
    'server.listen': words(
        'Where it listens: one address, or several. IPv6 addresses stand in quotes.',
        '127.0.0.1:8000',
        ['[::1]:8000', 'unix:/run/gateway.sock'],
    ),
    'server.tls': words(
        'A certificate with its chain, and its key, both PEM. All TCP addresses of `listen` then '
        'speak TLS 1.2 or 1.3; Unix sockets stay plain.',
        {'certificate': './cert.pem', 'key': './key.pem'},
    ),
    'server.trusted_proxies': words(
        'Whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. With any entry, so is a '
        'proxy on a Unix socket.',
        ['127.0.0.1', '10.0.0.0/8'],
    ),
    'server.event_loop': words(
        'The event loop. `auto` is uvloop where it is installed, else asyncio.'
    ),
    'server.shutdown_timeout': words(
        'How long a stop waits for clients to take what is theirs.', '10s'
    ),
    'server.pages': words(
        'Folders of static files, by the beginning of their URL. Everything else is a 404.',
        {'/': './page'},
    ),
    'server.threads': words(
        'How many plain `def` handlers may run at once, each in a thread.', 200
    ),
    'server.thread_queue': words(
        'How many `def` handlers may wait for a thread; an event beyond is answered `busy`.', 5000
    ),
    'tls.certificate': words(
        'The certificate of the server, and the chain behind it.', './cert.pem'
    ),
    'tls.key': words('The private key of the certificate, not encrypted.', './key.pem'),
    'socketio.path': words(
        "The path of Socket.IO's URLs; clients must have the same.", '/realtime'
    ),
    'socketio.transports': words(
        'How clients may connect. A client that begins with polling goes over to WebSocket when '
        'both are allowed.',
        ['websocket'],
    ),
    'socketio.serializer': words(
        "How packets are written. `auto` is each client's own choice, told by its CONNECT.",
    ),
    'socketio.ping_interval': words('How often a client is asked whether it is there.', '10s'),
    'socketio.ping_timeout': words('How long its answer may take.', '5s'),
    'socketio.connect_timeout': words('How long a client may take to join a namespace.', '10s'),
    'socketio.upgrade_timeout': words(
        'How long going over from polling to WebSocket may take.', '30s'
    ),
    'socketio.max_payload': words(
        'The largest message of a client, after inflating it. A larger one ends its connection.',
        '64KB',
    ),
    'socketio.max_send_buffer': words(
        'How much a client may leave unread. One that is above it is closed as a slow consumer.',
        '16MB',
    ),
    'socketio.compression': words(
        'permessage-deflate for WebSocket. `true` is a mapping with all defaults.',
        True,
        {'threshold': '4KB'},
    ),
    'compression.threshold': words('The smallest message that is compressed.', '4KB'),
    'socketio.allowed_origins': words(
        'Whose pages may connect: `same-origin`, `"*"` (all), an origin, or a list. A pattern '
        'such as `https://*.example.com` is every subdomain, not the domain itself.',
        '*',
        ['same-origin', 'https://app.example.com', 'https://*.example.com'],
    ),
    'auth.jwt': words(
        'JSON Web Tokens. A client brings its token as `token` in its auth object, or in a header '
        '`Authorization: Bearer TOKEN`.',
        {'key_file': './public.pem', 'algorithms': ['RS256'], 'issuer': 'https://id.example.com'},
    ),
    'jwt.key': words(
        'What tokens are verified with: a secret of at least 32 bytes (HS256), a public key in '
        'PEM, a JWK or a JWK set; a list while keys are changed. Either this or `key_file`.',
        '${env.JWT_KEY}',
        '${credential.jwt}',
    ),
    'jwt.key_file': words('The file, or the files, that hold it.', './public.pem'),
    'jwt.algorithms': words('Which algorithms are believed. HS256 stands alone.', ['ES256']),
    'jwt.issuer': words(
        'Who must have issued a token (`iss`): one, or any of a list. Without it, anybody with '
        'the key.',
        'https://id.example.com',
    ),
    'jwt.audience': words(
        'Whom a token must be meant for (`aud`): one, or any of a list. Without it, a token that '
        'names an audience is refused.',
        'chat',
    ),
    'jwt.leeway': words('How much clocks may differ, 5m at most.', '30s'),
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
    'set': words("Keys of the client's session.", {'user': '${auth.name}', 'since': '${time}'}),
    'reject': words(
        'The end of the route. The callback gets the code as an error; in `connect` it is the '
        "message of the client's `connect_error`.",
        'forbidden',
    ),
    'disconnect': words(
        "The end of the client's stay in the namespace: of the client whose event it is, no other. "
        "Another's is Python's to end: `disconnect(sid)`.",
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
    'claims': 'the claims of its token; only where `auth.jwt` applies',
    'query': 'the query of its URL',
    'headers': 'the headers of its request; names in lower case',
    'ip': 'its address',
    'time': 'the time, in seconds since 1970',
    'reason': 'why the client has gone',
    'error': '`{code, message}` of what failed',
    'env': 'the variables of the environment, known when the file is loaded',
    'credential': "systemd's credentials, known when the file is loaded",
}
