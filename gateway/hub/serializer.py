"""Which serializer a session speaks.

Rules of this file:
- While a session has no client in any namespace, the message of a CONNECT chooses: text is JSON,
  binary is msgpack, as far as the configuration's `serializer` allows. It stays until the session
  has no client again.
- A CONNECT in a serializer that the configuration does not allow is answered with CONNECT_ERROR in
  that serializer: its user reads why, and the client does not try again and again.
- Any other kind of message that the session can't take ends it with 1003, "a type of data it
  cannot accept" (RFC 6455, section 7.4.1); over polling it is a 400. Binary is an attachment out
  of place (1002) where JSON is spoken.
"""

from typing import Final

from gateway.engine.session import Session
from gateway.errors import PeerError
from gateway.wire import frames
from gateway.wire.codec import CONNECT, CONNECT_ERROR, Codec
from gateway.wire.json_codec import JSON
from gateway.wire.msgpack_codec import MSGPACK

# By the configuration's `serializer`; the first is the one that most clients speak.
CODECS: Final[dict[str, tuple[Codec, ...]]] = {
    'auto': (JSON, MSGPACK),
    'json': (JSON,),
    'msgpack': (MSGPACK,),
}
_KINDS: Final = {False: 'text', True: 'binary'}


def switch(session: Session, message: bytes, codecs: tuple[Codec, ...]) -> bool:
    """Let a message that is not of the session's kind choose; whether it is one to go on with.

    PeerError where it may not choose.
    """
    spoken = session.codec
    if len(codecs) == 1:
        _refuse(session, message)
        return False
    if any(session.clients.values()):
        if spoken is JSON:
            raise PeerError('attachment out of place')
        raise PeerError(f'text where {spoken.name} is spoken', frames.UNSUPPORTED)
    [other] = [codec for codec in codecs if codec is not spoken]
    if other.decode(message)[0] != CONNECT:
        raise PeerError('namespace was not joined')
    session.codec = other
    return True


def _refuse(session: Session, message: bytes) -> None:
    spoken = session.codec
    other = MSGPACK if spoken is JSON else JSON
    try:
        kind, namespace, *_ = other.decode(message)
    except PeerError:
        kind = None
    if kind != CONNECT:
        what = _KINDS[other.is_binary]
        raise PeerError(f'serializer is {spoken.name}: {what} not accepted', frames.UNSUPPORTED)
    why = {'message': f'serializer is {spoken.name}: {other.name} not accepted'}
    session.send(other.encode(CONNECT_ERROR, namespace, why))
    session.engine.warn_of_serializer(other.name)
