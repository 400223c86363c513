"""Patterns of `matches(…)`, in the syntax that CEL names: RE2, which answers in linear time.

The binding of CEL would compile a pattern at each run, some for milliseconds. RE2 is imported where
an expression has a pattern.
"""

from collections.abc import Callable

from gateway.config.mistakes import wrong
from gateway.errors import ActionError


def matcher(pattern: str) -> Callable[[object], bool]:
    """Whether a text holds the pattern; ActionError `bad_value` for what is no text."""
    import re2  # noqa: PLC0415

    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        search = re2.compile(pattern, options).search
    except re2.error:
        raise wrong('not a valid pattern in matches(…)', 'see the syntax of RE2') from None

    def matches(text: object) -> bool:
        if not isinstance(text, str):
            raise ActionError('bad_value', 'values of the wrong type in an expression')
        return search(text.encode('utf-8', 'surrogatepass')) is not None

    return matches
