"""The packets of packets.py on their way: over WebSocket, in fragments, compressed, in a POST.

A POST is answered with 400, whatever was wrong in it.
"""

from collections.abc import Iterator

from tests.faults.bad.deflate import deflated, text
from tests.faults.bad.packets import ASSEMBLING, ENGINE, NOT_UTF8, OPENED, SOCKET, UPGRADES
from tests.faults.bad.row import (
    BAD_REQUEST,
    LIMIT,
    PROTOCOL_ERROR,
    Packets,
    Row,
    encoded,
    frame,
    in_base64,
    is_text,
    post,
    product,
    refuses,
    spoken,
)
from tests.support.raw import BINARY, TEXT

WEBSOCKET = {
    'opened': ENGINE + OPENED,
    'joined': ENGINE + SOCKET,
    'assembling': ENGINE + ASSEMBLING,
    'paused': (ENGINE + SOCKET)[::9],
    **UPGRADES,
}
POLLING = {
    'polling': ENGINE + OPENED + NOT_UTF8,
    'polling joined': ENGINE + SOCKET + NOT_UTF8,
    'polling assembling': ENGINE + ASSEMBLING,
}


def split(packet: str | bytes) -> bytes:
    """In fragments of a byte, but for what is long."""
    data, size = encoded(packet), max(1, len(encoded(packet)) // 20)
    parts = [data[at : at + size] for at in range(0, len(data), size)] or [b'']
    opcodes = [TEXT if is_text(packet) else BINARY] + [0] * (len(parts) - 1)
    return b''.join(
        frame(opcode, part, fin=number == len(parts))
        for number, (opcode, part) in enumerate(zip(opcodes, parts, strict=True), 1)
    )


def payload(messages: tuple[str | bytes, ...]) -> bytes:
    return b'\x1e'.join(
        encoded(message) if is_text(message) else in_base64(message) for message in messages
    )


def posted(state: str, table: list[Packets]) -> Iterator[Row]:
    """A 400, whatever the packets were; both the request and the session are counted."""
    for row in table:
        body = payload(row.messages)
        if len(body) <= LIMIT:
            counted = (BAD_REQUEST, PROTOCOL_ERROR)
            yield Row(row.name, state, post(body), refuses(400), counted)


def over_websocket(state: str, table: list[Packets]) -> Iterator[Row]:
    return product(
        (state,), ((row.name, spoken(row.messages), row.code, row.reason) for row in table)
    )


ROWS: list[Row] = [
    *(row for state, table in WEBSOCKET.items() for row in over_websocket(state, table)),
    *product(
        ('joined',),
        (
            (f'{row.name}, in fragments', b''.join(map(split, row.messages)), row.code, row.reason)
            for row in ENGINE + SOCKET
            if row.code == 1002
        ),
    ),
    *product(
        ('compressed',),
        (
            (
                f'{row.name}, compressed',
                text(deflated(encoded(row.messages[0]))),
                row.code,
                row.reason,
            )
            for row in ENGINE + SOCKET
            if len(row.messages) == 1 and is_text(row.messages[0])
        ),
    ),
    *(row for state, table in POLLING.items() for row in posted(state, table)),
    # Payloads.
    *(
        Row(name, 'polling joined', post(body), refuses(400), (BAD_REQUEST, PROTOCOL_ERROR))
        for name, body in [
            ('a separator alone', b'\x1e'),
            ('a separator at the end', b'42["echo"]\x1e'),
            ('a separator at the beginning', b'\x1e42["echo"]'),
            ('two separators', b'3\x1e\x1e3'),
            ('base64 of a wrong sign', b'bS3CRET!!'),
            ('base64 without its end', b'bS3CRE'),
            ('base64 with padding within', b'bAA==AA=='),
            ('base64 with a space', b'bAA ='),
            ('base64 of the URL kind', b'b-_-_'),
            ('a violation behind much that is right', b'3\x1e' * 2_000 + b'S3CRET'),
            ('the length of protocol 3', b'11:42["echo"]'),
            ('a form of JSONP', b'd=42%5B%22S3CRET%22%5D'),
        ]
    ),
]
