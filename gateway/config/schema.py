"""The JSON Schema (2020-12) of a configuration file as a person writes it, for editors.

Keys, choices and defaults are the models'; what they mean stands in `prose.py`, how values are
written in `shapes.py`. It is looser than the loading, never stricter: what loads is valid.
"""

from collections.abc import Mapping
from typing import Any, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.config import auth, prose, replies, tls
from gateway.config.actions import KINDS, OTHERS, SHORT, SPOKEN, VERBS, Emit
from gateway.config.backends import Http
from gateway.config.cluster import Cluster
from gateway.config.fields import RESERVED
from gateway.config.logging import Log
from gateway.config.model import Admin, Backends, Compression, Server, SocketIO
from gateway.config.prose import Words
from gateway.config.shapes import (
    DEFINITIONS,
    LOADED,
    Schema,
    either,
    many,
    of,
    ref,
    setting,
    written,
)


def described(shape: Schema, words: Words) -> Schema:
    found = {**shape, 'description': words.text}
    return {**found, 'examples': list(words.examples)} if words.examples else found


def mapping(shapes: Mapping[str, Schema], words: Mapping[str, Words], owner: str = '') -> Schema:
    """An object with these keys and no others."""
    return {
        'type': 'object',
        'properties': {key: described(shapes[key], words[owner + key]) for key in shapes},
        'additionalProperties': False,
    }


def empty_or(shape: Schema) -> Schema:
    """A mapping that may be left empty: then it has all defaults."""
    return shape | {'type': ['object', 'null']}


def keys_of(model: type[BaseModel], owner: str, *without: str) -> Schema:
    """A model as a mapping, each key with its default."""
    types = get_type_hints(model, include_extras=True)
    shapes = {}
    for name, field in model.model_fields.items():
        if name in without:
            continue
        shape, default = of(types[name]), written(types[name], default_of(field))
        shapes[field.alias or name] = shape if default is None else {**shape, 'default': default}
    return mapping(shapes, prose.KEYS, owner)


def default_of(field: FieldInfo) -> Any:
    return None if field.is_required() else field.get_default(call_default_factory=True)


# Bodies of verbs beside the long form, or in its place.
BODIES: Mapping[str, Schema] = {
    'join': ref('names'),
    'leave': ref('names'),
    'close_room': ref('names'),
    'ack': ref('value'),
    'call': ref('function'),
    'set': {'type': 'object', 'minProperties': 1, 'additionalProperties': ref('value')},
    'reject': ref('name'),
    'disconnect': {'const': True},
}


def body(verb: str, kind: str) -> Schema:
    """What may stand behind a verb in a route of this kind."""
    if verb in SHORT:
        return BODIES[verb]
    model, _ = VERBS[verb]
    if model is Emit:
        return ref(f'{verb}_{kind}')
    if model is Http:
        return either(ref('url'), http(kind))
    return either(BODIES[verb], keys_of(model, f'{verb}.', *OTHERS))


def emit(verb: str, kind: str) -> Schema:
    """An emit; the sender is gone in `disconnect`, and only an event can be repeated."""
    found = keys_of(Emit, 'emit.', *['event'] if verb == 'send' else ())
    found['properties']['to'] |= recipients(kind != 'disconnect', True)
    found['properties']['except'] |= recipients(True, False)
    found['not'] = {'type': 'object', 'required': ['args', 'data']}
    required = [] if verb == 'send' or kind in {'event', 'error'} else ['event']
    required += ['to'] if kind == 'disconnect' else []
    return {**found, 'required': required} if required else empty_or(found)


def http(kind: str) -> Schema:
    """An `http` in its long form; in `disconnect` it is sent until it is answered."""
    if kind == 'disconnect':
        found = keys_of(Http, 'http.', 'retries', 'on_error')
    else:
        found = keys_of(Http, 'http.')
        found['properties']['on_error'] |= ref(f'reply_{kind}')
    return {**found, 'required': ['url']}


def reply(kind: str) -> Schema:
    """What a backend may reply in such a route, as the file writes it in `on_error`."""
    one = ref(f'replied_{kind}')
    shapes = {
        'set': BODIES['set'],
        'claims': BODIES['set'],
        'do': either(one, {'type': 'array', 'items': one}),
        'ack': BODIES['ack'],
        'reject': BODIES['reject'],
    }
    parts = {part: shapes[part] for part in replies.parts(kind)}
    alone = {'if': {'required': ['reject']}, 'then': {'maxProperties': 1}}
    return {'title': 'reply', **mapping(parts, prose.KEYS, 'reply.')} | alone


def replied(kind: str) -> Schema:
    """One action of a reply: a verb without a guard."""
    verbs = {verb: body(verb, kind) for verb in VERBS if verb in SPOKEN[kind] & KINDS[kind]}
    choices = [{'required': [verb]} for verb in verbs]
    return {'title': 'action', **mapping(verbs, prose.VERBS), 'oneOf': choices}


