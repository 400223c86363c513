"""frames.Parser: messages or a PeerError, the same ones however the bytes are split."""

import random

from tornado.util import _websocket_mask

from gateway.errors import PeerError
from gateway.wire import deflate, frames
from tests.support.raw import BINARY, CLOSE, PING, PONG, TEXT, frame

LIMITS = (300, 1_000)

# The first two bytes choose the limit, the compression and the splits.
SEEDS = [
    choice + stream
    for choice in (b'\0\0', b'\1\7', b'\2\3', b'\3\1')
    for stream in (
        frame(TEXT, b'40') + frame(TEXT, b'42["news",{"a":1}]'),
        frame(TEXT, '42["é","\U0001f600"]'.encode()),
        frame(BINARY, bytes(125)) + frame(BINARY, bytes(126)),
        frame(TEXT, b'4' * 1_000),
        frame(TEXT, b'42["ne', fin=False) + frame(PING, b'x') + frame(0, b'ws"]'),
        frame(TEXT, b'\xf0\x9f', fin=False) + frame(0, b'\x98\x80'),
        frame(BINARY, b'', fin=False) + frame(0, b''),
        frame(PONG, b'') + frame(CLOSE, b'\x03\xe8bye'),
        frame(0x41, deflate.deflate(b'42["news"]')),
        frame(0x42, deflate.deflate(bytes(300)), fin=False)[:-2],
        frame(TEXT, b'', size=301),
        frame(TEXT, b'', size=2**63),
    )
]


def parse(pieces, limit, inflate, unmask=frames.unmask):
    """The messages, and the close code that ends them (0: none)."""
    parser, messages = frames.Parser(limit, unmask, inflate), []
    try:
        for piece in pieces:
            for message in parser.feed(piece):
                messages.append(message)
                if message[0] == CLOSE:
                    frames.parse_close(message[1])
    except PeerError as error:
        return messages, error.close_code
    return messages, 0


def check(data: bytes) -> None:
    if len(data) < 2:
        return
    choice, stream = data[0], data[2:]
    limit, inflate = LIMITS[choice & 1], deflate.inflate if choice & 2 else None
    cuts = sorted(random.Random(data[1]).sample(range(len(stream) + 1), min(len(stream), 4)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    whole = parse([stream], limit, inflate)
    split = parse(pieces, limit, inflate, _websocket_mask)
    bytewise = parse([stream[at : at + 1] for at in range(len(stream))], limit, inflate)
    assert whole == split, (whole, split)
    assert whole == bytewise, (whole, bytewise)

    messages, code = whole
    assert code in (0, frames.PROTOCOL_ERROR, frames.INVALID_DATA, frames.TOO_BIG), code
    for opcode, payload in messages:
        assert opcode in (TEXT, BINARY, CLOSE, PING, PONG), opcode
        assert len(payload) <= (limit if opcode < CLOSE else 125)
        if opcode == TEXT:
            payload.decode()
        assert list(frames.split(frames.build(opcode, payload))) == [(opcode, payload)]
