"""The verb `http`: an event for a backend, and the bounds of all backends (section `backends`).

Rules of this file:
- Where an event goes is fixed when the file is loaded: no client ever has a part in an address.
- Secrets are in no message. One that is too short keeps nothing secret.
"""

import base64
import binascii
import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo

from gateway.config.fields import Data, Reading, Verb, each, fixed, reading
from gateway.config.mistakes import Mistake, Mistakes, kind, nearest, wrong
from gateway.config.paths import Value
from gateway.config.scalars import scalar
from gateway.config.units import between, duration

if TYPE_CHECKING:
    from gateway.config.actions import Action

HOUR: Final = 3600.0
MAX_RETRIES: Final = 10
MIN_SECRET: Final = 16  # bytes
PREFIX: Final = 'whsec_'  # of a secret in base64 (Standard Webhooks, "Signature scheme")

TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, section 5.6.2
FIELD: Final = re.compile(r'[\t -~\xa0-\ud7ff\ue000-\U0010ffff]*\Z')  # section 5.5; as UTF-8
URL: Final = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*\Z")  # RFC 3986, section 2
HOST: Final = re.compile(r'[a-z0-9._-]+\Z|[0-9a-f:.]+\Z')
OURS: Final = frozenset(  # what is said by the gateway, or by the connection
    'host connection content-length transfer-encoding keep-alive upgrade te trailer expect '
    'accept-encoding webhook-id webhook-timestamp webhook-signature'.split()
)
ALLOWED: Final = tuple('emit send join leave close_room disconnect set claims ack reject'.split())


def url(raw: Any, info: ValidationInfo) -> str:
    mend = 'write http://HOST:PORT/PATH'
    text = fixed(raw, info)
    if not isinstance(text, str):
        raise wrong(f'{kind(text)}, where a URL is needed', mend)
    if not URL.match(text):
        raise wrong('a character that a URL cannot hold', 'write it percent-encoded')
    try:
        parts = urlsplit(text)
        right = is_host(parts.hostname or '') and parts.port != 0
    except ValueError:
        right = False
    if not right or parts.scheme not in {'http', 'https'}:
        raise wrong('not a URL of http or https', mend)
    if parts.username is not None:
        raise wrong('a password in a URL', 'write headers: {Authorization: "${env.NAME}"}')
    if parts.fragment:
        raise wrong('a fragment, which no server gets', 'remove what follows the #')
    return text


def is_host(name: str) -> bool:
    """An address, or a name that a resolver takes (RFC 1035, section 2.3.4)."""
    labels = name.removesuffix('.').split('.')
    return bool(HOST.match(name)) and (':' in name or all(0 < len(one) < 64 for one in labels))


def timeout(raw: Any, info: ValidationInfo) -> float:
    return float(between(0.001, HOUR, 'write 1ms to 1h')(duration(typed(raw, info))))


def awaited(place: Reading) -> None:
    if place.kind == 'disconnect':
        raise wrong('has no meaning in disconnect: it is sent until it is answered', 'remove it')


def retries(raw: Any, info: ValidationInfo) -> int:
    awaited(reading(info))
    found = typed(raw, info)
    if type(found) is not int:
        raise wrong('a whole number is needed', f'write 0 to {MAX_RETRIES}')
    return int(between(0, MAX_RETRIES, f'write 0 to {MAX_RETRIES}')(found))


def typed(raw: Any, info: ValidationInfo) -> Any:
    """A fixed value; a variable holds what YAML would read."""
    found = fixed(raw, info)
    return scalar(found) if isinstance(raw, str) and '${' in raw else found


