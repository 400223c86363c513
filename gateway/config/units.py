"""Durations (seconds) and sizes (bytes), written with their units. 1 MB is 1,000,000 bytes."""

import re
from typing import Any

from gateway.config.mistakes import wrong

SECONDS = {'ms': 0.001, 's': 1.0, 'm': 60.0, 'h': 3600.0}
BYTES = {'B': 1, 'KB': 1_000, 'MB': 1_000_000, 'GB': 1_000_000_000}
WRITTEN = re.compile(r'([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([A-Za-z]+)\Z')


def duration(raw: Any) -> float:
    return measure(raw, SECONDS, 'a duration', 'write it like 25s, 300ms, 2m or 1h')


def size(raw: Any) -> int:
    return round(measure(raw, BYTES, 'a size', 'write it like 1MB, 64KB or 512B'))


def measure(raw: Any, units: dict[str, Any], what: str, mend: str) -> float:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        raise wrong(f'{what} without a unit', mend)
    match = WRITTEN.match(raw) if isinstance(raw, str) else None
    if match is None or match[2] not in units:
        raise wrong(f'not {what}', mend)
    return float(float(match[1]) * units[match[2]])


def between(low: float, high: float, words: str) -> Any:
    """A check that follows the reading."""

    def check(value: Any) -> Any:
        if not low <= value <= high:
            raise wrong('out of range', words)
        return value

    return check
