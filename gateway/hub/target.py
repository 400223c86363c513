"""Whom a message is for: everybody in its namespace, clients by sid, members of rooms."""

from typing import NamedTuple


class Target(NamedTuple):
    """`rooms` never reaches a sid's own room; `sids` is for that."""

    everyone: bool = False
    sids: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()


EVERYONE = Target(everyone=True)
