"""Whom a message is for: everybody in its namespace, clients by sid, members of rooms."""

from typing import NamedTuple


class Target(NamedTuple):
    """`rooms` never reaches a sid's own room; `sids` is for that. `loose`: they were named without
    saying which is which, so that another gateway may know one of `rooms` as a sid."""

    everyone: bool = False
    sids: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    loose: bool = False


EVERYONE = Target(everyone=True)
