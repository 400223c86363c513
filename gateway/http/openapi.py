"""The API as an OpenAPI 3.1 document, which is JSON Schema 2020-12 where it describes bodies."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson

from gateway import __version__
from gateway.http.lists import LIMIT, MAX_LIMIT
from gateway.http.message import Respond, Response
from gateway.http.schemas import SCHEMAS, Schema, namespace, ref

# Beside what each answer has: `Content-Type`, `Content-Length`, `Date`, `Cache-Control: no-store`.
ERRORS: Final[Mapping[int, str]] = {
    400: 'The body is no JSON, or the query is wrong, or the request is malformed.',
    401: 'The key is missing or not known.',
    403: 'The request comes from a page, or names a host that it may not.',
    404: 'There is no such namespace or client.',
    405: 'The path answers other methods.',
    408: 'The request took too long.',
    409: 'The configuration is wrong, or needs a restart: all stays as it was.',
    413: 'The body is larger than `admin.max_body`.',
    415: 'The body is not said to be JSON.',
    417: 'The request expects what is not done.',
    422: 'Something in the body is wrong: every mistake with its place. Nothing was done.',
    429: 'Too many wrong keys came from this address.',
    431: 'The head of the request is too large.',
    500: 'The gateway failed; its log has more.',
    501: 'The transfer coding is not chunked.',
    503: 'Too much is under way.',
    505: 'The version of HTTP is neither 1.1 nor 1.0.',
}
HEADERS: Final[Mapping[int, tuple[str, str, Schema]]] = {
    401: ('WWW-Authenticate', 'How a key is sent (RFC 6750).', {'type': 'string'}),
    405: ('Allow', 'The methods that the path answers.', {'type': 'string'}),
    429: ('Retry-After', 'Seconds to wait.', {'type': 'integer', 'minimum': 1}),
    503: ('Retry-After', 'Seconds to wait.', {'type': 'integer', 'minimum': 1}),
}
SHAPES: Final = {409: 'NotReloaded'}  # of errors that tell more than others
HEAD: Final = (400, 401, 403, 405, 408, 413, 417, 429, 431, 500, 501, 503, 505)  # for any request
BODY: Final = (415, 422)  # for one with a body


def endpoint(namespaces: Collection[str]) -> Respond:
    """What answers a request for the document of a gateway with these namespaces and patterns."""
    answer = Response(200, orjson.dumps(document(namespaces)))
    return lambda request: answer


def document(namespaces: Collection[str]) -> Schema:
    return {
        'openapi': '3.1.0',
        'info': {
            'title': 'Publish API of socketio-gateway',
            'version': __version__,
            'description': 'Programs speak to the clients of a gateway, and ask who is there.',
            'license': {'name': 'MIT', 'identifier': 'MIT'},
        },
        'servers': [{'url': '/', 'description': 'Where this document came from.'}],
        'security': [{'key': []}],
        'paths': paths(),
        'components': {
            'securitySchemes': {
                'key': {
                    'type': 'http',
                    'scheme': 'bearer',
                    'description': 'One of `admin.api_keys`. Without any, none is needed.',
                }
            },
            'schemas': {'Namespace': namespace(namespaces), **SCHEMAS},
            'responses': {str(status): error(status) for status in ERRORS},
        },
    }


def error(status: int) -> Schema:
    found: Schema = {
        'description': ERRORS[status],
        'content': {'application/json': {'schema': ref(SHAPES.get(status, 'Error'))}},
    }
    if status in HEADERS:
        name, description, schema = HEADERS[status]
        header = {'description': description, 'required': True, 'schema': schema}
        found['headers'] = {name: header}
    return found


def operation(summary: str, description: str, shape: Schema, *errors: int, **more: Any) -> Schema:
    """One method of one path; `description` and `shape` are those of what it answers."""
    good = {'description': description, 'content': {'application/json': {'schema': shape}}}
    bad = {str(status): ref(str(status), 'responses') for status in sorted({*HEAD, *errors})}
    return {'summary': summary, 'responses': {'200': good, **bad}, **more}


def linked(found: Schema, name: str, parameters: Mapping[str, str]) -> Schema:
    """An operation whose answer has what another one asks for."""
    links = {name: {'operationId': name, 'parameters': parameters}}
    responses = found['responses']
    good = {**responses['200'], 'links': links}
    return {**found, 'responses': {**responses, '200': good}}


def body(shape: Schema, **examples: Any) -> Schema:
    told = {name: {'value': value} for name, value in examples.items()}
    return {'required': True, 'content': {'application/json': {'schema': shape, 'examples': told}}}


def asked(name: str, description: str, shape: Schema | None = None) -> Schema:
    found = {'name': name, 'in': 'query', 'description': description}
    return {**found, 'schema': shape or {'type': 'string'}}


def paths() -> Mapping[str, Schema]:
    which = asked('namespace', 'Of which namespace.', ref('Namespace'))
    limit = {'type': 'integer', 'minimum': 1, 'maximum': MAX_LIMIT, 'default': LIMIT}
    pages = [
        asked('after', 'Names behind this one: the `next` of the page before.'),
        asked('limit', 'How many at the most.', limit),
    ]
    shape = {'type': 'boolean', 'default': False}
    details = asked('details', 'All that is known of each; a page may be shorter.', shape)
    sid = {
        'name': 'sid',
        'in': 'path',
        'required': True,
        'schema': {'type': 'string', 'minLength': 1},
    }
    actions = {'anyOf': [ref('Action'), {'type': 'array', 'items': ref('Action')}]}
    note = {'event': 'note', 'to': 'room:user:42', 'data': {'text': 'hello'}}
    return {
        '/api/v1/do': {
            'post': operation(
                'Do an action, or a list of them in order: none where one is wrong.',
                'All of them were right.', ref('Done'), *BODY,
                operationId='do',
                requestBody=body(
                    actions,
                    one={'emit': note},
                    several=[
                        {'emit': note},
                        {'leave': {'members': 'lobby', 'room': 'lobby'}},
                        {'close_room': 'lobby'},
                    ],
                ),
            )
        },
        '/api/v1/emit': {
            'post': operation(
                'Emit an event; with `ack`, wait for what each client acknowledges.',
                'It was emitted; with `ack`, this is what came back.', ref('Emitted'), *BODY,
                operationId='emit',
                requestBody=body(
                    {'anyOf': [ref('Emit'), ref('Asking')]},
                    plain=note,
                    asking={**note, 'ack': {'timeout': '2s'}},
                ),
            )
        },
        '/api/v1/namespaces': {
            'get': operation(
                'The namespaces that clients are in.', 'A page of them.', ref('Namespaces'),
                operationId='namespaces',
                parameters=pages,
            )
        },
        '/api/v1/rooms': {
            'get': operation(
                'The rooms of a namespace.', 'A page of them.', ref('Rooms'), 404,
                operationId='rooms',
                parameters=[which, asked('prefix', 'What their names begin with.'), *pages],
            )
        },
        '/api/v1/clients': {
            'get': linked(
                operation(
                    'The clients of a namespace, or of a room in it.', 'A page of them.',
                    ref('Clients'), 404,
                    operationId='clients',
                    parameters=[which, asked('room', 'Of which room.'), details, *pages],
                ),
                'client', {'sid': '$response.body#/clients/0/sid'},
            )
        },
        '/api/v1/clients/{sid}': {
            'get': operation(
                'One client.', 'What is known of it.', ref('Client'), 404,
                operationId='client',
                parameters=[sid],
            )
        },
        '/api/v1/reload': {
            'post': operation(
                'Take over the configuration as its file is now, if all of it can be.',
                'It was taken over; with `dry_run`, this is what would be.', ref('Reloaded'),
                *BODY, 409,
                operationId='reload',
                requestBody=body(ref('Reload'), take={}, tell={'dry_run': True}),
            )
        },
        '/api/v1/openapi.json': {
            'get': operation(
                'This document.', 'It names the namespaces of this gateway.', {'type': 'object'},
                operationId='openapi',
            )
        },
    }  # fmt: skip
