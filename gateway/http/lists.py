"""Who is there: namespaces, rooms and clients, in pages.

A page has `next`, the name after which the following one begins, or null where it is the last.
"""

import re
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from gateway.engine.turn import Turn
from gateway.http.message import Request, Response, refusal
from gateway.hub.client import Client
from gateway.hub.directory import Directory, Page
from gateway.hub.server import SocketServer
from gateway.routing.router import Router
from gateway.wire import http_json

LIMIT: Final = 100  # names in a page, unless another number is asked for
MAX_LIMIT: Final = 1_000
MAX_NAMES: Final = 10  # in a query
MAX_DETAILS: Final = 1_000_000  # bytes of a page, and the client that does not fit into them
PAGES: Final = frozenset({'after', 'limit'})

T = TypeVar('T')


class BadQuery(Exception):
    """What follows the `?` is wrong; its text is how."""


class Lists:
    """Endpoints that read."""

    def __init__(self, hub: SocketServer, router: Router) -> None:
        self._directory = Directory(hub.manager)
        self._router = router

    def namespaces(self, request: Request) -> Response:
        """Those that clients are in, with how many they are."""

        def answer(query: dict[str, str]) -> Response:
            after, limit = page(query)
            found = [one for one in self._directory.namespaces() if one[0] > after]
            items = [
                {'namespace': name, 'clients': clients, 'rooms': rooms}
                for name, clients, rooms in found[:limit]
            ]
            last = found[limit - 1][0] if len(found) > limit else None
            return told({'namespaces': items, 'next': last})

        return checked(request, PAGES, answer)

    def rooms(self, request: Request) -> Response | Awaitable[Response]:
        """The rooms of a namespace."""

        async def answer(namespace: str, query: dict[str, str]) -> Response:
            after, limit = page(query)
            prefix = query.get('prefix', '')
            found = await self._directory.rooms(namespace, prefix, after, limit)
            items = [{'room': name, 'clients': clients} for name, clients in found.items]
            return told({'rooms': items, 'next': items[-1]['room'] if found.more else None})

        return self._within(request, PAGES | {'namespace', 'prefix'}, answer)

    def clients(self, request: Request) -> Response | Awaitable[Response]:
        """The clients of a namespace, or of a room in it."""

        async def answer(namespace: str, query: dict[str, str]) -> Response:
            after, limit = page(query)
            found = await self._directory.members(namespace, query.get('room'), after, limit)
            if query.get('details') == 'true':
                return await self._details(namespace, found)
            items = [{'sid': sid, 'rooms': rooms} for sid, rooms in found.items]
            return told({'clients': items, 'next': items[-1]['sid'] if found.more else None})

        return self._within(request, PAGES | {'namespace', 'room', 'details'}, answer)

    def client(self, request: Request) -> Response:
        """One client."""

        def answer(_: dict[str, str]) -> Response:
            found = self._directory.client(request.params['sid'])
            if found is None:
                return refusal(404, 'unknown_client', 'there is no client with this sid')
            return told(described(found))

        return checked(request, frozenset(), answer)

    async def _details(self, namespace: str, found: Page) -> Response:
        """All that is known of these clients, as far as MAX_DETAILS reaches; one at least."""
        items, size, turn = [], 0, Turn()
        more, last = found.more, ''
        for last, _ in found.items:
            client = self._directory.member(last, namespace)
            if client is not None:  # else it has left meanwhile
                items.append(http_json.dumps(described(client)))
                size += len(items[-1])
            if size > MAX_DETAILS:
                more = more or last != found.items[-1][0]
                break
            await turn.give()
        behind = http_json.dumps(last if more else None)
        return Response(200, b'{"clients":[%b],"next":%b}' % (b','.join(items), behind))

    def _within(
        self,
        request: Request,
        known: Collection[str],
        answer: Callable[[str, dict[str, str]], Awaitable[Response]],
    ) -> Response | Awaitable[Response]:
        """An answer about one namespace, `/` where none is named."""

        def found(query: dict[str, str]) -> Response | Awaitable[Response]:
            namespace = query.get('namespace', '/')
            if not self._router.knows(namespace):
                return refusal(404, 'unknown_namespace', 'there is no such namespace')
            page(query)
            if query.get('details', 'true') not in {'true', 'false'}:
                raise BadQuery('details is true or false')
            return answer(namespace, query)

        return checked(request, known, found)


def checked(
    request: Request, known: Collection[str], answer: Callable[[dict[str, str]], T]
) -> T | Response:
    """The answer, or what is wrong with the query."""
    try:
        return answer(parameters(request.query_string, known))
    except BadQuery as error:
        return refusal(400, 'query', str(error))


def parameters(query: str, known: Collection[str]) -> dict[str, str]:
    """`NAME=VALUE`, each once, as UTF-8 that is percent-encoded; BadQuery."""
    names = ', '.join(sorted(known)) or 'nothing'
    if not query:
        return {}
    try:
        query.encode('ascii')
        pairs = parse_qsl(query, True, True, errors='strict', max_num_fields=MAX_NAMES)
    except ValueError:  # UnicodeError is one
        raise BadQuery('not a query: write NAME=VALUE, percent-encoded') from None
    found = dict(pairs)
    if not found.keys() <= set(known):
        raise BadQuery(f'an unknown name in the query; known here: {names}')
    if len(found) < len(pairs):
        raise BadQuery('a name twice in the query: write it once')
    return found


def page(query: dict[str, str]) -> tuple[str, int]:
    """`after` and `limit`; BadQuery."""
    limit = query.get('limit', str(LIMIT))
    if not re.fullmatch('[0-9]{1,4}', limit) or not 0 < int(limit) <= MAX_LIMIT:
        raise BadQuery(f'limit is a number from 1 to {MAX_LIMIT:,}')
    return query.get('after', ''), int(limit)


def described(client: Client) -> dict[str, Any]:
    """All that the gateway knows of a client but its headers and its auth object."""
    return {
        'sid': client.sid,
        'namespace': client.namespace,
        'rooms': sorted(client.rooms),
        'ip': client.request.ip,
        'transport': client.session.transport.name,
        'session': readable(dict(client.data)),
        'claims': readable(dict(client.claims)),
    }


def readable(value: dict[Any, Any]) -> Any:
    """None in place of what JSON cannot hold: a Python handler may keep anything."""
    try:
        http_json.dumps(value)
    except ValueError:
        return {str(key): readable_one(item) for key, item in value.items()}
    return value


def readable_one(value: Any) -> Any:
    try:
        http_json.dumps(value)
    except ValueError:
        return None
    return value


def told(answer: dict[str, Any]) -> Response:
    return Response(200, http_json.dumps(answer))
