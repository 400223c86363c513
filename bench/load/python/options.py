"""A command line: `name key=value …`. Values are decimal integers, or bytes in hexadecimal."""

from __future__ import annotations


class Options:
    def __init__(self, line: str) -> None:
        self.name, *words = line.split()
        self._values = dict(word.split('=', 1) for word in words)

    def number(self, key: str, default: int = 0) -> int:
        text = self._values.get(key, str(default))
        if not text.isdigit():
            raise ValueError(f'{key} is no number')
        return int(text)

    def data(self, key: str) -> bytes:
        return bytes.fromhex(self._values.get(key, ''))

    def text(self, key: str) -> str:
        return self.data(key).decode()
