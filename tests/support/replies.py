"""Reading replies of backends and bodies of the API, and what is said of those that are wrong."""

from typing import Any

from gateway.config.actions import SPOKEN, Action
from gateway.config.fields import Reading
from gateway.config.mistakes import Mistakes
from gateway.config.replies import actions, reply

KINDS = ['connect', 'event', 'disconnect', 'error']
NAMESPACES = frozenset({'/', '/admin', '/org-*'})


def replied(raw: Any, kind: str = 'event', allow: Any = None) -> tuple[Action, ...]:
    return reply(raw, Reading(kind, '/', NAMESPACES), allow)


def told(raw: Any) -> list[Action]:
    return actions(raw, Reading('api', '/', NAMESPACES), SPOKEN['api'])


def mistakes(read: Any, *args: Any) -> list[str]:
    """Each as `/place: what: how to mend it`."""
    try:
        read(*args)
    except Mistakes as refused:
        return [
            f'/{"/".join(map(str, found.at))}: {found.what}: {found.mend}'
            for found in refused.found
        ]
    raise AssertionError('it was read')
