"""What the values of a route are taken for: names, and what a session keeps."""

from collections.abc import Sequence
from typing import Any, Final

from gateway.config.paths import Get
from gateway.errors import ActionError
from gateway.routing.scope import Scope

CONTAINERS: Final = (dict, list, tuple)


def names(scope: Scope, gets: Sequence[Get]) -> list[str]:
    """Names from values that are one each, or a list of them."""
    found = []
    for get in gets:
        value = get(scope)
        if isinstance(value, str) and value:
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += [one_name(item) for item in value]
        else:
            found.append(one_name(value))
    return found


def one_name(value: Any) -> str:
    """Text that is not empty, or an integer in decimal."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ActionError('bad_value', 'a name must be text that is not empty')


def own(value: Any) -> Any:
    """The value with lists and mappings of its own: constants of the file are everybody's."""
    if isinstance(value, dict):
        return {key: own(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [own(item) for item in value]
    return value
