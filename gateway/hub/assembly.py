"""A binary event whose attachments are still arriving (protocol section "Packet encoding")."""

from typing import Any, Final

from gateway.errors import PeerError
from gateway.wire import frames
from gateway.wire.json_codec import reconstruct

MAX_PAYLOADS: Final = 4  # what the attachments of one event may weigh together, in max_payload


class Assembly:
    """`wanted` attachments for the placeholders in `data`; `taken` counts the bytes of all."""

    __slots__ = ('_attachments', '_data', '_room', '_wanted', 'id', 'kind', 'namespace', 'taken')

    def __init__(
        self, kind: int, namespace: str, id: int | None, data: Any, wanted: int, max_payload: int
    ) -> None:
        self.kind, self.namespace, self.id = kind, namespace, id
        self._data, self._wanted = data, wanted
        self._room = MAX_PAYLOADS * max_payload
        self._attachments: list[bytes] = []
        self.taken = 0

    def add(self, attachment: bytes) -> bool:
        """Take the next attachment; True where it was the last."""
        self._room -= len(attachment)
        if self._room < 0:
            raise PeerError('attachments are too big', frames.TOO_BIG)
        self._attachments.append(attachment)
        self.taken += len(attachment)
        return len(self._attachments) == self._wanted

    def data(self) -> Any:
        """The event's data with the attachments in their places."""
        return reconstruct(self._data, self._attachments)
