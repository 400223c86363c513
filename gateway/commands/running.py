"""The gateway that runs with a configuration, asked through its admin listener.

Rules of this file:
- Its address, its certificate and its keys are those of the file; `--admin` names another address.
- Where there are several keys each is tried: the running gateway may know only one of them yet.
"""

import json
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final

from gateway.config.changes import Change
from gateway.config.listen import Listen
from gateway.config.model import Admin, Config
from gateway.errors import Problem, StartError

TIMEOUT: Final = 60.0  # seconds for an answer
ANYWHERE: Final = {'0.0.0.0': '127.0.0.1', '::': '::1'}  # noqa: S104 - not bound, but replaced
NEEDED: Final = (
    'no admin listener, which is asked: add admin: {listen: "unix:/run/gateway/admin.sock"}, '
    'or kill -HUP the process and read its log'
)


class Unix(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__('localhost', timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def ask(config: Config, at: Listen | None, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a POST, with its `status`. StartError where there is none."""
    admin = config.admin
    if admin is None and at is None:
        raise StartError(NEEDED)
    admin = admin or Admin()
    place = at or admin.listen[0]
    status, answer = 0, b''
    for key in admin.api_keys or ('',):
        status, answer = post(place, admin, key, path, json.dumps(body))
        if status != 401:
            break
    try:
        found: dict[str, Any] = json.loads(answer)
    except ValueError:
        raise StartError(f'{place} answers {status}, and no JSON: is it a gateway?') from None
    if status == 401:
        mend = 'keep the old key beside the new one until it is reloaded'
        raise StartError(f'{place} does not know the keys of this file: {mend}')
    return {**found, 'status': status}


def post(place: Listen, admin: Admin, key: str, path: str, body: str) -> tuple[int, bytes]:
    headers = {'Content-Type': 'application/json'}
    if key:
        headers['Authorization'] = f'Bearer {key}'
    try:
        connection = connected(place, admin)
        connection.request('POST', path, body, headers)
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
    except (OSError, HTTPException) as error:
        why = (isinstance(error, OSError) and error.strerror) or type(error).__name__
        raise StartError(f'cannot ask {place}: {why}: does the gateway run?') from None
    return answer


def connected(place: Listen, admin: Admin) -> HTTPConnection:
    if place.kind == 'unix':
        return Unix(place.path)
    host = ANYWHERE.get(place.host, place.host)
    if admin.tls is None:
        return HTTPConnection(host, place.port, timeout=TIMEOUT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # it is this certificate that is expected, whatever its names
    context.load_verify_locations(admin.tls.certificate)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return HTTPSConnection(host, place.port, timeout=TIMEOUT, context=context)


def told(answer: dict[str, Any]) -> Iterator[str]:
    """What an answer to a reload says, in lines."""
    for problem in answer.get('problems', ()):
        yield str(Problem(**problem))
    for change in answer.get('changes', ()):
        yield str(Change(**change))
