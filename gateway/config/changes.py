"""What differs between two configurations, and what of it a running gateway can't take over.

Rules of this file:
- What is not named in RESTART is taken over without touching a connection.
- Values are told as they are written in the files, in one line; those of secrets never are.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from gateway.config.load import SECRETS
from gateway.config.model import Config
from gateway.config.section import Section
from gateway.config.validation import keys
from gateway.errors import Problem

RESTART: Final[Mapping[str, frozenset[str]]] = {
    'server': frozenset({'listen', 'event_loop', 'pages'}),
    # Clients have been told the pings, and speak the path and the serializer.
    'socketio': frozenset({'path', 'serializer', 'ping_interval', 'ping_timeout'}),
    'admin': frozenset({'listen'}),
    'backends': frozenset({'connections', 'max_reply'}),
}
WHOLE: Final = frozenset({'cluster', 'handlers'})  # and all of these
LONGEST: Final = 100  # characters of a value that are told
UNSET: Final = 'not set'
REMOVED: Final = 'removed'


class Change(NamedTuple):
    """Of what stands at `path`; `restart`: only a restart can take it over."""

    path: str
    old: str
    new: str
    restart: bool = False

    def __str__(self) -> str:
        how = f'{self.old} -> {self.new}' if self.old else self.new
        gone = self.path.startswith('namespaces.') and self.new == REMOVED
        more = ' (needs a restart)' * self.restart + ' (its clients are disconnected)' * gone
        return f'{self.path}: {how}{more}'


class Outcome(NamedTuple):
    """What became of a reload, or what would.

    `disconnected`: clients whose namespace has gone; `stopping`: the gateway takes nothing more.
    """

    done: bool
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    disconnected: int = 0
    stopping: bool = False

    @property
    def restart(self) -> list[Change]:
        """What only a restart can take over."""
        return [change for change in self.changes if change.restart]


def changes(old: Config, new: Config) -> list[Change]:
    """In the order of the sections; [] where both say the same."""
    return [*_sections(old, new), *_rest(old, new), *_namespaces(old, new)]


def _sections(old: Config, new: Config) -> Iterator[Change]:
    before, after = old.document.root.plain(), new.document.root.plain()
    for name in ('server', 'socketio', 'admin', 'log', 'backends', 'cluster'):
        one, other = getattr(old, name), getattr(new, name)
        if (one is None) is not (other is None):
            known = (UNSET, 'set')
            yield Change(name, known[one is not None], known[other is not None], restart=True)
        elif one is not None:
            yield from _section(name, (one, before.get(name)), (other, after.get(name)))


def _section(name: str, old: tuple[Section, Any], new: tuple[Section, Any]) -> Iterator[Change]:
    """Of one section: its model, and what stands in the file."""
    for field, key in zip(type(old[0]).model_fields, keys(type(old[0])), strict=True):
        one, other = getattr(old[0], field), getattr(new[0], field)
        if one == other:
            continue
        opened = field == 'tls' and (one is None) is not (other is None)
        restart = opened or name in WHOLE or field in RESTART.get(name, ())
        is_short = not (isinstance(old[1], dict) and isinstance(new[1], dict))
        if field in SECRETS or (is_short and name in WHOLE):
            told = '', 'changed'
        else:
            told = _told(_written(old[1], key), _written(new[1], key))
        yield Change(f'{name}.{key}', *told, restart)


def _rest(old: Config, new: Config) -> Iterator[Change]:
    if old.handlers != new.handlers:
        yield Change('handlers', *_told(list(old.handlers), list(new.handlers)), restart=True)
    before, after = (one.document.root.plain().get('auth') for one in (old, new))
    if before != after:
        yield Change('auth', '', 'changed')


def _namespaces(old: Config, new: Config) -> Iterator[Change]:
    before, after = (one.document.root.plain().get('namespaces') or {} for one in (old, new))
    for name in old.namespaces:
        if name not in new.namespaces:
            yield Change(f'namespaces.{name}', '', REMOVED)
        elif before.get(name) != after.get(name):
            yield Change(f'namespaces.{name}', '', 'changed')
    for name in new.namespaces:
        if name not in old.namespaces:
            yield Change(f'namespaces.{name}', '', 'added')


def _written(section: Any, key: str) -> Any:
    return section.get(key) if isinstance(section, dict) else None


def _told(old: Any, new: Any) -> tuple[str, str]:
    """Both as they are written; what is written the same has changed behind a name."""
    before, after = _spelled(old), _spelled(new)
    return (before, after) if before != after else ('', 'changed')


def _spelled(value: Any) -> str:
    if value is None:
        return UNSET
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f'{text[:LONGEST]}…'
