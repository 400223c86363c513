"""An event for many: a packet for each serializer that a recipient speaks, made once."""

from collections.abc import Iterable
from typing import Any

from gateway.wire.codec import EVENT, Codec
from gateway.wire.engineio import Packet


class Message:
    """`data` is the event's name and its arguments."""

    __slots__ = ('_packets', 'data', 'namespace')

    def __init__(self, namespace: str, data: list[Any]) -> None:
        self.namespace = namespace
        self.data = data
        self._packets: dict[str, Packet] = {}

    def packet(self, codec: Codec) -> Packet:
        """ValueError where that serializer can't hold the data."""
        packet = self._packets.get(codec.name)
        if packet is None:
            packet = codec.encode(EVENT, self.namespace, self.data)
            self._packets[codec.name] = packet
        return packet

    def encode(self, codecs: Iterable[Codec]) -> None:
        """Now, for all of them."""
        for codec in codecs:
            self.packet(codec)
