"""A payload: `fan:`, its sequence number (8 letters), the moment it was due (16), padding.

The same bytes as native/stamp.h writes: one letter, a to p, for each four bits.
"""

from __future__ import annotations

MARK = b'fan:'
STAMP = 28  # bytes: the mark, and what follows it
LETTERS = b'abcdefghijklmnop'
WRITE = bytes.maketrans(b'0123456789abcdef', LETTERS)
READ = bytes.maketrans(LETTERS, b'0123456789abcdef')


def payload(sequence: int, due: int, size: int) -> bytes:
    """`due` in nanoseconds of the monotonic clock."""
    digits = b'%08x%016x' % (sequence & 0xFFFFFFFF, due)
    return (MARK + digits.translate(WRITE)).ljust(size, b'x')


def read(data: bytes) -> tuple[int, int] | None:
    """Sequence number and moment; None where this is no payload."""
    letters = data[len(MARK) : STAMP]
    if not data.startswith(MARK) or letters.translate(None, LETTERS) or len(letters) < 24:
        return None
    if data.count(b'x', STAMP) != len(data) - STAMP:
        return None
    digits = letters.translate(READ)
    return int(digits[:8], 16), int(digits[8:], 16)
