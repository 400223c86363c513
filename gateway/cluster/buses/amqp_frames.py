"""Frames of AMQP 0-9-1.

Rules of this file:
- Methods are pamqp's. What comes with every message is ours: to publish one costs aio-pika 260 µs
  and to hear one 170, aiormq beneath it 220 and 100, us 7 and 8 with all that the loop does.
- A message is what python-socketio's managers send: text, which need not survive the broker.
"""

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Any, Final

from pamqp import frame
from pamqp.commands import Basic

from gateway.cluster.buses.bus import Lost

# AMQP 0-9-1, 2.3.5: kind, channel and size go before each frame, a byte ends it.
METHOD, HEADER, BODY, BEAT = 1, 2, 3, 8
HEAD: Final = Struct('>BHI')
CONTENT: Final = Struct('>BHIHHQ')  # the head, then class, weight and size of the body
END: Final = b'\xce'
OURS: Final = 1  # the one channel of a connection; 0 is the connection itself
DELIVER: Final = b'\x00\x3c\x00\x3c'  # class and method of basic.deliver
ACK: Final = b'\x00\x3c\x00\x50'  # of basic.ack
CONFIRMED: Final = Struct('>Q?')  # what it says: a tag, and whether those before it too
PROPERTIES: Final = Basic.Properties(
    content_type='text/plain', content_encoding='utf-8', delivery_mode=1
).marshal()


def marshal(said: Any, channel: int) -> bytes:
    return frame.marshal(said, channel)


def unmarshal(data: bytes) -> Any:
    try:
        return frame.unmarshal(data)[2]
    except Exception as error:  # of any kind, where the data are not AMQP
        raise Lost('says what is not understood') from error


def contents(publish: bytes, messages: Sequence[bytes], most: int) -> Iterator[bytes]:
    """The frames that publish these messages; a frame of a body holds at most that many bytes."""
    for message in messages:
        yield publish
        size = CONTENT.size - HEAD.size + len(PROPERTIES)
        yield CONTENT.pack(HEADER, OURS, size, Basic.frame_id, 0, len(message))
        yield PROPERTIES + END
        for start in range(0, len(message), most):
            part = message[start : start + most]
            yield HEAD.pack(BODY, OURS, len(part))
            yield part
            yield END
