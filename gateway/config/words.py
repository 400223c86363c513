"""What a key or a verb does, in words, with examples as they are written in the file."""

from typing import Any, NamedTuple


class Words(NamedTuple):
    """What a key does, and values that it may have."""

    text: str
    examples: tuple[Any, ...] = ()


def words(text: str, *examples: Any) -> Words:
    return Words(text, examples)
