"""The API as an OpenAPI 3.1 document, which is JSON Schema 2020-12 where it describes bodies."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson

from gateway import __version__
from gateway.http.lists import LIMIT, MAX_LIMIT
from gateway.http.message import Respond, Response
from gateway.http.schemas import SCHEMAS, Schema, namespace, ref

ERRORS: Final[Mapping[int, str]] = {
    400: 'The body is no JSON, or the query is wrong, or the request is malformed.',
    401: 'The key is missing or not known.',
    403: 'The request comes from a page, or names a host that it may not.',
    404: 'There is no such namespace or client.',
    405: 'The path answers other methods.',
    408: 'The request took too long.',
    413: 'The body is larger than `admin.max_body`.',
    415: 'The body is not said to be JSON.',
    417: 'The request expects what is not done.',
    422: 'Something in the body is wrong: every mistake with its place. Nothing was done.',
    429: 'Too many wrong keys came from this address.',
    431: 'The head of the request is too large.',
    500: 'The gateway failed; its log has more.',
    503: 'Too much is under way.',
}
ALWAYS: Final = (400, 401, 403, 405, 408, 413, 429, 431, 500, 503)  # whatever is asked


def endpoint(namespaces: Collection[str]) -> Respond:
    """What answers a request for the document of a gateway with these namespaces and patterns."""
    answer = Response(200, document(namespaces))
    return lambda request: answer


def document(namespaces: Collection[str]) -> bytes:
    return orjson.dumps(
        {
            'openapi': '3.1.0',
            'info': {
                'title': 'Publish API of socketio-gateway',
                'version': __version__,
                'description': 'Programs speak to the clients of a gateway, and ask who is there.',
                'license': {'name': 'MIT', 'identifier': 'MIT'},
            },
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
    )


def error(status: int) -> Schema:
    return {
        'description': ERRORS[status],
        'content': {'application/json': {'schema': ref('Error')}},
    }


def operation(summary: str, answer: str, *errors: int, **more: Any) -> Schema:
    """One method of one path."""
    statuses = sorted({*ALWAYS, *errors})
    good = {
        'description': 'It is so.',
        'content': {'application/json': {'schema': ref(answer)}},
    }
    answers = {'200': good, **{str(one): ref(str(one), 'responses') for one in statuses}}
    return {'summary': summary, 'responses': answers, **more}


def body(*shapes: Schema) -> Schema:
    schema = shapes[0] if len(shapes) == 1 else {'anyOf': list(shapes)}
    return {'required': True, 'content': {'application/json': {'schema': schema}}}


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
    many = {'type': 'array', 'items': ref('Action')}
    sid = {
        'name': 'sid',
        'in': 'path',
        'required': True,
        'schema': {'type': 'string', 'minLength': 1},
    }
    return {
        '/api/v1/do': {
            'post': operation(
                'Do an action, or a list of them in order: all, or none where one is wrong.',
                'Done', 415, 417, 422,
                requestBody=body(ref('Action'), many),
            )
        },
        '/api/v1/emit': {
            'post': operation(
                'Emit an event; with `ack`, wait for what each client acknowledges.',
                'Emitted', 415, 417, 422,
                requestBody=body(ref('Emit'), ref('Asking')),
            )
        },
        '/api/v1/namespaces': {
            'get': operation('The namespaces that clients are in.', 'Namespaces', parameters=pages)
        },
        '/api/v1/rooms': {
            'get': operation(
                'The rooms of a namespace.', 'Rooms', 404,
                parameters=[which, asked('prefix', 'What their names begin with.'), *pages],
            )
        },
        '/api/v1/clients': {
            'get': operation(
                'The clients of a namespace, or of a room in it.', 'Clients', 404,
                parameters=[which, asked('room', 'Of which room.'), *pages],
            )
        },
        '/api/v1/clients/{sid}': {
            'get': operation('One client.', 'Client', 404, parameters=[sid])
        },
    }  # fmt: skip
