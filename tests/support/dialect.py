"""The two serializers as a client speaks them, written down a second time for the tests."""

import base64
import json
import re
from typing import Any, NamedTuple

import msgpack

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = range(7)


class Message(NamedTuple):
    """A whole packet; an event with attachments is an EVENT with bytes in its data."""

    kind: int
    namespace: str
    id: int | None
    data: Any


class Json:
    """Text, and attachments behind it (Socket.IO protocol 5, "Packet encoding")."""

    _head = re.compile(r'4(\d)(?:(\d+)-)?(?:(/[^,]*),)?(\d+)?')

    def __init__(self) -> None:
        self._text = ''
        self._missing = 0
        self._attachments: list[bytes] = []

    def encode(self, message: Message) -> list[str | bytes]:
        kind, namespace, id, data = message
        attachments: list[bytes] = []

        def detach(value: bytes) -> dict:
            attachments.append(value)
            return {'_placeholder': True, 'num': len(attachments) - 1}

        text = '' if data is None else json.dumps(data, default=detach, separators=(',', ':'))
        head = f'4{kind + 3}{len(attachments)}-' if attachments else f'4{kind}'
        name = '' if namespace == '/' else f'{namespace},'
        return [f'{head}{name}{"" if id is None else id}{text}', *attachments]

    def decode(self, packet: str | bytes) -> Message | None:
        """None: attachments are missing."""
        if isinstance(packet, bytes):
            assert self._missing, 'an attachment of nothing'
            self._attachments.append(packet)
        else:
            assert not self._missing, 'a packet among attachments'
            self._text, self._attachments = packet, []
        head = self._head.match(self._text)
        kind, count, namespace, id = head.groups()
        self._missing = int(count or 0) - len(self._attachments)
        if self._missing:
            return None
        text = self._text[head.end() :]
        data = json.loads(text, object_hook=self._attach) if text else None
        kind = int(kind) - 3 * (count is not None)
        return Message(kind, namespace or '/', None if id is None else int(id), data)

    def _attach(self, value: dict) -> Any:
        return self._attachments[value['num']] if value.get('_placeholder') else value


class Msgpack:
    """One binary message per packet (socket.io-msgpack-parser)."""

    def encode(self, message: Message) -> list[str | bytes]:
        kind, namespace, id, data = message
        packet = {'type': kind, 'nsp': namespace}
        if data is not None:
            packet['data'] = data
        if id is not None:
            packet['id'] = id
        return [msgpack.packb(packet)]

    def decode(self, packet: str | bytes) -> Message:
        assert isinstance(packet, bytes), packet
        fields = msgpack.unpackb(packet)
        return Message(fields['type'], fields['nsp'], fields.get('id'), fields.get('data'))


DIALECTS = {'json': Json, 'msgpack': Msgpack}


def to_payload(packet: str | bytes) -> str:
    """Its form in the body of a POST."""
    return packet if isinstance(packet, str) else 'b' + base64.b64encode(packet).decode()


def from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
