"""The kinds of values as JSON Schema: how a person writes them, before they are read.

`DEFINITIONS` are the kinds; `of` is the schema of a value by its type in the model, `written` how
a default of that type would be written. A pattern accepts all that the reading accepts, and refuses
what is typically wrong.
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, get_args, get_origin

from gateway.config import backends, cluster, fields, logging, model, section
from gateway.config.units import BYTES, SECONDS

Schema: TypeAlias = dict[str, Any]

LOADED = r'\$\{[\s\S]*\b(env|credential)\b'  # ${…} that is known when the file is loaded
NUMBER = r'[0-9]{1,15}(\.[0-9]{1,9})? ?'
PATH = r'(/[!"$&-.0->@-\[\]-~]+)+/?'  # printable ASCII without / ? # % \ and space
ADDRESS = r'(\[[0-9A-Fa-f:.]+(%\w+)?\]|[A-Za-z0-9._-]+):[0-9]{1,5}'
ORIGIN = r'[A-Za-z][A-Za-z0-9+.-]*://(\*\.)?[^\s/?#*,]+'


def ref(name: str) -> Schema:
    return {'$ref': f'#/$defs/{name}'}


def either(*choices: Schema) -> Schema:
    return {'anyOf': list(choices)}


def text(title: str, pattern: str, **more: Any) -> Schema:
    """Text that is a whole `pattern`, or comes from the environment."""
    return {'title': title, 'type': 'string', 'pattern': f'^({pattern})$|{LOADED}', **more}


def many(item: Schema) -> Schema:
    """At least one."""
    return {'type': 'array', 'items': item, 'minItems': 1}


DEFINITIONS: Mapping[str, Schema] = {
    'loaded': {
        'title': 'value from the environment',
        'description': 'An expression over `env` and `credential`, known when the file is loaded.',
        'type': 'string',
        'pattern': LOADED,
    },
    'duration': text(
        'duration',
        NUMBER + f'({"|".join(SECONDS)})',
        description='A number with its unit: ms, s, m or h.',
        examples=['25s', '300ms', '2m', '1h'],
    ),
    'size': text(
        'size',
        NUMBER + f'({"|".join(BYTES)})',
        description='A number with its unit: B, KB, MB or GB. 1MB is 1,000,000 bytes.',
        examples=['1MB', '64KB', '512B'],
    ),
    'address': text(
        'address',
        rf'{ADDRESS}|unix:/[\s\S]*|systemd(:[!-9;-~]{{1,255}})?',
        description='ADDRESS:PORT (0: any free one), unix: and the path of a socket, or systemd.',
        examples=['127.0.0.1:8000', '[::1]:8000', 'unix:/run/gateway.sock'],
    ),
    'queue': text(
        'URL of a message queue',
        f'(kombu\\+.+|{"|".join(cluster.SCHEMES)})://.*',
        examples=['redis://127.0.0.1:6379/0', 'amqp://guest:guest@127.0.0.1:5672//'],
    ),
    'channel': text('name of a channel', '[!-~]{1,200}', examples=['socketio']),
    'network': text(
        'address or network',
        r'[0-9A-Fa-f:.]+(%\w+)?(/[0-9.]+)?',
        examples=['127.0.0.1', '10.0.0.0/8'],
    ),
    'origin': text(
        'origin',
        f'same-origin|null|{ORIGIN}',
        description='SCHEME://HOST or SCHEME://HOST:PORT. A * may be the first label of the host.',
        examples=['same-origin', 'https://app.example.com', 'https://*.example.com'],
    ),
    'file': {
        'title': 'file',
        'description': 'A path; a relative one is relative to the folder of this file.',
        'type': 'string',
        'minLength': 1,
    },
    'text': {'title': 'text', 'type': 'string', 'minLength': 1},
    'key': {
        'title': 'text or JWK',
        'type': ['string', 'object'],
        'minLength': 1,
        'minProperties': 1,
    },
    'expression': {
        'title': 'expression',
        'description': 'One expression of the Common Expression Language.',
        'type': 'string',
        'pattern': r'^\$\{[\s\S]+\}$',
        'examples': ['${data.room}', "${in_room('chat:' + data.room)}"],
    },
    'name': {
        'title': 'name',
        'description': 'Text that is not empty; expressions may stand in it.',
        'type': ['string', 'integer'],
        'minLength': 1,
        'examples': ['chat:${data.room}'],
    },
    'names': {'title': 'name or a list of them'} | either(ref('name'), many(ref('name'))),
    'event': {
        'title': 'event',
        'description': 'The name of an event; expressions may stand in it.',
        'type': ['string', 'integer'],
        'minLength': 1,
        'not': {'enum': sorted(fields.RESERVED)},
    },
    'namespace_name': {
        'title': 'namespace',
        'description': 'The name of a namespace of this file.',
        **text('namespace', r'/[^,?]*'),
    },
    'function': {
        'title': 'MODULE:NAME',
        'description': 'A name in a module of Python.',
        'type': 'string',
        'pattern': r'^[^\s:/]+:[^\s:/]+$',
        'examples': ['reports:build', 'package.module:Class.method'],
    },
    'module': text(
        'module',
        r'\./.+\.py|[^\s:/.]+(\.[^\s:/.]+)*',
        description='A module of Python: ./FILE.py beside this file, or its name.',
        examples=['./chat.py', 'package.module'],
    ),
    'url': text(
        'URL',
        r'[Hh][Tt][Tt][Pp][Ss]?://[!-~]+',
        description='A URL of http or https, fixed when the file is loaded.',
        examples=['http://127.0.0.1:5000/events'],
    ),
    'secret': {
        'title': 'secret',
        'description': 'At least 16 bytes: text, or `whsec_` and base64.',
        'type': 'string',
        'minLength': 1,
    },
    'api_key': text(
        'key',
        r'[A-Za-z0-9._~+/-]{1,1000}=*',
        description='A key of the API: letters, digits and some signs.',
    ),
    'value': {
        'title': 'any value',
        'description': 'Any value, with expressions at every depth. Exactly one expression keeps '
        'its type.',
    },
    'arguments': {'title': 'list or expression'} | either({'type': 'array'}, ref('expression')),
}


def setting(shape: Schema) -> Schema:
    """A value that is no text can come from the environment all the same."""
    return either(shape, ref('loaded'))


PAGES = {
    'title': 'folders by URL',
    'type': 'object',
    'propertyNames': {'pattern': '^/[^?#]*$'},
    'additionalProperties': ref('file'),
}
TRANSPORTS = many(setting({'enum': ['polling', 'websocket']})) | {'uniqueItems': True}

# Types of the model whose values are read by functions of ours.
TYPES: Mapping[Any, Schema] = {
    section.Interval: ref('duration'),
    section.Wait: ref('duration'),
    section.Size: ref('size'),
    cluster.Url: ref('queue'),
    cluster.Node: text('name of a gateway', '[A-Za-z0-9-]{0,32}') | {'type': ['string', 'integer']},
    cluster.Channel: ref('channel'),
    cluster.Channels: either(ref('channel'), many(ref('channel'))),
    model.Listens: either(ref('address'), many(ref('address'))),
    model.Networks: either(ref('network'), {'type': 'array', 'items': ref('network')}),
    model.Pages: PAGES,
    model.UrlPath: text('path of a URL', PATH),
    model.Transports: TRANSPORTS,
    model.MaybeTls: ref('tls'),
    model.MaybeCompression: either({'type': 'boolean'}, ref('compression'), ref('loaded')),
    model.AllowedOrigins: either(
        {'enum': ['same-origin', '*']}, ref('origin'), many(ref('origin'))
    ),
    fields.AnyValue: ref('value'),
    fields.Arguments: ref('arguments'),
    fields.Data: ref('value'),
    fields.Event: ref('event'),
    fields.Flag: setting({'type': 'boolean'}),
    fields.Name: ref('name'),
    fields.Names: ref('names'),
    fields.Namespace: ref('namespace_name'),
    fields.Reason: ref('name'),
    fields.To: {},
    backends.Url: ref('url'),
    backends.Method: setting({'enum': list(get_args(backends.Methods))}),
    backends.Timeout: ref('duration'),
    backends.Retries: setting({'type': 'integer', 'minimum': 0, 'maximum': backends.MAX_RETRIES}),
    backends.Headers: {
        'title': 'headers by name',
        'type': 'object',
        'additionalProperties': {'type': ['string', 'number', 'boolean']},
    },
    backends.Secrets: either(ref('secret'), many(ref('secret'))),
    backends.Allowed: {'type': 'array', 'items': setting({'enum': list(backends.ALLOWED)})},
    backends.OnError: {},
    model.ApiKeys: either(ref('api_key'), many(ref('api_key'))),
    logging.Levels: {'type': 'object', 'additionalProperties': {'enum': list(logging.LEVELS)}},
    model.Connections: setting({'type': 'integer', 'minimum': 1, 'maximum': 1_000}),
    model.Queue: setting({'type': 'integer', 'minimum': 0, 'maximum': 100_000}),
    model.Hooks: setting({'type': 'integer', 'minimum': 0, 'maximum': 1_000_000}),
    cluster.Messages: setting({'type': 'integer', 'minimum': 1, 'maximum': 1_000_000}),
    model.Threads: setting({'type': 'integer', 'minimum': 1, 'maximum': 1_000}),
    model.ThreadQueue: setting({'type': 'integer', 'minimum': 0, 'maximum': 100_000}),
}


def of(annotation: Any) -> Schema:
    """The schema of a value by its type."""
    if annotation in TYPES:
        return TYPES[annotation]
    if get_origin(annotation) is Literal:
        return setting({'enum': list(get_args(annotation))})
    assert annotation is bool, annotation
    return setting({'type': 'boolean'})


def written(annotation: Any, value: Any) -> Any:
    """A default as it would be written in the file."""
    if annotation in {section.Interval, section.Wait, backends.Timeout}:
        return in_units(value, SECONDS)
    if annotation == section.Size:
        return in_units(value, BYTES)
    if annotation == model.Listens:
        return ', '.join(map(str, value))
    if annotation == model.MaybeCompression:
        return value is not None
    if annotation in {model.ApiKeys, backends.Headers, backends.Secrets}:
        return None  # nothing, which is not written
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def in_units(value: float, table: Mapping[str, float]) -> str:
    """A number in the largest unit of which it is a whole multiple."""
    unit = [unit for unit, factor in table.items() if round(value / factor, 9).is_integer()][-1]
    return f'{value / table[unit]:.0f}{unit}'
