"""What validators raise: what is wrong, how to mend it, and where below the validated value.

A mistake never quotes a value (it may come from the environment); its place shows it.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

MOST = 100  # mistakes of one value: who sends millions of them learns no more
SHOWN = 60  # characters of a key that somebody made up; no known one is as long

# What other servers call it, where the letters lead astray.
ELSEWHERE = {
    'max_http_buffer_size': 'max_payload',
    'maxHttpBufferSize': 'max_payload',
    'cors': 'allowed_origins',
    'perMessageDeflate': 'compression',
    'http_compression': 'compression',
}

type_names = {
    bool: 'true or false',
    int: 'a number',
    float: 'a number',
    str: 'text',
    bytes: 'bytes',
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake; `at` is the path from the value that was being validated."""

    what: str
    mend: str = ''
    at: tuple[str | int, ...] = ()
    key: bool = False  # the mistake is in the key of `at`, not in its value

    def below(self, *path: str | int) -> 'Mistake':
        """The same mistake, seen from further up."""
        return Mistake(self.what, self.mend, (*path, *self.at), self.key)


class Mistakes(ValueError):
    """All mistakes of one value (a ValueError, which is what pydantic collects)."""

    def __init__(self, *found: Mistake) -> None:
        super().__init__('; '.join(mistake.what for mistake in found))
        self.found = found


def wrong(what: str, mend: str = '', *at: str | int) -> Mistakes:
    """Shorthand for the usual case of one mistake."""
    return Mistakes(Mistake(what, mend, at))


def unset(what: str) -> Mistakes:
    """A variable or a credential without a value. Credentials are the service's, not a shell's."""
    mend = 'set it before the start' if what.endswith('not set') else ''
    if mend and what.startswith('credential.'):
        mend = (
            'the unit hands it over with LoadCredential=; in a shell, '
            'CREDENTIALS_DIRECTORY names the folder of its file'
        )
    return wrong(what, mend)


def kind(value: object) -> str:
    """What a value is, in the words of the configuration."""
    if value is None:
        return 'empty'
    if isinstance(value, dict):
        return 'a mapping'
    if isinstance(value, (list, tuple)):
        return 'a list'
    return next((name for type_, name in type_names.items() if isinstance(value, type_)), 'text')


def closest(name: str, known: Iterable[str], least: float = 0.6) -> str | None:
    """The known name that an unknown one was probably meant to be."""
    names = sorted(known)
    if (same := ELSEWHERE.get(name)) in names:
        return same
    return next(iter(get_close_matches(name[:SHOWN], names, n=1, cutoff=least)), None)


def nearest(name: str, known: Iterable[str]) -> str:
    """How to mend an unknown name: the nearest known one, or all of them."""
    names = sorted(known)
    if close := closest(name, names):
        return f'did you mean {close}?'
    return f'known here: {", ".join(names)}' if names else ''


def spell_key(name: str) -> str:
    """A key as people write it, in quotes where it needs them, and not at length."""
    name = name if len(name) <= SHOWN else f'{name[:SHOWN]}…'
    return name if re.fullmatch(r'[\w-]+', name) else json.dumps(name, ensure_ascii=False)
