"""The shapes of the API's bodies and answers, as JSON Schema 2020-12."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, TypeAlias

from gateway.config.fields import RESERVED
from gateway.config.patterns import in_order, is_pattern
from gateway.http.survey import DEFAULT, TIMEOUT
from gateway.hub.space import MAX_ROOM_NAME

Schema: TypeAlias = dict[str, Any]


def ref(name: str, kind: str = 'schemas') -> Schema:
    return {'$ref': f'#/components/{kind}/{name}'}


def namespace(names: Collection[str]) -> Schema:
    """The namespaces of a gateway, and patterns of them."""
    parts: list[Schema] = [{'enum': sorted(name for name in names if not is_pattern(name))}]
    parts += [{'pattern': regular(name)} for name in in_order(names)]
    shape: Schema = {'type': 'string', 'anyOf': parts}
    return shape | ({'default': '/'} if '/' in names else {})


def regular(pattern: str) -> str:
    """A pattern of namespaces as a regular expression."""
    return f'^{"[^,?]+".join(map(re.escape, pattern.split("*")))}$'


def record(required: Iterable[str], properties: Mapping[str, Schema], **more: Any) -> Schema:
    """An object with these keys and no others."""
    shape = {'type': 'object', 'properties': properties, 'required': list(required)}
    return {**shape, 'additionalProperties': False, **more}


def one_or_many(item: Schema) -> Schema:
    return {'anyOf': [item, {'type': 'array', 'items': item, 'minItems': 1}]}


def page(name: str, item: Schema) -> Schema:
    after = {
        'type': ['string', 'null'],
        'description': 'What `after` is for the page that follows.',
    }
    return record([name, 'next'], {name: {'type': 'array', 'items': item}, 'next': after})


ROOM: Final[Schema] = {
    'description': f'1 to {MAX_ROOM_NAME} characters; an integer is taken as its text.',
    'anyOf': [
        {'type': 'string', 'minLength': 1, 'maxLength': MAX_ROOM_NAME},
        {'type': 'integer', 'minimum': -(2**53), 'maximum': 2**53},
    ],
}
NAME: Final[Schema] = {
    'anyOf': [
        {'type': 'string', 'minLength': 1},
        {'type': 'integer', 'minimum': -(2**53), 'maximum': 2**53},
    ]
}
WHOM: Final[Mapping[str, Schema]] = {
    'sid': {**NAME, 'description': 'The client.'},
    'members': {**NAME, 'description': 'A room: everyone in it.'},
    'namespace': ref('Namespace'),
}
EITHER: Final[Schema] = {'oneOf': [{'required': ['sid']}, {'required': ['members']}]}
EVENT: Final[Schema] = {
    'description': 'The name of the event.',
    'anyOf': [
        {'type': 'string', 'minLength': 1, 'not': {'enum': sorted(RESERVED)}},
        {'type': 'integer', 'minimum': -(2**53), 'maximum': 2**53},
    ],
}
SENT: Final[Mapping[str, Schema]] = {
    'data': {'description': 'What is sent, as one argument. Bytes are {"$bytes": "BASE64"}.'},
    'args': {'type': 'array', 'description': 'What is sent, as several arguments.'},
    'to': ref('Recipients'),
    'except': {**ref('Left'), 'description': 'Who is left out.'},
    'namespace': ref('Namespace'),
    'volatile': {
        'type': 'boolean',
        'default': False,
        'description': 'Not for clients that still have something to read.',
    },
}
ONE_OF_BOTH: Final[Schema] = {'not': {'required': ['args', 'data']}}
EMIT: Final = record(['event', 'to'], {'event': EVENT, **SENT}, **ONE_OF_BOTH)
ASKING: Final = record(
    ['event', 'to', 'ack'],
    {
        'event': EVENT,
        **{key: shape for key, shape in SENT.items() if key != 'volatile'},
        'ack': record(
            [],
            {
                'timeout': {
                    'type': 'string',
                    'pattern': TIMEOUT,
                    'default': DEFAULT,
                    'description': 'How long clients may take: 1ms to 60s.',
                }
            },
            description='Wait for what each client acknowledges.',
        ),
    },
    **ONE_OF_BOTH,
)
VERBS: Final[Mapping[str, Schema]] = {
    'emit': ref('Emit'),
    'send': record(['to'], dict(SENT), **ONE_OF_BOTH),
    'join': record(['room'], {'room': one_or_many(ROOM), **WHOM}, **EITHER),
    'leave': record(['room'], {'room': one_or_many(ROOM), **WHOM}, **EITHER),
    'close_room': {
        'anyOf': [
            one_or_many(ROOM),
            record(['room'], {'room': one_or_many(ROOM), 'namespace': ref('Namespace')}),
        ]
    },
    'disconnect': record([], {'reason': NAME, **WHOM}, **EITHER),
}


def recipients(*words: str) -> Schema:
    names = one_or_many(NAME)
    one = {
        'anyOf': [
            *([{'enum': list(words)}] if words else []),
            {'type': 'string', 'pattern': '^(room|sid):[\\s\\S]'},
            record(['room'], {'room': names}),
            record(['sid'], {'sid': names}),
        ]
    }
    return one_or_many(one)


TEXT: Final[Schema] = {'type': 'string'}
COUNT: Final[Schema] = {'type': 'integer', 'minimum': 0}
RELOADED: Final[Mapping[str, Schema]] = {
    'reloaded': {'type': 'boolean', 'description': 'Whether it was taken over.'},
    'changes': {
        'type': 'array',
        'items': record(
            ['path', 'old', 'new', 'restart'],
            {
                'path': {**TEXT, 'description': 'A key, a namespace, or a file of Python.'},
                'old': {**TEXT, 'description': 'Empty where no value is told.'},
                'new': TEXT,
                'restart': {'type': 'boolean', 'description': 'Only a restart takes it over.'},
            },
        ),
    },
    'disconnected': {**COUNT, 'description': 'Clients whose namespace has gone.'},
}
PROBLEM: Final = record(
    ['file', 'line', 'column', 'where', 'what', 'mend'],
    {
        **dict.fromkeys(('file', 'where', 'what', 'mend'), TEXT),
        **dict.fromkeys(('line', 'column'), COUNT),
    },
)
SCHEMAS: Final[Mapping[str, Schema]] = {
    'Recipients': {
        **recipients('all'),
        'description': '`all` (of the namespace), `room:NAME`, `sid:SID`, or a list of them.',
        'examples': ['all', 'room:user:42', {'room': ['a', 'b']}],
    },
    'Left': recipients(),
    'Emit': EMIT,
    'Asking': ASKING,
    'Action': {
        'oneOf': [record([verb], {verb: shape}) for verb, shape in VERBS.items()],
        'examples': [
            {'emit': {'event': 'note', 'to': 'room:user:42', 'data': {'text': 'hello'}}},
            {'join': {'sid': 'SID', 'room': 'vip'}},
            {'disconnect': {'members': 'banned', 'reason': 'banned'}},
        ],
    },
    'Done': record(
        ['done'],
        {
            'done': {'type': 'integer', 'minimum': 0, 'description': 'How many actions were done.'},
            'failed': {
                'type': 'array',
                'description': 'Those that were right and could not be done.',
                'items': record(
                    ['at', 'what'], {'at': {'type': 'string'}, 'what': {'type': 'string'}}
                ),
            },
        },
    ),
    'Emitted': {'anyOf': [ref('Done'), ref('Answers')]},
    'Answers': record(
        ['answers', 'missing'],
        {
            'answers': {
                'type': 'array',
                'items': record(
                    ['sid', 'args'], {'sid': {'type': 'string'}, 'args': {'type': 'array'}}
                ),
            },
            'missing': {
                'type': 'array',
                'items': record(
                    ['sid', 'reason'],
                    {
                        'sid': {'type': 'string'},
                        'reason': {'enum': ['timeout', 'left', 'too_big', 'no_json']},
                    },
                ),
            },
            'silent_gateways': {
                'type': 'integer',
                'minimum': 1,
                'description': 'Other gateways that have not told what their clients answer.',
            },
        },
    ),
    'Namespaces': page(
        'namespaces',
        record(
            ['namespace', 'clients', 'rooms'],
            {
                'namespace': {'type': 'string'},
                'clients': {'type': 'integer'},
                'rooms': {'type': 'integer'},
            },
        ),
    ),
    'Rooms': page(
        'rooms',
        record(['room', 'clients'], {'room': {'type': 'string'}, 'clients': {'type': 'integer'}}),
    ),
    'Clients': page(
        'clients',
        {
            'anyOf': [
                record(['sid', 'rooms'], {'sid': {'type': 'string'}, 'rooms': {'type': 'integer'}}),
                ref('Client'),
            ]
        },
    ),
    'Client': record(
        ['sid', 'namespace', 'rooms', 'ip', 'transport', 'session', 'claims'],
        {
            'sid': {'type': 'string'},
            'namespace': {'type': 'string'},
            'rooms': {'type': 'array', 'items': {'type': 'string'}},
            'ip': {'type': 'string'},
            'transport': {'enum': ['polling', 'websocket']},
            'session': {'type': 'object', 'description': 'What JSON cannot hold is null.'},
            'claims': {'type': 'object', 'description': 'Of its token, or of a backend.'},
        },
    ),
    'Reload': record(
        [], {'dry_run': {'type': 'boolean', 'default': False, 'description': 'Only tell.'}}
    ),
    'Reloaded': record(list(RELOADED), RELOADED),
    'NotReloaded': record(
        [*RELOADED, 'error', 'problems'],
        {
            **RELOADED,
            'error': record(['code', 'message'], {'code': TEXT, 'message': TEXT}),
            'problems': {'type': 'array', 'items': PROBLEM},
        },
    ),
    'Error': record(
        ['error'],
        {
            'error': record(
                ['code', 'message'],
                {
                    'code': {'type': 'string'},
                    'message': {'type': 'string'},
                    'problems': {
                        'type': 'array',
                        'items': record(
                            ['at', 'what', 'mend'],
                            {
                                'at': {'type': 'string', 'description': 'A JSON Pointer.'},
                                'what': {'type': 'string'},
                                'mend': {'type': 'string'},
                            },
                        ),
                    },
                },
            )
        },
    ),
}
