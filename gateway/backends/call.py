"""One event for one backend, and what may become of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `id` is the same in every try; `timeout`, in seconds, is for all tries together.

    `body` b'' is none. `secrets` sign it; without any it goes unsigned. `about` is for the log.
    """

    id: str
    url: str
    body: bytes
    method: str = 'POST'
    headers: Sequence[tuple[str, str]] = ()
    timeout: float = 5.0
    retries: int = 0
    secrets: Sequence[bytes] = field(default=(), repr=False)
    about: str = ''


class Answer(NamedTuple):
    """A whole reply, whatever its status."""

    status: int
    body: bytes


class Broken(Exception):
    """No whole reply came; its text is why, in words of ours."""


class TooBig(Exception):
    """A reply of more bytes than may be."""


class Unsendable(Exception):
    """A request that HTTP cannot hold: nothing was sent."""
