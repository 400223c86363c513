"""Client frames of WebSocket (RFC 6455, 5.2), masked with a fixed key.

The key is not zero, which some servers might treat apart.
"""

from __future__ import annotations

KEY = b'\x37\xfa\x21\x3d'
ACCEPT = b's3pPLMBiTxaQ9kYGzzhZRbK+xOo='  # for the key of every request (1.3)
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, 'big')
    else:
        head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, 'big')
    key = int.from_bytes((KEY * (size // 4 + 1))[:size], 'little')
    return head + KEY + (int.from_bytes(payload, 'little') ^ key).to_bytes(size, 'little')
