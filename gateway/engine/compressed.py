"""A WebSocket whose client has agreed to permessage-deflate (RFC 7692)."""

from gateway.engine.session import Session
from gateway.engine.websocket import WebSocket
from gateway.wire import engineio, frames


class CompressedWebSocket(WebSocket):
    """Sends the compressed form of packets, which all such connections share; reads both."""

    __slots__ = ('_threshold',)
    is_plain = False

    def __init__(
        self, session: Session, greeting: bytes, parser: frames.Parser, threshold: int
    ) -> None:
        super().__init__(session, greeting, parser)
        self._threshold = threshold

    def _join(self, packets: list[engineio.Packet]) -> bytes:
        return b''.join([packet.compressed(self._threshold) for packet in packets])
