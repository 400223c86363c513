"""A request and its answer, as endpoints see them."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import parse_qsl

import orjson

JSON: Final = 'application/json'


class Request:
    """One request, whole.

    `path` is as it was sent, percent-encoded; `query_string` is what follows its `?`. Headers have
    lower-case names, and those that came several times are joined with `, `. `ip` is the address
    of the connection, '' on a Unix socket; `is_owner`: root or the gateway's own user has sent it.
    `params` has the named segments of the path, decoded.
    """

    __slots__ = (
        'body', 'endpoint', 'headers', 'ip', 'is_1_1', 'is_owner', 'keep_alive', 'method', 'params',
        'path', 'query_string', 'refusal',
    )  # fmt: skip

    def __init__(
        self,
        method: str,
        path: str,
        query_string: str = '',
        headers: dict[str, str] | None = None,
        body: bytes = b'',
        ip: str = '127.0.0.1',
    ) -> None:
        self.method = method
        self.path = path
        self.query_string = query_string
        self.headers = {} if headers is None else headers
        self.body = body
        self.ip = ip
        self.params: dict[str, str] = {}
        self.is_owner = False
        self.is_1_1 = True
        self.keep_alive = True
        self.endpoint: Respond | None = None  # who answers, once it is known
        self.refusal: Response | None = None  # the answer, where the head was enough for it

    @property
    def query(self) -> dict[str, str]:
        """Decoded; of a name that came several times, the last."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))


class Response(NamedTuple):
    """An answer; `headers` are those beside Content-Type and what the connection says.

    One with a `code` is counted by it.
    """

    status: int
    body: bytes = b''
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    code: str = ''


# An endpoint. One that answers at once costs no Task; the Task of one that is awaited is
# cancelled when its client leaves.
Respond: TypeAlias = Callable[[Request], Response | Awaitable[Response]]
# Says no to a request of which only the head has come.
Admit: TypeAlias = Callable[[Request], Response | None]


def refusal(status: int, code: str, message: str, **headers: str) -> Response:
    """An error in the form that all of them have; `Retry_After='1'` is a header."""
    body = orjson.dumps({'error': {'code': code, 'message': message}})
    fields = tuple((name.replace('_', '-'), value) for name, value in headers.items())
    return Response(status, body, JSON, fields, code)


def head(answer: Response, connection: bytes, date: bytes) -> bytes:
    """What stands before the body. ValueError: a header that would be two."""
    status, body, content_type, headers, _ = answer
    if status == 204:  # RFC 9110, section 8.6
        return _fields(204, '', headers, connection) + b'Date: %s\r\n\r\n' % date
    return _fields(status, content_type, headers, connection) + (
        b'Content-Length: %d\r\nDate: %s\r\n\r\n' % (len(body), date)
    )


@lru_cache(256)
def _fields(
    status: int, content_type: str, headers: tuple[tuple[str, str], ...], connection: bytes
) -> bytes:
    lines = [f'HTTP/1.1 {status} {HTTPStatus(status).phrase}', 'Cache-Control: no-store']
    lines += [f'Content-Type: {content_type}'] * bool(content_type)
    lines += [f'Connection: {connection.decode()}'] * bool(connection)
    lines += [f'{name}: {value}' for name, value in headers]
    if any('\r' in line or '\n' in line for line in lines):
        raise ValueError('a header in two lines')
    return '\r\n'.join([*lines, '']).encode('latin-1')
