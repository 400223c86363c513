"""Values that msgpack has and JSON has not: extension types.

Rules of this file:
- A client's extension is kept as it came, so that it goes back byte for byte. Its form counts:
  JavaScript reads type 0 in eight fixed bytes as a Date, in one as `undefined`; with a length
  before it, it is an ArrayBuffer.
- JSON gets what `JSON.stringify` makes of a date, null for `undefined`, and the bytes of the rest.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from msgpack import Timestamp

FIXED: Final = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}  # the sizes that have a form
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86_400_000  # ms
_CYCLE: Final = 146_097  # days in which the calendar repeats: 400 years
_MAX_DATE: Final = 8_640_000_000_000_000  # ms around 1970: what JavaScript's Date holds


class Extension:
    """`code` is -128 to 127; `fixed`: in the form without a length."""

    __slots__ = ('code', 'data', 'fixed')

    def __init__(self, code: int, data: bytes, fixed: bool = False) -> None:
        self.code = code
        self.data = data
        self.fixed = fixed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Extension) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f'Extension({self.code}, {self.data!r}, {self.fixed})'

    def _key(self) -> tuple[int, bytes, bool]:
        return self.code, self.data, self.fixed

    @property
    def is_undefined(self) -> bool:
        return self.fixed and self.code == 0 and len(self.data) == 1

    def spell(self) -> bytes:
        """Its bytes in a message (msgpack specification, section "ext format family")."""
        size, code = len(self.data), self.code & 0xFF
        if self.fixed:
            head = bytes((FIXED[size], code))
        elif size < 1 << 8:
            head = bytes((0xC7, size, code))
        elif size < 1 << 16:
            head = b'\xc8%b%c' % (size.to_bytes(2, 'big'), code)
        else:
            head = b'\xc9%b%c' % (size.to_bytes(4, 'big'), code)
        return head + self.data


def from_datetime(moment: datetime) -> Extension:
    """JavaScript's Date, in whole milliseconds; without a time zone it is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    milliseconds = (aware - _EPOCH) // timedelta(milliseconds=1)
    return Extension(0, milliseconds.to_bytes(8, 'big', signed=True), fixed=True)


def for_json(value: Extension | Timestamp) -> Any:
    """null, the text of a date, or bytes."""
    if isinstance(value, Timestamp):
        return iso(value.seconds * 1000 + value.nanoseconds // 1_000_000)
    if value.is_undefined:
        return None
    if value.fixed and value.code == 0 and len(value.data) == 8:
        return iso(int.from_bytes(value.data, 'big', signed=True))
    return value.data


def iso(milliseconds: int) -> str | None:
    """ECMAScript's date time string format, for any year; None where Date holds no such time."""
    if abs(milliseconds) > _MAX_DATE:
        return None
    days, rest = divmod(milliseconds, _DAY)
    cycle, day = divmod(days + _EPOCH_DAY - 1, _CYCLE)
    moment = datetime.fromordinal(day + 1) + timedelta(milliseconds=rest)
    year = moment.year + 400 * cycle
    years = f'{year:04}' if 0 <= year <= 9999 else f'{year:+07}'
    return f'{years}{moment:-%m-%dT%H:%M:%S}.{rest % 1000:03}Z'
