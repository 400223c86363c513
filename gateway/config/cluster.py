"""The section `cluster`: the message queue that several gateways share."""

import re
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PlainValidator

from gateway.config.mistakes import closest, kind, nearest, wrong
from gateway.config.section import Section, Size
from gateway.config.units import between

SCHEMES: Final = ('redis', 'rediss', 'unix', 'valkey', 'valkeys', 'amqp', 'amqps')
KOMBU: Final = 'kombu+'  # before any URL of Kombu's
MEND: Final = 'write redis://HOST:6379/0 or amqp://USER:PASSWORD@HOST:5672//'
NODE: Final = re.compile(r'[A-Za-z0-9-]{0,32}\Z')
CHANNEL: Final = re.compile(r'[!-~]{1,200}\Z')


def url(raw: Any) -> str:
    """Its text is in no message: a password may be in it."""
    if not isinstance(raw, str):
        raise wrong(f'{kind(raw)}, where a URL is needed', MEND)
    if raw.startswith(KOMBU):
        known_to_kombu(raw.removeprefix(KOMBU))
        return raw
    try:
        parts = urlsplit(raw)
        right = bool(parts.path if parts.scheme == 'unix' else parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if '://' not in raw or not right:
        raise wrong('not a URL of a message queue', MEND)
    if parts.scheme not in SCHEMES:
        raise wrong('a queue that is not known', another(parts.scheme))
    return raw


def another(scheme: str) -> str:
    """How to mend it: `redis+sentinel` and its like look like `rediss`, but mean no such thing."""
    if '+' not in scheme and closest(scheme, SCHEMES):
        return nearest(scheme, SCHEMES)
    return f'known here: {", ".join(sorted(SCHEMES))}, and kombu+ before a URL of Kombu'


def known_to_kombu(raw: str) -> None:
    """Whether its transport is; what follows is for Kombu to understand."""
    try:
        from kombu.transport import TRANSPORT_ALIASES  # noqa: PLC0415 - only who asks for it
    except ImportError:
        mend = "run pip install 'socketio-gateway[kombu]'"
        raise wrong('Kombu is not installed', mend) from None
    scheme, mark, _ = raw.partition('://')
    if not mark:
        raise wrong('not a URL of a message queue', 'write kombu+TRANSPORT://…')
    if scheme not in TRANSPORT_ALIASES:
        raise wrong('a transport that Kombu does not know', nearest(scheme, TRANSPORT_ALIASES))


def channel(raw: Any) -> str:
    if not isinstance(raw, str) or not CHANNEL.match(raw):
        raise wrong('not the name of a channel', 'write up to 200 characters without spaces')
    return raw


def channels(raw: Any) -> tuple[str, ...]:
    """One, or several."""
    entries = raw if isinstance(raw, list) else [raw]
    if not entries:
        raise wrong('an empty list', 'name at least one')
    found = tuple(map(channel, entries))
    if len(set(found)) < len(found):
        raise wrong('the same channel twice', 'name each once')
    return found


def node(raw: Any) -> str:
    """A number is a name, too: `${env.INSTANCE}` is one."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str) or not NODE.match(raw):
        raise wrong('not the name of a gateway', 'write up to 32 letters, digits and -')
    return raw


Url = Annotated[str, PlainValidator(url)]
Channel = Annotated[str, PlainValidator(channel)]
Channels = Annotated[tuple[str, ...], PlainValidator(channels)]
Node = Annotated[str, PlainValidator(node)]
Messages = Annotated[int, AfterValidator(between(1, 1_000_000, 'write 1 to 1000000'))]


class Cluster(Section):
    """The queue that several gateways share, and other programs emit through."""

    url: Url = Field(repr=False)
    node: Node = ''  # none
    publish: Channel = 'socketio'
    listen: Channels = ('socketio', 'flask-socketio')
    queue: Messages = 10_000
    queue_size: Size = 64_000_000

    @property
    def channels(self) -> tuple[str, ...]:
        """All that is listened to: a node hears itself."""
        return tuple(dict.fromkeys((self.publish, *self.listen)))