def headers(raw: Any, info: ValidationInfo) -> tuple[tuple[str, Value], ...]:
    """Names and values; these may hold expressions."""
    if not isinstance(raw, dict):
        raise wrong(f'{kind(raw)}, where a mapping is needed', 'write {NAME: VALUE}')
    found: list[Mistake] = []
    fields: dict[str, Value] = {}
    for name, body in raw.items():
        if not TOKEN.match(name):
            found.append(Mistake('not the name of a header', 'write letters and -', (name,), True))
        elif name.lower() in OURS:
            found.append(Mistake(f'{name} is not yours to set', 'remove it', (name,), True))
        elif name.lower() in map(str.lower, fields):
            found.append(Mistake('the same header twice', 'remove one', (name,), True))
        try:
            fields[name] = header(body, reading(info))
        except Mistakes as mistakes:
            found += [mistake.below(name) for mistake in mistakes.found]
    if found:
        raise Mistakes(*found)
    return tuple(fields.items())


def header(raw: Any, place: Reading) -> Value:
    if isinstance(raw, (dict, list)) or raw is None:
        raise wrong(f'{kind(raw)}, where text is needed', 'write text')
    value = place.value(raw)
    if value.constant and not FIELD.match(str(value.fold())):
        raise wrong('a character that a header cannot hold', 'write text in one line')
    return value


def secrets(raw: Any, info: ValidationInfo) -> tuple[bytes, ...]:
    """One, or several while they are changed: each signs."""
    if isinstance(raw, list):
        if not raw:
            raise wrong('an empty list', 'name at least one, or remove it')
        return tuple(each(raw, lambda item: secret(fixed(item, info))))
    return (secret(fixed(raw, info)),)


def secret(text: Any) -> bytes:
    """`whsec_` and base64, or the text itself."""
    if not isinstance(text, str):
        raise wrong(f'{kind(text)}, where a secret is needed', 'write "${env.NAME}"')
    found = text.encode()
    if text.startswith(PREFIX):
        try:
            found = base64.b64decode(text.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise wrong(f'no base64 behind {PREFIX}', 'openssl rand -base64 32 makes one') from None
    if len(found) < MIN_SECRET:
        what = 'empty' if not found else f'fewer than {MIN_SECRET} bytes keep nothing secret'
        raise wrong(what, 'openssl rand -base64 32 makes one')
    return found


def allowed(raw: Any, info: ValidationInfo) -> frozenset[str]:
    """What a reply may do; `ack` and `reject` it always may."""
    if not isinstance(raw, list):
        raise wrong(f'{kind(raw)}, where a list is needed', 'write [emit, join], or [] for nothing')
    return frozenset(each(raw, lambda item: part(fixed(item, info))))


def part(raw: Any) -> str:
    if not isinstance(raw, str) or raw not in ALLOWED:
        raise wrong('not what a reply can do', nearest(str(raw), ALLOWED))
    return raw


def on_error(raw: Any, info: ValidationInfo) -> 'tuple[Action, ...]':
    """A reply for when there is none."""
    from gateway.config.replies import reply  # noqa: PLC0415 - a reply holds actions, as this is one

    awaited(reading(info))
    return reply(raw, reading(info))


Methods = Literal['POST', 'PUT', 'PATCH', 'GET', 'DELETE']
Url = Annotated[str, PlainValidator(url)]
Method = Annotated[Methods, BeforeValidator(fixed)]
Timeout = Annotated[float, PlainValidator(timeout)]
Retries = Annotated[int, PlainValidator(retries)]
Headers = Annotated[tuple[tuple[str, Value], ...], PlainValidator(headers)]
Secrets = Annotated[tuple[bytes, ...], PlainValidator(secrets)]
Allowed = Annotated[frozenset[str] | None, PlainValidator(allowed)]
OnError = Annotated[Any, PlainValidator(on_error)]  # a tuple of actions, or None


class Http(Verb):
    """An event for a backend, and what it replies is done. `timeout` is in seconds."""

    url: Url
    method: Method = 'POST'
    timeout: Timeout = 5.0
    retries: Retries = 0
    headers: Headers = ()
    body: Data = None
    secret: Secrets = Field((), repr=False)
    allow: Allowed = None
    on_error: OnError = None
