"""Which serializer a session speaks.

Rules of this file:
- While a session has no client in any namespace, the message of a CONNECT chooses: text is JSON,
  binary is msgpack, as far as the configuration's `serializer` allows. It stays until the session
  has no client again.
- A kind of message that the session can't take ends it with 1003, "a type of data it cannot
  accept" (RFC 6455, section 7.4.1); over polling it is a 400. Binary is an attachment out of
  place (1002) where JSON is spoken.
"""

from typing import Final

from gateway.engine.session import Session
from gateway.errors import PeerError
from gateway.wire import frames
from gateway.wire.codec import CONNECT, Codec
from gateway.wire.json_codec import JSON
from gateway.wire.msgpack_codec import MSGPACK

# By the configuration's `serializer`; the first is the one that most clients speak.
CODECS: Final[dict[str, tuple[Codec, ...]]] = {
    'auto': (JSON, MSGPACK),
    'json': (JSON,),
    'msgpack': (MSGPACK,),
}
_KINDS: Final = {False: 'text', True: 'binary'}


def switch(session: Session, message: bytes, codecs: tuple[Codec, ...]) -> None:
    """Let a message that is not of the session's kind choose; PeerError where it may not."""
    spoken = session.codec
    if len(codecs) == 1:
        kind = _KINDS[not spoken.is_binary]
        raise PeerError(f'serializer is {spoken.name}: {kind} not accepted', frames.UNSUPPORTED)
    if any(session.clients.values()):
        if spoken is JSON:
            raise PeerError('attachment out of place')
        raise PeerError(f'text where {spoken.name} is spoken', frames.UNSUPPORTED)
    [other] = [codec for codec in codecs if codec is not spoken]
    if other.decode(message)[0] != CONNECT:
        raise PeerError('namespace was not joined')
    session.codec = other
