"""The gateway that runs with a configuration, asked through its admin listener.

Rules of this file:
- Its address, its certificate and its keys are those of the file; `--admin` names another address.
- No more is read of the file: it is the gateway that judges it, and systemd shows credentials to
  nobody else. A key that can't be read is none; over a Unix socket its owner needs none to reload.
- Where there are several keys each is tried: the running gateway may know only one of them yet.
"""

import json
import os
import socket
import ssl
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.config.constants import substitute
from gateway.config.expressions import Compiler, Environment
from gateway.config.listen import Listen
from gateway.config.load import document
from gateway.config.mistakes import Mistakes
from gateway.config.model import listens
from gateway.config.report import Report
from gateway.config.source import Document
from gateway.errors import StartError

DEFAULT: Final = Listen('tcp', '127.0.0.1', 8001)  # as in the model
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


class Where(NamedTuple):
    """The section `admin`, as far as it is needed to ask."""

    listen: tuple[Listen, ...] = ()
    keys: tuple[str, ...] = ()
    certificate: Path | None = None


def where(path: Path) -> Where:
    """ConfigError where the file is no YAML; what is wrong with it otherwise, the gateway tells."""
    raw = document(path).root.plain()
    section = raw.get('admin') if isinstance(raw, dict) else None
    if section is None:
        return Where()
    if not isinstance(section, dict):
        section = {}
    keys = section.get('api_keys', [])
    found = [constant(key) for key in (keys if isinstance(keys, list) else [keys])]
    try:
        addresses = listens(constant(section.get('listen', str(DEFAULT))))
    except Mistakes:
        addresses = ()
    tls = section.get('tls')
    file = constant(tls.get('certificate')) if isinstance(tls, dict) else None
    return Where(
        addresses,
        tuple(key for key in found if isinstance(key, str)),
        path.parent / file if isinstance(file, str) else None,
    )


def constant(raw: Any) -> Any:
    """A value without its `${…}`; None where these are not known here."""
    report = Report(Document('', '{}'))
    found = substitute(raw, (), report, Compiler(Environment(os.environ)), typed=False)
    return None if report.problems else found


def ask(path: Path, at: Listen | None, target: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a POST of `body` to `target`. StartError where there is none."""
    admin = where(path)
    places = [at] if at else [one for one in admin.listen if one.kind != 'systemd']
    if not places:
        raise StartError(NEEDED)
    place = min(places, key=lambda one: one.kind != 'unix')  # where no key may be needed
    status, answer = 0, b''
    for key in ('', *admin.keys) if place.kind == 'unix' else admin.keys or ('',):
        status, answer = post(place, admin, key, target, json.dumps(body))
        if status != 401:
            break
    if status == 401:
        raise StartError(f'{place} {unknown(admin.keys)}, or ask over its Unix socket as root')
    try:
        found = json.loads(answer)
    except ValueError:
        raise StartError(f'{place} answers {status}, and no JSON: is it a gateway?') from None
    if not isinstance(found, dict) or not (found.keys() & {'changes', 'error'}):
        mend = 'is it an address of admin.listen?'
        raise StartError(f'{place} answers {status}, and not as the admin listener does: {mend}')
    return found


def unknown(keys: tuple[str, ...]) -> str:
    """What is wrong where none of them was taken."""
    if not keys:
        return 'wants a key, and none can be read here: name it in admin.api_keys'
    mend = 'keep the old key beside the new one until it is reloaded'
    return f'does not know the keys of this file: {mend}'


def post(place: Listen, admin: Where, key: str, target: str, body: str) -> tuple[int, bytes]:
    headers = {'Content-Type': 'application/json'}
    if key:
        headers['Authorization'] = f'Bearer {key}'
    try:
        with closing(connected(place, admin)) as connection:
            connection.request('POST', target, body, headers)
            response = connection.getresponse()
            answer = response.status, response.read()
    except TimeoutError:
        mend = 'its loop may hang, see its log'
        raise StartError(f'{place} has not answered for {TIMEOUT:.0f} s: {mend}') from None
    except (OSError, HTTPException) as error:
        why = (isinstance(error, OSError) and error.strerror) or type(error).__name__
        raise StartError(f'cannot ask {place}: {why}: does the gateway run?') from None
    return answer


def connected(place: Listen, admin: Where) -> HTTPConnection:
    if place.kind == 'unix':
        return Unix(place.path)
    host = ANYWHERE.get(place.host, place.host)
    if admin.certificate is None:
        return HTTPConnection(host, place.port, timeout=TIMEOUT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # it is this certificate that is expected, whatever its names
    context.load_verify_locations(admin.certificate)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return HTTPSConnection(host, place.port, timeout=TIMEOUT, context=context)