def recipients(sender: bool, everyone: bool) -> Schema:
    words = ['sender'] * sender + ['all'] * everyone
    names = {'room': ref('names'), 'sid': ref('names')}
    one = either(
        {'enum': words},
        {'type': 'string', 'pattern': f'^(room|sid):.|^{LOADED}'},
        {'type': 'object', 'properties': names, 'additionalProperties': False}
        | {'minProperties': 1, 'maxProperties': 1},
    )
    return {'title': 'recipients', **either(*one['anyOf'], many(one))}


def action(kind: str) -> Schema:
    """One verb, and perhaps a guard."""
    verbs = [verb for verb in VERBS if verb in KINDS[kind]]
    found = mapping(
        {'if': ref('expression')} | {verb: body(verb, kind) for verb in verbs},
        {'if': prose.KEYS['action.if'], **prose.VERBS},
    )
    return {'title': 'action', **found, 'oneOf': [{'required': [verb]} for verb in verbs]}


def route(kind: str) -> Schema:
    """An action, a list of them, or the long form."""
    one = ref(f'action_{kind}')
    actions = either(one, {'type': 'array', 'items': one})
    long = {'do': actions, 'sequential': of(bool) | {'default': False}, 'timeout': ref('duration')}
    if kind != 'event':
        del long['sequential']
    choices = (*actions['anyOf'], mapping(long, prose.KEYS, 'route.') | {'required': ['do']})
    return {'title': 'route', **either(*choices)}


SECTIONS: Mapping[str, Schema] = {
    'server': empty_or(keys_of(Server, 'server.')),
    'socketio': empty_or(keys_of(SocketIO, 'socketio.')),
    'admin': keys_of(Admin, 'admin.'),
    'handlers': either(ref('module'), {'type': 'array', 'items': ref('module')}),
    'auth': ref('auth'),
    'log': empty_or(keys_of(Log, 'log.')),
    'backends': empty_or(keys_of(Backends, 'backends.')),
    'cluster': either(ref('queue'), {**keys_of(Cluster, 'cluster.'), 'required': ['url']}),
    'namespaces': {
        'type': 'object',
        'minProperties': 1,
        'propertyNames': {'pattern': '^/[^,?]*$'},
        'additionalProperties': ref('namespace'),
    },
}
JWT: Mapping[str, Schema] = {
    'key': either(ref('key'), many(ref('key'))),
    'key_file': either(ref('file'), many(ref('file'))),
    'algorithms': {
        **many(setting({'enum': list(auth.ALGORITHMS)})),
        'uniqueItems': True,
        'if': {'contains': {'const': 'HS256'}},
        'then': {'maxItems': 1},
    },
    'issuer': either(ref('text'), many(ref('text'))),
    'audience': either(ref('text'), many(ref('text'))),
    'leeway': ref('duration') | {'default': '10s'},
}
PARTS: Mapping[str, Schema] = {
    'connect': ref('route_connect'),
    'events': empty_or(
        {
            'title': 'routes by event',
            'type': 'object',
            'propertyNames': {'minLength': 1, 'not': {'enum': sorted(RESERVED)}},
            'additionalProperties': ref('route_event'),
        }
    ),
    'disconnect': ref('route_disconnect'),
    'error': ref('route_error'),
    'class': ref('function'),
    'auth': either({'const': 'none'}, ref('auth')),
}


def definitions() -> Mapping[str, Schema]:
    """What is used in several places, or by itself."""
    found: dict[str, Schema] = {
        'tls': mapping(dict.fromkeys(tls.KEYS, ref('file')), prose.KEYS, 'tls.')
        | {'required': list(tls.KEYS)},
        'auth': mapping({'jwt': ref('jwt')}, prose.KEYS, 'auth.') | {'required': ['jwt']},
        'jwt': mapping(JWT, prose.KEYS, 'jwt.')
        | {'required': ['algorithms']}
        | {'oneOf': [{'required': ['key']}, {'required': ['key_file']}]},
        'compression': keys_of(Compression, 'compression.'),
        'namespace': empty_or(mapping(PARTS, prose.KEYS, 'namespace.')),
    }
    for kind in KINDS:
        found[f'emit_{kind}'] = emit('emit', kind)
        found[f'send_{kind}'] = emit('send', kind)
        found[f'action_{kind}'] = action(kind)
        found[f'route_{kind}'] = route(kind)
        if kind != 'disconnect':
            found[f'reply_{kind}'] = reply(kind)
            found[f'replied_{kind}'] = replied(kind)
    return found


def schema() -> Schema:
    """The whole file."""
    return {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'Configuration of socketio-gateway',
        **mapping(SECTIONS, prose.SECTIONS),
        'patternProperties': {'^x-': described({}, prose.SECTIONS['x-'])},
        'anyOf': [{'required': ['namespaces']}, {'required': ['handlers']}],
        '$defs': {**DEFINITIONS, **definitions()},
    }
