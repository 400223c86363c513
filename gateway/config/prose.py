"""What each key of the file does. A key is named by the model that it belongs to: `socketio.path`.

Types, choices and defaults are not repeated here: they come from the model.
"""

from collections.abc import Mapping

from gateway.config import prose_routes
from gateway.config.prose_routes import ROOTS, VERBS
from gateway.config.words import Words, words

__all__ = ['KEYS', 'ROOTS', 'SECTIONS', 'VERBS', 'Words']

SECTIONS: Mapping[str, Words] = {
    'server': words('The process: its sockets, its loop, its threads, its pages.'),
    'socketio': words('The protocols: Engine.IO 4 and Socket.IO 5.'),
    'admin': words(
        'The listener of programs that command the gateway by HTTP. Without this section there is '
        'none.',
        {'listen': '127.0.0.1:8001', 'api_keys': ['${env.API_KEY}']},
    ),
    'log': words('What goes to standard error, and in what form.'),
    'handlers': words(
        'Python modules whose handlers count: files relative to this one, or names of modules. '
        'The folder of this file is first on the import path.',
        ['./chat.py', 'package.module'],
    ),
    'auth': words(
        'Who may connect, in all namespaces that have no `auth` of their own.',
        {'jwt': {'key': '${env.JWT_KEY}', 'algorithms': ['HS256']}},
    ),
    'backends': words('The bounds of each backend that an `http` names.'),
    'cluster': words(
        'The message queue that several gateways share, and that other programs emit through. '
        'Absent: this process alone. A URL alone is short for `{url: URL}`.',
        'redis://127.0.0.1:6379/0',
        {'url': 'amqp://gateway:${env.RABBITMQ_PASSWORD}@127.0.0.1:5672//', 'publish': 'chat'},
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
        'Where it listens: one address, or several. IPv6 addresses stand in quotes. `systemd` are '
        'the sockets of a `.socket` unit, `systemd:NAME` those with that `FileDescriptorName=`.',
        '127.0.0.1:8000',
        ['[::1]:8000', 'unix:/run/gateway.sock'],
        'systemd',
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
        'How long a stop may take, after `drain_delay`: clients are told to go, handlers finish, '
        'messages under way are sent. A second SIGTERM ends the waiting.',
        '10s',
    ),
    'server.drain_delay': words(
        'How long a stop waits before it begins. Until then all is served, but `/health/ready` '
        'says no: time for a load balancer to look.',
        '10s',
    ),
    'server.drain_spread': words(
        'Over which time 1,000 clients and more are told to go, so that they do not come back all '
        'at once; fewer over proportionally less. At most half of `shutdown_timeout`.',
        '30s',
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
    'admin.listen': words(
        'Where it listens, written as in `server`. Beyond this host it needs `api_keys`.',
        '127.0.0.1:9000',
        'unix:/run/gateway/admin.sock',
    ),
    'admin.tls': words(
        'A certificate and its key, as in `server.tls`.',
        {'certificate': './cert.pem', 'key': './key.pem'},
    ),
    'admin.api_keys': words(
        'Who may command: one of these keys is in the header `Authorization: Bearer KEY` of each '
        'request. Several while they are changed.',
        '${env.API_KEY}',
        ['${env.API_KEY}', '${env.OLD_API_KEY}'],
    ),
    'admin.max_body': words('The largest body of a request.', '10MB'),
    'log.level': words(
        'From which level on. `--log-level` on the command line counts more.', 'warning'
    ),
    'log.format': words(
        'The form of a line. `auto` is text, or logfmt with priorities where the journal of '
        'systemd reads it.',
        'json',
    ),
    'log.levels': words(
        'Other levels for modules, and for all that is below them.',
        {'gateway.routing': 'debug', 'gateway.engine': 'error'},
    ),
    'log.access': words(
        'Whether each connection, each client and each HTTP request has a line of its own, of the '
        'logger `gateway.access`.',
        True,
    ),
    'backends.connections': words(
        'How many requests a backend is sent at the same time, each over its own connection.', 200
    ),
    'backends.queue': words(
        'How many events may wait for a connection; one beyond fails with `backend_busy`.', 5000
    ),
    'backends.max_reply': words('The largest reply; a larger one is a `bad_reply`.', '64KB'),
    'backends.hooks': words(
        'How many events of `disconnect` may wait to be sent; those beyond are given up.', 100000
    ),
    'backends.give_up': words(
        'How long an event of `disconnect` is sent again and again before it is given up.', '1h'
    ),
    'cluster.url': words(
        'Redis or Valkey (`redis://`, `rediss://`, `valkey://`, `valkeys://`, `unix://`), '
        'or RabbitMQ (`amqp://`, `amqps://`). `kombu+` and a URL of Kombu: another of its '
        'transports, where Kombu is installed (`socketio-gateway[kombu]`).',
        'redis://:${env.REDIS_PASSWORD}@127.0.0.1:6379/0',
    ),
    'cluster.node': words(
        'The name of this gateway. The ids of its sessions begin with it and a dot, so that a load '
        'balancer knows whose they are ([load balancers](load-balancer.md)).',
        'one',
    ),
    'cluster.publish': words('The channel that this gateway publishes on.', 'chat'),
    'cluster.listen': words(
        'The channels that it listens to, beside the one it publishes on. Flask-SocketIO publishes '
        'on `flask-socketio`, unless it is told otherwise.',
        'chat',
        ['socketio', 'flask-socketio'],
    ),
    'cluster.queue': words(
        'How many messages are kept: those that wait while the queue is away, and those that other '
        'gateways may still ask for again. What is beyond is lost, and counted.',
        50000,
    ),
    'cluster.queue_size': words('How many bytes these may have together.', '100MB'),
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
    **prose_routes.KEYS,
}
