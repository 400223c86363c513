"""A binary event whose attachments are still arriving (protocol section "Packet encoding")."""

from typing import Any

from gateway.errors import PeerError
from gateway.wire import codec, frames


class Assembly:
    """`wanted` attachments, of `limit` bytes together at the most."""

    __slots__ = ('_attachments', '_data', '_limit', '_wanted', 'id', 'kind', 'namespace')

    def __init__(
        self, kind: int, namespace: str, id: int | None, data: Any, wanted: int, limit: int
    ) -> None:
        self.kind, self.namespace, self.id = kind, namespace, id
        self._data, self._wanted, self._limit = data, wanted, limit
        self._attachments: list[bytes] = []

    def add(self, attachment: bytes) -> bool:
        """Take the next attachment; True where it was the last."""
        self._limit -= len(attachment)
        if self._limit < 0:
            raise PeerError('attachments are too big', frames.TOO_BIG)
        self._attachments.append(attachment)
        return len(self._attachments) == self._wanted

    def data(self) -> Any:
        """The event's data with the attachments in their places."""
        return codec.reconstruct(self._data, self._attachments)
